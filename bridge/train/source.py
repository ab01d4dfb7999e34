"""source: where the training script lies; what the job says wins over what the image says."""

import tarfile
from dataclasses import dataclass
from pathlib import Path

from bridge.train.failed import TrainingFailed
from bridge.train.job import Job

PROGRAM = "train.R"
CHANNEL = "code"
ARCHIVE = "sourcedir.tar.gz"  # as SageMaker's Python SDK calls it


@dataclass(frozen=True, slots=True)
class Source:
    """``program`` is relative to ``folder``, in which R runs."""

    folder: Path
    program: str


def find_source(job: Job, program: str | None, folder: Path | None, into: Path) -> Source:
    """The script and its folder; an archive is unpacked ``into`` a folder.

    ``program`` and ``folder`` are what the image says, where the job says nothing.
    """
    program = job.from_sdk("program") or program or PROGRAM
    source = _unpacked(_place(job, folder), into)
    if not (source / program).is_file():
        raise TrainingFailed(
            f"there is no {program} in {source}. Give it as a channel called {CHANNEL}, or put "
            "it into the image: docs/train.md; SAGEMAKER_PROGRAM is its name if it has another"
        )
    return Source(source, program)


def _place(job: Job, folder: Path | None) -> Path:
    said = job.from_sdk("submit_directory")
    if said and said.startswith("s3://"):
        raise TrainingFailed(
            f"the training script is at {said}, but nothing is fetched from S3 here. With "
            "enable_network_isolation=True the SDK hands it over as a channel; without the SDK "
            f"give its folder as a channel called {CHANNEL}"
        )
    channel = job.channel(CHANNEL)
    baked = folder or job.base / "code"
    return Path(said.removeprefix("file://")) if said else channel if channel.is_dir() else baked


def _unpacked(place: Path, into: Path) -> Path:
    """The folder itself, or what is in an archive, alone in a channel or named by the SDK."""
    archive = place / ARCHIVE if place.is_dir() else place
    if not archive.is_file():
        return place
    try:
        with tarfile.open(archive) as tar:
            # Python before 3.11.4 has no filters.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(into)
    except (OSError, tarfile.TarError) as error:
        raise TrainingFailed(f"{archive} cannot be unpacked: {error}") from None
    return into
