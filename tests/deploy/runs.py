"""Plans that are made and carried out against the cloud of the tests."""

import copy
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from bridge.deploy.apply import Applying
from bridge.deploy.aws import Aws
from bridge.deploy.names import Place
from bridge.deploy.plan import make_plan
from bridge.deploy.refused import Refused
from bridge.deploy.step import Call, Plan
from bridge.deploy.undeploy import undeploy_plan
from bridge.deploy.wanted import Wanted
from tests.deploy.cloud import ACCOUNT, REGION

PLACE = Place(ACCOUNT, REGION)
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/marathon:1"


def with_client(aws: Aws, service: str, client: Any) -> Aws:
    """The same, but for one service."""
    other = copy.copy(aws)
    other._clients = {**aws._clients, service: client}
    return other


class Run:
    """What came of each step, what was waited for, and how often."""

    def __init__(self, aws: Any, model: Path) -> None:
        self._aws = aws
        self.model = model
        self.outcomes: list[str] = []
        self.statuses: list[str] = []
        self.at_pause: Callable[[], None] = lambda: None
        self.pauses: list[float] = []

    def deploy(self, path: Path | None = None, name: str = "marathon", **options: Any) -> Plan:
        wanted = Wanted(path or self.model, name, **{"image": IMAGE, **options})
        plan = make_plan(wanted, PLACE, "sha256:0123")
        return self.carry_out(plan)

    def undeploy(self, name: str = "marathon", data: bool = False) -> Plan:
        return self.carry_out(undeploy_plan(self._aws, name, PLACE, None, data))

    def carry_out(self, plan: Plan) -> Plan:
        self.outcomes.clear()
        with TemporaryDirectory() as folder:
            applying = Applying(plan, self._aws, Path(folder), self._watch, self._pause)
            applying.run(lambda number, outcome, step: self.outcomes.append(outcome))
        return plan

    def _watch(self, status: str, seconds: float) -> None:
        self.statuses.append(status)

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.at_pause()


class Refusing:
    """AWS that refuses one operation, as often as is said, and passes the others on."""

    def __init__(self, aws: Aws, operation: str, code: str, message: str, times: int = 1) -> None:
        self._aws = aws
        self._operation = operation
        self._error = {"Error": {"Code": code, "Message": message}}
        self._times = times
        self.pages = aws.pages

    def call(self, call: Call) -> dict[str, Any]:
        if call.operation == self._operation and self._times:
            self._times -= 1
            raise Refused(call, self._error)
        return self._aws.call(call)

    def find(self, call: Call) -> dict[str, Any] | None:
        return Aws.find(cast(Aws, self), call)  # by its own call()
