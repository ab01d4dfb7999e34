"""The plan, without AWS: what is planned, and what AWS's own models say of it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.names import Place
from bridge.deploy.plan import make_plan
from bridge.deploy.step import Plan, Step
from bridge.deploy.wanted import MEMORY_MB, Batch, Mode, Scaling, Wanted
from tests.deploy.shapes import problems
from tests.serving import MARATHON

KEY = "arn:aws:kms:eu-west-1:123456789012:key/0b5c"
ROLE = "arn:aws:iam::123456789012:role/mine"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/models:1"
PLACE = Place("123456789012", "eu-west-1")


def plan_of(path: Path = MARATHON, place: Place = PLACE, **options: Any) -> Plan:
    return make_plan(Wanted(path, "marathon", **options), place, "sha256:0123456789abcdef")


def step(plan: Plan, name: str) -> Step:
    (found,) = (step for step in plan.steps if step.call.name == name)
    return found


def parameters(plan: Plan, name: str) -> Any:
    return step(plan, name).call.parameters


def names(plan: Plan) -> list[str]:
    return [step.call.name for step in plan.steps]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder of two model folders, and something else."""
    for name in ("women", "men"):
        shutil.copytree(MARATHON, tmp_path / "models" / name)
    (tmp_path / "models" / "README.md").write_text("no model")
    return tmp_path / "models"


EVERY_OPTION: list[dict[str, Any]] = [
    {},
    {"image": ECR, "role": ROLE, "bucket": "my-bucket"},
    {"instances": 3, "instance_type": "ml.c5.xlarge", "bake": 60, "startup_timeout": 3600},
    {"capture": 100, "kms_key": KEY, "network_isolation": True},
    {"subnets": ("subnet-1", "subnet-2"), "security_groups": ("sg-1",)},
    {"environment": {"RBRIDGE_WORKERS": "2"}, "tags": {"team": "running @ home", "id": "7/2"}},
    {"scaling": Scaling(1, 4, 1000.0)},
    {"scaling": Scaling(2, 4, 0.5, "MyApp:Load:Maximum")},
    *({"mode": Mode.SERVERLESS, "memory_mb": memory} for memory in MEMORY_MB),
    {"mode": Mode.SERVERLESS, "max_concurrency": 7, "provisioned_concurrency": 7},
    {"mode": Mode.ASYNC, "scaling": Scaling(1, 4, 5.0), "kms_key": KEY},
    {"mode": Mode.BATCH, "batch": Batch("s3://theirs/in/runs.csv"), "kms_key": KEY},
    {"mode": Mode.BATCH, "batch": Batch("s3://x/in", "s3://x/out", "text/csv", "2")},
]


@pytest.mark.parametrize("options", EVERY_OPTION, ids=str)
@pytest.mark.parametrize("place", [Place(), PLACE], ids=["nowhere", "known"])
def test_every_option_makes_calls_that_the_services_take(
    options: dict[str, Any], place: Place
) -> None:
    assert problems(plan_of(place=place, **options)) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"instance_type": "ml.huge"}, "ml.huge is not one of"),
        ({"startup_timeout": 5}, "valid min value: 60"),
        ({"environment": {"A": 1}}, "Invalid type for parameter PrimaryContainer.Environment.A"),
        ({"subnets": ("a b",), "security_groups": ("c",)}, "a b is not ["),
    ],
    ids=["enum", "range", "type", "pattern"],
)
def test_that_check_finds_what_is_wrong(options: dict[str, Any], told: str) -> None:
    assert any(told in problem for problem in problems(plan_of(**options)))


@pytest.mark.parametrize("name", ["m" * 40, "a-b-c", "0"])
def test_names_that_fit_are_not_too_long_for_any_service(name: str) -> None:
    wanted = Wanted(MARATHON, name, scaling=Scaling(1, 2, 1))
    assert problems(make_plan(wanted, Place("123456789012", "ap-southeast-1"))) == []


@pytest.mark.parametrize("name", ["", "m" * 41, "a--b", "-a", "a-", "A", "a_b", "ä", "a/b", "a.b"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(CannotDeploy, match="cannot be the name of a deployment"):
        Wanted(MARATHON, name)


def test_without_aws_docker_and_boto3_the_whole_plan(tmp_path: Path) -> None:
    """Of the environment nothing is left by which anyone could be asked."""
    blocked = tmp_path / "boto3.py"
    blocked.write_text("raise ImportError")
    environ = {"PATH": str(tmp_path), "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    environ |= {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    command = [sys.executable, "-m", "bridge.cli", "deploy", str(MARATHON), "--plan"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("marathon: a real-time endpoint in ${region}, account ${account}")
    for told in ("sagemaker.create_endpoint\n", '"s3:GetObject"', "aws.amazon.com/sagemaker/pri"):
        assert told in done.stdout
    assert "Note: account and region are known once there are credentials" in done.stdout
    assert "docker does not tell the id of r-model-bridge" in done.stdout
    as_json = subprocess.run(
        [*command, "--json"], capture_output=True, text=True, check=True, env=environ
    )
    told_steps = json.loads(as_json.stdout)["steps"]
    told_names = [f"{told['service']}.{told['operation']}" for told in told_steps]
    assert told_names == names(make_plan(Wanted(MARATHON, "marathon"), Place()))


def test_names_are_the_same_everywhere_and_other_for_another_model(tmp_path: Path) -> None:
    here = parameters(plan_of(), "sagemaker.create_endpoint")["EndpointConfigName"]
    for place in (Place(), Place("210987654321", "us-east-1")):
        there = parameters(plan_of(place=place), "sagemaker.create_endpoint")
        assert there["EndpointConfigName"] == here
    other = shutil.copytree(MARATHON, tmp_path / "other")
    (other / "golden.jsonl").unlink()
    changed = [
        plan_of(other),
        plan_of(instances=2),
        plan_of(environment={"A": "b"}),
        plan_of(image=ECR),
        plan_of(startup_timeout=60),
    ]
    configs = {parameters(p, "sagemaker.create_endpoint")["EndpointConfigName"] for p in changed}
    assert len({*configs, here}) == 6


def test_only_us_east_1_is_not_named_when_a_bucket_is_made() -> None:
    there = parameters(plan_of(place=Place("1", "us-east-1")), "s3.create_bucket")
    assert there == {"Bucket": "rbridge-1-us-east-1"}
    here = parameters(plan_of(), "s3.create_bucket")
    assert here["CreateBucketConfiguration"] == {"LocationConstraint": "eu-west-1"}


def actions(plan: Plan) -> set[str]:
    statements = parameters(plan, "iam.put_role_policy")["PolicyDocument"]["Statement"]
    return {action for statement in statements for action in statement["Action"]}


def test_the_role_may_do_more_only_where_an_option_needs_it() -> None:
    least = actions(plan_of())
    assert not any(action.startswith(("ec2:", "kms:", "iam:")) for action in least)
    assert "s3:PutObject" not in least
    assert actions(plan_of(capture=1)) - least == {"s3:PutObject"}
    with_key = actions(plan_of(kms_key=KEY)) - least
    assert with_key == {"kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey*"}
    inside = actions(plan_of(subnets=("subnet-1",), security_groups=("sg-1",))) - least
    assert inside and all(action.startswith("ec2:") for action in inside)


def test_the_role_reads_its_own_models_and_what_a_job_was_given() -> None:
    plan = plan_of(mode=Mode.BATCH, batch=Batch("s3://theirs/in/x.csv", "s3://ours/out"))
    statements = parameters(plan, "iam.put_role_policy")["PolicyDocument"]["Statement"]
    (read,) = (s for s in statements if s["Action"] == ["s3:GetObject"])
    own = "arn:aws:s3:::rbridge-123456789012-eu-west-1/rbridge/marathon/*"
    assert read["Resource"] == [own, "arn:aws:s3:::theirs/in/x.csv*"]
    (write,) = (s for s in statements if s["Action"] == ["s3:PutObject"])
    parts = [own.replace("*", f"{part}*") for part in ("answers", "capture")]
    assert write["Resource"] == [*parts, "arn:aws:s3:::ours/out*"]


def test_what_is_given_is_not_made() -> None:
    made = names(plan_of(image=ECR, role=ROLE, bucket="mine"))
    assert not {"s3.create_bucket", "s3.put_bucket_tagging", "iam.create_role"} & set(made)
    assert not {"iam.put_role_policy", "ecr.create_repository", "docker.push"} & set(made)
    assert made[0] == "s3.head_bucket"


def test_an_update_goes_to_one_instance_first_where_there_are_several() -> None:
    all_at_once, canary = ("ALL_AT_ONCE", 0), ("CANARY", 60)
    cases: list[tuple[dict[str, Any], tuple[str, int]]] = [
        ({}, all_at_once),
        ({"instances": 2}, canary),
        ({"instances": 2, "scaling": Scaling(1, 4, 1)}, all_at_once),
        ({"scaling": Scaling(2, 4, 1)}, canary),
    ]
    for options, expected in cases:
        change = step(plan_of(bake=60, **options), "sagemaker.create_endpoint").change
        assert change is not None
        config = change.parameters["DeploymentConfig"]
        policy = config["BlueGreenUpdatePolicy"]
        routing = policy["TrafficRoutingConfiguration"]
        assert (routing["Type"], routing["WaitIntervalInSeconds"]) == expected
        assert policy["TerminationWaitInSeconds"] == 60
        alarms = config["AutoRollbackConfiguration"]["Alarms"]
        assert alarms == [{"AlarmName": "rbridge-marathon-5xx"}]


def test_a_serverless_endpoint_has_neither_machines_nor_alarms() -> None:
    plan = plan_of(mode=Mode.SERVERLESS, memory_mb=1024, max_concurrency=7)
    (variant,) = parameters(plan, "sagemaker.create_endpoint_config")["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 1024, "MaxConcurrency": 7}
    assert "InstanceType" not in variant
    kept = plan_of(mode=Mode.SERVERLESS, provisioned_concurrency=2)
    (variant,) = parameters(kept, "sagemaker.create_endpoint_config")["ProductionVariants"]
    assert variant["ServerlessConfig"]["ProvisionedConcurrency"] == 2
    assert "cloudwatch.put_metric_alarm" not in names(plan)
    assert step(plan, "sagemaker.create_endpoint").before == ()


def test_many_models_are_a_folder_of_archives(models: Path) -> None:
    plan = plan_of(models, mode=Mode.MULTI_MODEL)
    assert problems(plan) == []
    keys = [s.call.parameters["Key"] for s in plan.steps if s.call.operation == "upload_file"]
    assert [key.split("/")[-1] for key in keys] == ["men.tar.gz", "women.tar.gz"]
    container = parameters(plan, "sagemaker.create_model")["PrimaryContainer"]
    assert container["Mode"] == "MultiModel"
    assert container["ModelDataUrl"].endswith(keys[0].removesuffix("men.tar.gz"))
    tried = [s.call.parameters["TargetModel"] for s in plan.steps if s.call.name == "local.golden"]
    assert tried == ["men.tar.gz", "women.tar.gz"]


def test_a_file_for_a_job_is_uploaded_by_its_content(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    jobs = set()
    for content in ("{}", "{}", "[]"):
        file.write_text(content)
        plan = plan_of(mode=Mode.BATCH, batch=Batch(str(file)))
        job = parameters(plan, "sagemaker.create_transform_job")
        assert job["TransformInput"]["ContentType"] == "application/jsonlines"
        assert job["TransformInput"]["SplitType"] == "Line"
        jobs.add(job["TransformJobName"])
    assert len(jobs) == 2
    assert "sagemaker.create_endpoint" not in names(plan)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"subnets": ("subnet-1",)}, "--subnet and --security-group must be given together"),
        ({"mode": Mode.SERVERLESS, "capture": 5}, "serverless does not go with --capture"),
        ({"mode": Mode.SERVERLESS, "kms_key": KEY}, "serverless does not go with --kms-key"),
        ({"provisioned_concurrency": 1}, "concurrency goes with --mode serverless alone"),
        (
            {"mode": Mode.SERVERLESS, "provisioned_concurrency": 6},
            "--provisioned-concurrency is 6, more than --max-concurrency, 5",
        ),
        ({"mode": Mode.BATCH}, "--input goes with --mode batch"),
        ({"batch": Batch("s3://a/b.csv")}, "--input goes with --mode batch"),
        ({"mode": Mode.BATCH, "batch": Batch("s3://a/b")}, "please say what it holds"),
        ({"mode": Mode.BATCH, "batch": Batch("no.csv")}, "there is no file no.csv"),
        ({"scaling": Scaling(1, 2, 1, "Load")}, "must be NAMESPACE:NAME:STATISTIC"),
        ({"scaling": Scaling(1, 2, 1, "A:B:Median")}, "must be NAMESPACE:NAME:STATISTIC"),
        ({"scaling": Scaling(3, 2, 1)}, "--min-instances is 3, more than --max-instances, 2"),
        ({"kms_key": "alias/mine"}, "must be the ARN of a key"),
        ({"role": "mine"}, "must be the ARN of a role"),
        ({"tags": {"rbridge:bucket": "b"}}, 'a tag cannot be called "rbridge:bucket"'),
        ({"tags": {"a": "b & c"}}, '"a=b & c" cannot be a tag'),
        ({"mode": Mode.MULTI_MODEL}, "holds no model folders"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    options: dict[str, Any], said: str
) -> None:
    with pytest.raises(CannotDeploy, match=said):
        plan_of(**options)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotDeploy, match=r"holds no \.RData"):
        plan_of(tmp_path)


@pytest.mark.parametrize(
    ("options", "counted"),
    [
        ({}, "1 x ml.m5.large, every hour until `rbridge undeploy`"),
        ({"scaling": Scaling(2, 5, 1)}, "2 to 5 x ml.m5.large"),
        ({"mode": Mode.SERVERLESS}, "the data in and out; nothing while there is none"),
        (
            {"mode": Mode.SERVERLESS, "provisioned_concurrency": 2},
            "the data in and out; 2 that are kept started, every second, while there is none",
        ),
        ({"mode": Mode.BATCH, "batch": Batch("s3://a/b.csv")}, "until the job is done"),
    ],
    ids=["instances", "scaled", "serverless", "provisioned", "batch"],
)
def test_what_is_billed_is_told(options: dict[str, Any], counted: str) -> None:
    assert counted in plan_of(**options).bills[0].counted
