"""apply: makes the calls of a plan, step by step, and says what came of each."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bridge.deploy import docker
from bridge.deploy.aws import Aws
from bridge.deploy.cannot import CannotDeploy, GoldenDiffers
from bridge.deploy.drawn import PACKED
from bridge.deploy.names import DEPLOYMENT, tags_in
from bridge.deploy.packing import pack
from bridge.deploy.plan import PREVIOUS
from bridge.deploy.refused import Refused
from bridge.deploy.step import Call, Plan, Step, Verb
from bridge.deploy.trial import try_golden
from bridge.deploy.waiting import Waiting, Watch

ROLE_PATIENCE = 12  # times five seconds, until SageMaker knows a new role
_LISTS = ("MetricAlarms", "ScalableTargets", "repositories", "imageDetails")
Say = Callable[[int, str, Step], None]  # gets the number of the step and what came of it


class Applying:
    """One run of a plan; ``folder`` is for packed archives."""

    def __init__(
        self,
        plan: Plan,
        aws: Aws,
        folder: Path,
        watch: Watch,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._plan = plan
        self._aws = aws
        self._folder = folder
        self._waiting = Waiting(aws, watch, pause)
        self._previous: str | None = None

    def run(self, say: Say) -> None:
        """Makes every step; raises CannotDeploy at the first that fails."""
        for number, step in enumerate(self._plan.steps, 1):
            try:
                say(number, self._do(step), step)
            except CannotDeploy as error:
                text = f"step {number} of {len(self._plan.steps)}, {step.call.name}: {error}"
                kind = GoldenDiffers if isinstance(error, GoldenDiffers) else CannotDeploy
                raise kind(text) from None

    def _do(self, step: Step) -> str:
        doing = {
            Verb.MAKE: self._make,
            Verb.SET: self._set,
            Verb.CHECK: self._check,
            Verb.REMOVE: self._remove,
            Verb.WAIT: self._wait,
            Verb.SETTLE: self._settle,
            Verb.TRY: self._try,
        }
        return doing[step.verb](step)

    def _make(self, step: Step) -> str:
        found = self._find(step.look)
        if found is None:
            self._call(step.call)
            return "made"
        self._check_owner(step)
        if step.clear and found.get("EndpointStatus") == "Failed":
            self._call(step.clear)
            self._waiting.settled(step.look or step.call)
            self._call(step.call)
            return "made anew"
        if step.change is None or all(found.get(k) == v for k, v in step.same.items()):
            return "was there"
        self._previous = found.get("EndpointConfigName")
        for call in step.before:
            self._unless_missing(call)
        self._call(step.change)
        return "changed"

    def _set(self, step: Step) -> str:
        self._call(step.call)
        return "done"

    def _wait(self, step: Step) -> str:
        self._waiting.finished(step)
        return "ready"

    def _settle(self, step: Step) -> str:
        return "gone" if self._waiting.settled(step.call) is None else "at rest"

    def _check(self, step: Step) -> str:
        if self._find(step.call) is None:
            what = ", ".join(f"{name} {value}" for name, value in step.call.parameters.items())
            raise CannotDeploy(f"there is none with {what}; please make it first")
        return "is there"

    def _remove(self, step: Step) -> str:
        if step.look and self._find(step.look) is None:
            return "not there"
        return "removed" if self._unless_missing(step.call) else "not there"

    def _try(self, step: Step) -> str:
        try:
            number = try_golden(self._aws, step.call.parameters, self._waiting)
        except GoldenDiffers as error:
            if not (step.clear and self._previous):
                raise
            self._take_back(step.clear, self._previous)
            raise GoldenDiffers(
                f"{error}\nThe update was taken back: the endpoint answers as before, with "
                f"{self._previous}."
            ) from None
        return f"{number} alike"

    def _take_back(self, call: Call, previous: str) -> None:
        self._call(Call(call.service, call.operation, _filled(call.parameters, PREVIOUS, previous)))
        look = {"EndpointName": call.parameters["EndpointName"]}
        self._waiting.settled(Call("sagemaker", "describe_endpoint", look))

    def _find(self, look: Call | None) -> dict[str, Any] | None:
        """What is there, at rest."""
        if look is None:
            return None
        if look.operation == "describe_endpoint":
            return self._waiting.settled(look)
        found = self._aws.find(look)
        return None if not found or any(found.get(key) == [] for key in _LISTS) else found

    def _check_owner(self, step: Step) -> None:
        if step.tags is None:
            return
        owner = tags_in(self._aws.call(step.tags)).get(DEPLOYMENT)
        if owner != self._plan.name:
            whose = f'the deployment "{owner}"' if owner else "someone else"
            raise CannotDeploy(
                f"the name is taken: what is there was made by {whose}; "
                "please choose another with --name"
            )

    def _unless_missing(self, call: Call) -> bool:
        try:
            self._aws.call(call)
        except Refused as error:
            if not error.is_missing:
                raise
            return False
        return True

    def _call(self, call: Call) -> None:
        parameters = _filled(call.parameters, PACKED, str(self._folder))
        if call.name == "local.pack":
            pack(Path(parameters["Source"]), Path(parameters["Filename"]))
        elif call.name == "docker.push":
            docker.push(self._aws, parameters)
        else:
            self._patiently(Call(call.service, call.operation, parameters))

    def _patiently(self, call: Call) -> None:
        """A new role is known everywhere after some seconds only."""
        for _ in range(ROLE_PATIENCE):
            try:
                self._aws.call(call)
            except Refused as error:
                if not error.is_role_unknown:
                    raise
                self._waiting.pause(5)
            else:
                return
        self._aws.call(call)


def _filled(parameters: Mapping[str, Any], placeholder: str, value: str) -> dict[str, Any]:
    return {
        name: told.replace(placeholder, value) if isinstance(told, str) else told
        for name, told in parameters.items()
    }
