"""The large transform jobs: python -m tests.platform [--lines 100000]."""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.platform.cars import Cars, numbers_of_csv, numbers_of_jsonlines
from tests.platform.container import running
from tests.platform.transform import Job, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.platform", description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    with tempfile.TemporaryDirectory() as folder:
        cars = Cars(Path(folder), parser.parse_args().lines)
        return 0 if all(list(_jobs(cars, Path(folder)))) else 1


def _jobs(cars: Cars, folder: Path) -> Iterator[bool]:
    files = {"text/csv": cars.csv(), "application/jsonlines": cars.jsonlines()}
    readers = {"text/csv": numbers_of_csv, "application/jsonlines": numbers_of_jsonlines}
    for strategy in ("MULTI_RECORD", "SINGLE_RECORD"):
        for content_type, data in files.items():
            job = Job(content_type, content_type, strategy=strategy)
            with running(cars.model, folder, job.environ()) as container:
                began = time.monotonic()
                equal = readers[content_type](run(container, job, data)) == cars.predicted
            seconds = time.monotonic() - began
            told = f"{len(cars.records)} lines in {seconds:.1f} s"
            print(f"{strategy} {content_type}: {told}, {'equal' if equal else 'NOT equal'}")  # noqa: T201
            yield equal


if __name__ == "__main__":
    raise SystemExit(main())
