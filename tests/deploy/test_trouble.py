"""What goes wrong on AWS: moto's state set by hand, and botocore's Stubber where moto has none."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]
from moto.sagemaker.models import FakeEndpoint
from moto.sagemaker.responses import SageMakerResponse

from bridge.deploy.aws import Aws
from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.plan import make_plan
from bridge.deploy.step import Call
from bridge.deploy.trial import try_golden
from bridge.deploy.waiting import Waiting
from bridge.deploy.wanted import Wanted
from tests.deploy.cloud import Cloud
from tests.deploy.runs import IMAGE, PLACE, Refusing, Run, with_client

OCI = "Unsupported manifest media type application/vnd.oci.image.index.v1+json for image x."
REASON = "The primary container did not pass the ping health check."
LOG = "/aws/sagemaker/Endpoints/marathon"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every endpoint that is made fails; undone by ``undo``."""
    made = FakeEndpoint.__init__

    def fails(self: FakeEndpoint, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        self.endpoint_status = "Failed"
        self.failure_reason = REASON  # type: ignore[assignment]

    monkeypatch.setattr(FakeEndpoint, "__init__", fails)
    return monkeypatch


def told(run: Run, **options: Any) -> str:
    with pytest.raises(CannotDeploy) as caught:
        run.deploy(**options)
    return str(caught.value)


def test_a_failed_endpoint_shows_its_reason_and_its_log(
    run: Run, cloud: Cloud, failing: pytest.MonkeyPatch
) -> None:
    cloud.log(LOG, "rbridge: the model needs the package mgcv", "which is not installed")
    text = told(run)
    assert "the endpoint is Failed: The primary container did not pass the ping" in text
    assert text.endswith(
        f"The end of its log ({LOG}, AllTraffic/i-0):\n"
        "  | rbridge: the model needs the package mgcv\n  | which is not installed"
    )


def test_a_failed_endpoint_without_a_log(run: Run, failing: pytest.MonkeyPatch) -> None:
    assert f"CloudWatch has no log group {LOG}: the container was never started" in told(run)


def test_a_failed_endpoint_whose_log_may_not_be_read(
    aws: Aws, run: Run, failing: pytest.MonkeyPatch
) -> None:
    refusing = Refusing(aws, "describe_log_streams", "AccessDeniedException", "not you")
    text = told(Run(refusing, run.model))
    assert "cannot be read: logs.describe_log_streams was refused: you have no permission" in text
    assert "logs:DescribeLogStreams" in text


def test_a_failed_endpoint_is_made_anew(
    run: Run, cloud: Cloud, failing: pytest.MonkeyPatch
) -> None:
    told(run)
    failing.undo()
    run.deploy()
    assert "made anew" in run.outcomes
    assert cloud.endpoint().endpoint_status == "InService"


def test_what_moves_is_waited_for(run: Run, cloud: Cloud) -> None:
    run.deploy()
    statuses = iter(["SystemUpdating", "InService"])
    cloud.endpoint().endpoint_status = "RollingBack"
    run.at_pause = lambda: setattr(cloud.endpoint(), "endpoint_status", next(statuses))
    run.deploy()
    assert run.statuses == ["RollingBack", "SystemUpdating"]
    assert len(run.pauses) == 2


def test_an_update_that_sagemaker_takes_back_is_told(
    run: Run, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.deploy()
    before = cloud.endpoint().endpoint_config_name
    updated = SageMakerResponse.update_endpoint  # type: ignore[attr-defined]

    def taken_back(self: SageMakerResponse) -> Any:
        answer = updated(self)
        cloud.endpoint().endpoint_config_name = before
        return answer

    monkeypatch.setattr(SageMakerResponse, "update_endpoint", taken_back)
    text = told(run, instances=2)
    assert "SageMaker took the update back: an alarm rang" in text
    assert f"The endpoint answers as before, with {before}." in text


def test_an_endpoint_that_someone_removes_meanwhile(
    run: Run, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = FakeEndpoint.__init__

    def slow(self: FakeEndpoint, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        self.endpoint_status = "Creating"

    monkeypatch.setattr(FakeEndpoint, "__init__", slow)
    run.at_pause = lambda: cloud.sagemaker.delete_endpoint("marathon")
    assert "it was removed by someone else meanwhile" in told(run)


def test_a_new_role_that_sagemaker_does_not_know_yet_is_waited_for(run: Run, aws: Aws) -> None:
    message = "Could not assume role arn:aws:iam::1:role/x. Please ensure that the role exists"
    patient = Run(Refusing(aws, "create_model", "ValidationException", message, 3), run.model)
    patient.deploy()
    assert patient.pauses == [5, 5, 5]
    never = Run(Refusing(aws, "create_model", "ValidationException", message, 99), run.model)
    assert "Could not assume role" in told(never, instances=2, environment={"A": "b"})


@pytest.mark.parametrize(
    ("operation", "code", "message", "said"),
    [
        ("create_role", "AccessDenied", "not allowed", "no permission for iam:CreateRole. not al"),
        ("upload_file", "AccessDenied", "Access Denied", "no permission for s3:PutObject"),
        ("create_endpoint", "ResourceLimitExceeded", "ml.m5.large: 0.", "a quota is used up"),
        ("create_endpoint", "ResourceLimitExceeded", "", "console.aws.amazon.com/servicequotas/"),
        ("head_bucket", "ExpiredToken", "", "the credentials have expired"),
        ("create_model", "UnrecognizedClientException", "", "AWS does not know these credentials"),
        ("create_model", "ValidationException", OCI, "docker buildx build --provenance=false"),
        ("create_model", "ThrottlingException", "Rate exceeded", "Rate exceeded (ThrottlingExc"),
        ("create_endpoint_config", "ValidationException", "x" * 5000, "xxx"),
    ],
)
def test_a_refusal_says_which_call_and_what_would_help(
    run: Run, aws: Aws, operation: str, code: str, message: str, said: str
) -> None:
    text = told(Run(Refusing(aws, operation, code, message), run.model))
    assert said in text and f".{operation} was refused: " in text
    assert len(text) < 1000


@contextmanager
def stubbed(cloud: Cloud, *answers: tuple[str, dict[str, Any], dict[str, Any]]) -> Iterator[Any]:
    """SageMaker that expects these calls with these parameters, and no other."""
    client = cloud.client("sagemaker")
    with Stubber(client) as stub:
        for method, expected, answer in answers:
            stub.add_response(method, answer, expected)
        yield client
        stub.assert_no_pending_responses()


def described(config: str, status: str = "InService") -> dict[str, Any]:
    return {
        "EndpointName": "marathon",
        "EndpointArn": "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/marathon",
        "EndpointConfigName": config,
        "EndpointStatus": status,
        "CreationTime": 0,
        "LastModifiedTime": 0,
    }


def test_an_update_is_blue_green_with_an_alarm(aws: Aws, cloud: Cloud, model: Path) -> None:
    """To the letter, with what the service's own model says of each parameter."""
    plan = make_plan(Wanted(model, "marathon", image=IMAGE, instances=2), PLACE)
    (step,) = (step for step in plan.steps if step.call.operation == "create_endpoint")
    config = step.call.parameters["EndpointConfigName"]
    named = {"EndpointName": "marathon"}
    arn = {"ResourceArn": "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/marathon"}
    ours = {"Tags": [{"Key": "rbridge:deployment", "Value": "marathon"}]}
    policy = {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "WaitIntervalInSeconds": 300,
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        },
        "TerminationWaitInSeconds": 300,
        "MaximumExecutionTimeoutInSeconds": 5400,
    }
    update = {
        **named,
        "EndpointConfigName": config,
        "DeploymentConfig": {
            "BlueGreenUpdatePolicy": policy,
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "rbridge-marathon-5xx"}]},
        },
    }
    with stubbed(
        cloud,
        ("describe_endpoint", named, described("marathon-0")),
        ("list_tags", arn, ours),
        ("update_endpoint", update, {"EndpointArn": arn["ResourceArn"]}),
        ("describe_endpoint", named, described("marathon-0", "Updating")),
        ("describe_endpoint", named, described("marathon-0", "RollingBack")),
        ("describe_endpoint", named, {**described("marathon-0"), "FailureReason": "5xx"}),
    ) as client:
        run = Run(with_client(aws, "sagemaker", client), model)
        at = plan.steps.index(step)
        with pytest.raises(CannotDeploy, match=r"took the update back: 5xx"):
            run.carry_out(type(plan)("marathon", "", plan.steps[at : at + 2], ()))
    assert run.statuses == ["Updating", "RollingBack"]


def test_a_running_job_is_stopped_when_it_is_removed(aws: Aws, cloud: Cloud, model: Path) -> None:
    job = "marathon-0123456789"
    begin = "arn:aws:sagemaker:eu-west-1:123456789012:"
    arn = f"{begin}transform-job/{job}"
    asked = {"NameContains": "marathon"}
    summary = {
        "TransformJobName": job,
        "TransformJobArn": arn,
        "CreationTime": 0,
        "TransformJobStatus": "InProgress",
    }
    ours = {"Tags": [{"Key": "rbridge:deployment", "Value": "marathon"}]}
    with stubbed(
        cloud,
        ("describe_endpoint", {"EndpointName": "marathon"}, described("x")),
        (
            "list_tags",
            {"ResourceArn": f"{begin}endpoint/marathon"},
            {},
        ),
        ("list_endpoint_configs", asked, {"EndpointConfigs": []}),
        ("list_models", asked, {"Models": []}),
        (
            "list_transform_jobs",
            {**asked, "StatusEquals": "InProgress"},
            {"TransformJobSummaries": [summary]},
        ),
        ("list_tags", {"ResourceArn": arn}, ours),
        ("stop_transform_job", {"TransformJobName": job}, {}),
    ) as client:
        run = Run(with_client(aws, "sagemaker", client), model)
        plan = run.undeploy()
    assert run.outcomes == ["removed"]
    assert plan.notes == ("the endpoint marathon is not of this deployment and stays",)


def test_objects_that_may_not_be_deleted_are_told(aws: Aws, cloud: Cloud) -> None:
    denied = {"Errors": [{"Key": "k", "Code": "AccessDenied", "Message": "Access Denied"}]}
    client = cloud.client("s3")
    with Stubber(client) as stub:
        stub.add_response("delete_objects", denied)
        call = Call("s3", "delete_objects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}]}})
        with pytest.raises(CannotDeploy, match="you have no permission for s3:DeleteObject"):
            with_client(aws, "s3", client).call(call)


def test_golden_requests_of_many_models_name_theirs(aws: Aws, cloud: Cloud, model: Path) -> None:
    lines = [json.loads(line) for line in (model / "golden.jsonl").read_text().splitlines()]
    client = cloud.client("sagemaker-runtime")
    asked = {"EndpointName": "m", "TargetModel": "men.tar.gz", "Filename": model / "golden.jsonl"}
    sent = {
        **{name: asked[name] for name in ("EndpointName", "TargetModel")},
        "ContentType": "application/json",
        "Accept": "application/json",
    }
    with Stubber(client) as stub:
        answer = {"Body": json.dumps(lines[0]["response"]).encode()}
        stub.add_response(
            "invoke_endpoint", answer, {**sent, "Body": json.dumps(lines[0]["request"])}
        )
        stub.add_client_error(
            "invoke_endpoint",
            "ModelError",
            modeled_fields={
                "OriginalStatusCode": 422,
                "OriginalMessage": json.dumps(lines[1]["response"]),
            },
        )
        other = with_client(aws, "sagemaker-runtime", client)
        assert try_golden(other, asked, Waiting(other, lambda status, seconds: None)) == 2
        stub.assert_no_pending_responses()
