"""engine: what builds images on this machine: docker, podman or buildah, the first that answers."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.image.cannot import CannotBuild

# SageMaker takes docker's own kind of image, not OCI's; nor has the latter a health check.
_BUILDS = {
    "docker": ("buildx", "build", "--provenance=false", "--output", "type=docker"),
    "podman": ("build", "--format", "docker"),
    "buildah": ("build", "--format", "docker"),
}
_ANSWERS = {
    "docker": ("version", "--format", "{{.Server.Version}}"),
    "podman": ("version",),
    "buildah": ("version",),
}


@dataclass(frozen=True, slots=True)
class Engine:
    """Its command by name."""

    name: str

    def has(self, image: str) -> bool:
        """Whether the image is on this machine."""
        return _answers(self.name, "inspect", "--type", "image", image)

    def build(self, context: Path, file: Path, tag: str, platform: str | None = None) -> None:
        """Builds, with what the engine says on this process's own output; raises CannotBuild."""
        options = ["--platform", platform] if platform else []
        command = [self.name, *_BUILDS[self.name], *options]
        command += ["--tag", tag, "--file", str(file), str(context)]
        status = subprocess.run(command, check=False).returncode
        if status:
            raise CannotBuild(f"{self.name} could not build {tag}; it says why above")


def find_engine() -> Engine:
    """The first of the three that is there and answers; raises CannotBuild."""
    for name, question in _ANSWERS.items():
        if _answers(name, *question):
            return Engine(name)
    raise CannotBuild(
        f"none of {', '.join(_BUILDS)} answers on this machine; leave --tag out to get the "
        "Dockerfile, and build it where one does"
    )


def _answers(command: str, *arguments: str) -> bool:
    call: Sequence[str] = (command, *arguments)
    try:
        return subprocess.run(call, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
