"""variables: the job as environment variables and arguments, as SageMaker's own images give them.

Their names are those of AWS's sagemaker-training-toolkit.
"""

import json
import re
from typing import Any

from bridge.cpus import usable_cpus
from bridge.train.job import Job, decoded

LOCAL = "algo-1"


def variables(job: Job) -> dict[str, str]:
    """``SM_MODEL_DIR``, ``SM_CHANNEL_...``, ``SM_HP_...`` and their like."""
    hosts = job.resources.get("hosts", [LOCAL])
    told: dict[str, Any] = {
        "MODEL_DIR": job.model,
        "INPUT_DIR": job.base / "input",
        "INPUT_CONFIG_DIR": job.base / "input" / "config",
        "OUTPUT_DIR": job.output,
        "OUTPUT_DATA_DIR": job.output / "data",
        "CHANNELS": sorted(job.channels),
        "INPUT_DATA_CONFIG": dict(job.channels),
        "HPS": {name: decoded(value) for name, value in job.own.items()},
        "RESOURCE_CONFIG": dict(job.resources),
        "HOSTS": hosts,
        "CURRENT_HOST": job.resources.get("current_host", hosts[0]),
        "NUM_CPUS": usable_cpus(),
        "NUM_GPUS": 0,
        "USER_ARGS": arguments(job),
    }
    told |= {f"CHANNEL_{_name(name)}": job.channel(name) for name in job.channels}
    told |= {f"HP_{_name(name)}": _text(value) for name, value in job.own.items()}
    return {f"SM_{name}": _written(value) for name, value in told.items()}


def arguments(job: Job) -> list[str]:
    """``--name value`` for each hyperparameter, by name."""
    return [word for name in sorted(job.own) for word in (f"--{name}", _text(job.own[name]))]


def _name(name: str) -> str:
    """The shell that starts R drops a variable whose name is none to it."""
    return re.sub(r"\W", "_", name).upper()


def _text(value: Any) -> str:
    """Text without the quotes of JSON; anything else as it came, to the last digit."""
    meant = decoded(value)
    return meant if isinstance(meant, str) else _written(value)


def _written(value: Any) -> str:
    if isinstance(value, dict | list | bool | None):
        return json.dumps(value)
    return str(value)
