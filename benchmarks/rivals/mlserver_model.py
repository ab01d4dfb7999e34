"""mlserver_model: the model in MLServer, which batches; asked by its own protocol (V2).

``python -m benchmarks.rivals.mlserver_model FOLDER MODEL PORT`` writes MLServer's settings to
FOLDER, and becomes ``mlserver start FOLDER``.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

BATCH = {"max_batch_size": 256, "max_batch_time": 0.005}


def main(folder: Path, model: str, port: int) -> None:
    """A worker process for each core, and adaptive batching."""
    server = {"parallel_workers": os.cpu_count(), "http_port": port, "host": "127.0.0.1"}
    unused = {"grpc_port": port + 1, "metrics_port": port + 2, "metrics_dir": str(folder)}
    quiet = {"debug": False, "access_log": False}
    name = "benchmarks.rivals.mlserver_runtime.Model"
    own = {"name": "model", "implementation": name, "parameters": {"uri": model}, **BATCH}
    _write(folder / "settings.json", {**server, **unused, **quiet})
    _write(folder / "model-settings.json", own)
    program = str(Path(sys.executable).with_name("mlserver"))
    os.execv(program, [program, "start", str(folder)])


def _write(file: Path, what: dict[str, Any]) -> None:
    file.write_text(json.dumps(what))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
