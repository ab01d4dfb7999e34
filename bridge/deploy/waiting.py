"""waiting: asks until an endpoint or a job has come to rest."""

import time
from collections.abc import Callable
from typing import Any

from bridge.deploy.aws import Aws
from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.logs import ENDPOINTS, TRANSFORM_JOBS, last_lines
from bridge.deploy.step import Call, Step

PAUSE = 10.0  # seconds between two questions
_MOVING = (
    "Creating",
    "Updating",
    "SystemUpdating",
    "RollingBack",
    "Deleting",
    "InProgress",
    "Stopping",
)
Watch = Callable[[str, float], None]  # gets the status, and the seconds so far


class Waiting:
    """Asks every ``PAUSE`` seconds; ``watch`` is told each time."""

    def __init__(self, aws: Aws, watch: Watch, pause: Callable[[float], None] = time.sleep) -> None:
        self._aws = aws
        self._watch = watch
        self.pause = pause

    def settled(self, look: Call) -> dict[str, Any] | None:
        """What ``look`` tells once nothing moves; None if there is nothing."""
        began = time.monotonic()
        while True:
            found = self._aws.find(look)
            if found is None or _status(found) not in _MOVING:
                return found
            self._watch(_status(found), time.monotonic() - began)
            self.pause(PAUSE)

    def finished(self, step: Step) -> None:
        """Returns if the endpoint is in service as wanted, or the job is complete."""
        found = self.settled(step.call)
        if found is None:
            raise CannotDeploy("it was removed by someone else meanwhile")
        if step.call.operation == "describe_transform_job":
            self._check_job(found)
        else:
            self._check_endpoint(found, step)

    def _check_endpoint(self, found: dict[str, Any], step: Step) -> None:
        name = found["EndpointName"]
        if found["EndpointStatus"] != "InService":
            reason = found.get("FailureReason", "without a reason")
            told = last_lines(self._aws, ENDPOINTS + name)
            raise CannotDeploy(f"the endpoint is {found['EndpointStatus']}: {reason}\n{told}")
        wanted = step.same["EndpointConfigName"]
        if found["EndpointConfigName"] != wanted:
            reason = found.get("FailureReason", "an alarm rang")
            told = last_lines(self._aws, ENDPOINTS + name)
            raise CannotDeploy(
                f"SageMaker took the update back: {reason}\nThe endpoint answers as before, with "
                f"{found['EndpointConfigName']}.\n{told}"
            )

    def _check_job(self, found: dict[str, Any]) -> None:
        status = found["TransformJobStatus"]
        if status != "Completed":
            name = found["TransformJobName"]
            reason = found.get("FailureReason") or "without a reason"
            told = last_lines(self._aws, TRANSFORM_JOBS, name)
            raise CannotDeploy(
                f"the job is {status}: {reason}\n{told}\nA job cannot be started again under its "
                "name; --run 2 makes another one of the same"
            )


def _status(found: dict[str, Any]) -> str:
    return str(found.get("EndpointStatus") or found.get("TransformJobStatus"))
