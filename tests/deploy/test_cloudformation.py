"""deploy/cloudformation.yaml: what cfn-lint says of it, and that it makes what a plan makes."""

from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint_file  # type: ignore[import-untyped]

from bridge.deploy.names import Place
from bridge.deploy.plan import make_plan
from bridge.deploy.step import Plan
from bridge.deploy.wanted import Mode, Scaling, Wanted
from tests.deploy.cloud import ACCOUNT, REGION
from tests.deploy.template import Template
from tests.serving import MARATHON, ROOT

FILE = ROOT / "deploy" / "cloudformation.yaml"
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/our/models"
BUCKET = f"rbridge-{ACCOUNT}-{REGION}"
PROVISIONED: dict[str, Any] = {"mode": Mode.SERVERLESS, "provisioned_concurrency": 3}

# Options of rbridge deploy, and the parameters of the stack that say the same.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "defaults": ({}, {}),
    "machines": (
        {"instance_type": "ml.c5.xlarge", "instances": 3, "startup_timeout": 900, "bake": 60},
        {"InstanceType": "ml.c5.xlarge", "Instances": 3, "StartupTimeout": 900, "Bake": 60,
         "LongestUpdate": 3600 + 2 * (900 + 60)},
    ),
    "scaled": ({"scaling": Scaling(1, 4, 1000)}, {"MaxInstances": 4}),
    "always several": (
        {"scaling": Scaling(2, 4, 50)}, {"MinInstances": 2, "MaxInstances": 4, "ScaleTarget": 50}
    ),
    "several at first": (
        {"instances": 2, "scaling": Scaling(1, 4, 1000)}, {"Instances": 2, "MaxInstances": 4}
    ),
    "serverless": (
        {"mode": Mode.SERVERLESS, "memory_mb": 1024, "max_concurrency": 7},
        {"Serverless": "true", "MemoryMb": 1024, "MaxConcurrency": 7},
    ),
    "provisioned": (PROVISIONED, {"Serverless": "true", "ProvisionedConcurrency": 3}),
}  # fmt: skip


def parameters(plan: Plan, name: str) -> dict[str, Any]:
    """Of the one call of that name, whether it makes or changes."""
    calls = [call for step in plan.steps for call in (step.call, step.change) if call]
    (found,) = (call.parameters for call in calls if call.name == name)
    return dict(found)


def without(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key not in names}


def planned(tag: str, **options: Any) -> Plan:
    return make_plan(
        Wanted(MARATHON, "marathon", image=IMAGE + tag, **options), Place(ACCOUNT, REGION)
    )


def stack(plan: Plan, tag: str, given: dict[str, Any]) -> Template:
    """The stack of that plan: what resources are called is taken from there."""
    model = parameters(plan, "sagemaker.create_model")
    named = {
        "Name": "marathon",
        "Image": IMAGE + tag,
        "ModelData": model["PrimaryContainer"]["ModelDataUrl"],
        "ModelPrefix": f"{BUCKET}/rbridge/marathon/",
    }
    known = {
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::AccountId": ACCOUNT,
        "Role.Arn": model["ExecutionRoleArn"],
        "Model.ModelName": model["ModelName"],
        "EndpointConfig.EndpointConfigName": parameters(plan, "sagemaker.create_endpoint_config")[
            "EndpointConfigName"
        ],
        "Endpoint.EndpointName": "marathon",
        "Alarm": "rbridge-marathon-5xx",
        "Target": "the target",
    }
    return Template(FILE, {**named, **given}, known)


def test_cfn_lint_has_nothing_to_say() -> None:
    told = lint_file(FILE, config=ManualArgs(regions=[REGION], include_checks=["I"]))
    assert [f"{one.rule.id} in line {one.linenumber}: {one.message}" for one in told] == []


@pytest.mark.parametrize("tag", [":1", "@sha256:0123"])
def test_the_role_may_do_what_that_of_the_plan_may(tag: str) -> None:
    plan = planned(tag)
    role = stack(plan, tag, {}).resources()["Role"]
    assert (
        role["AssumeRolePolicyDocument"]
        == parameters(plan, "iam.create_role")["AssumeRolePolicyDocument"]
    )
    (policy,) = role["Policies"]
    assert policy["PolicyDocument"] == parameters(plan, "iam.put_role_policy")["PolicyDocument"]


@pytest.mark.parametrize("case", CASES)
def test_a_stack_has_what_a_plan_makes(case: str) -> None:
    options, given = CASES[case]
    plan = planned(":1", **options)
    resources = stack(plan, ":1", given).resources()
    model = parameters(plan, "sagemaker.create_model")
    assert resources["Model"] == without(model, "ModelName", "Tags")
    config = parameters(plan, "sagemaker.create_endpoint_config")
    assert resources["EndpointConfig"] == without(config, "EndpointConfigName", "Tags")
    assert resources["Endpoint"] == parameters(plan, "sagemaker.update_endpoint")
    serverless = options.get("mode") is Mode.SERVERLESS
    assert ("Alarm" in resources) != serverless
    if not serverless:
        alarm = parameters(plan, "cloudwatch.put_metric_alarm")
        assert resources["Alarm"] == without(alarm, "Tags")


@pytest.mark.parametrize("case", CASES)
def test_instances_are_scaled_as_in_the_plan(case: str) -> None:
    options, given = CASES[case]
    plan = planned(":1", **options)
    resources = stack(plan, ":1", given).resources()
    assert ("Target" in resources) == ("Scaling" in resources) == ("scaling" in options)
    if "scaling" in options:
        limits = parameters(plan, "application-autoscaling.register_scalable_target")
        assert resources["Target"] == limits
        policy = parameters(plan, "application-autoscaling.put_scaling_policy")
        scaling = {**resources["Target"], **resources["Scaling"]}
        assert scaling.pop("ScalingTargetId") == "the target"
        assert scaling == {**limits, **policy}


def test_a_serverless_endpoint_is_not_scaled() -> None:
    plan = planned(":1")
    assert stack(plan, ":1", {"Serverless": "true"}).broken_rules() == []
    (told,) = stack(plan, ":1", {"Serverless": "true", "MaxInstances": 2}).broken_rules()
    assert told.startswith("A serverless endpoint has no machines to scale")
