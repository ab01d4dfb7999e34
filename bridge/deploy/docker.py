"""docker: the image of this machine, told and pushed, by the command of that name."""

import base64
import subprocess
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.drawn import is_in_registry
from bridge.deploy.step import Call
from bridge.deploy.wanted import Wanted

if TYPE_CHECKING:  # a plan is made without boto3
    from bridge.deploy.aws import Aws

MOST_CHARACTERS = 500


def image_id(name: str) -> str | None:
    """What is in a local image, as a digest; None if it is in ECR, or is not to be found."""
    if is_in_registry(name):
        return None
    try:
        return _inspected(name, "{{.Id}}")
    except CannotDeploy:
        return None


def fitting_image_id(wanted: Wanted) -> str | None:
    """The same; raises CannotDeploy if a local image is not there, or not for such machines."""
    name = wanted.image
    if is_in_registry(name):
        return None
    build = f"rbridge image {wanted.path} --platform linux/{wanted.architecture} --tag {name}"
    found = image_id(name)
    if found is None:
        raise CannotDeploy(
            f"docker has no image {name} on this machine; please build it ({build}), or give one "
            "that is in ECR with --image"
        )
    architecture = _inspected(name, "{{.Architecture}}")
    if architecture != wanted.architecture:
        raise CannotDeploy(
            f"the image {name} is for {architecture}, and {wanted.machine} has "
            f"{wanted.architecture}; please build it so: {build}"
        )
    return found


def push(aws: "Aws", asked: Mapping[str, Any]) -> None:
    """Pushes, with a password that is forgotten afterwards."""
    user, password = _password(aws)
    registry = asked["As"].split("/")[0]
    with tempfile.TemporaryDirectory() as folder:
        apart = ("--config", folder, *_engine())
        login = ("login", "--username", user, "--password-stdin", registry)
        _docker(*apart, *login, text=password)
        _docker("tag", asked["Image"], asked["As"])
        _docker(*apart, "push", asked["As"])


def _engine() -> tuple[str, ...]:
    """Where the engine is, which the user's own configuration may say."""
    try:
        told = _docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}").strip()
    except CannotDeploy:  # a docker without contexts, such as podman's
        return ()
    return ("--host", told) if told else ()


def _password(aws: "Aws") -> tuple[str, str]:
    told = aws.call(Call("ecr", "get_authorization_token", {}))
    token = base64.b64decode(told["authorizationData"][0]["authorizationToken"]).decode()
    user, _, password = token.partition(":")
    return user, password


def _inspected(name: str, what: str) -> str:
    return _docker("image", "inspect", "--format", what, name).strip()


def _docker(*arguments: str, text: str | None = None) -> str:
    try:
        done = subprocess.run(
            ["docker", *arguments], input=text, capture_output=True, text=True, check=False
        )
    except OSError:
        raise CannotDeploy(
            "there is no docker on this machine; please give an image that is in ECR with --image"
        ) from None
    if done.returncode:
        said = done.stderr.strip()[-MOST_CHARACTERS:]
        raise CannotDeploy(f"docker {arguments[-2]} {arguments[-1]} failed: {said}")
    return done.stdout
