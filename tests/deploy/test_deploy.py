"""Deployments against moto, with boto3 as it is; golden requests go to a real server."""

import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from bridge.deploy.aws import Aws
from bridge.deploy.cannot import CannotDeploy, GoldenDiffers
from bridge.deploy.names import tags_in
from bridge.deploy.wanted import Mode, Scaling
from tests.deploy.cloud import ACCOUNT, REGION, Cloud
from tests.deploy.runs import IMAGE, Refusing, Run
from tests.serving import MARATHON

BUCKET = f"rbridge-{ACCOUNT}-{REGION}"
MAKING = [
    "create_bucket",
    "put_bucket_tagging",
    "put_role_policy",
    "create_model",
    "create_endpoint",
    "invoke_endpoint",
    "put_scaling_policy",
]
SCALED: dict[str, Any] = {"scaling": Scaling(1, 3, 500.0)}


@pytest.fixture
def other(model: Path, tmp_path: Path) -> Path:
    """Another model, with the same answers."""
    folder = shutil.copytree(model, tmp_path / "other")
    (folder / "NOTES").write_text("fitted anew\n")
    return folder


@pytest.fixture
def wrong(other: Path) -> Path:
    """Golden requests whose answers are not those of the endpoint."""
    line = {"request": {"hmtime": "1:30:20", "gender": "M"}, "status": 200}
    told = [{**line, "response": {"marathon_time": [time]}} for time in ("03:23:30", "03:23:31")]
    told.append({**line, "status": 422})
    (other / "golden.jsonl").write_text("\n".join(map(json.dumps, told)))
    return other


def test_everything_is_made_and_tagged(run: Run, cloud: Cloud) -> None:
    run.deploy(MARATHON, tags={"team": "running"}, **SCALED)
    assert set(run.outcomes) == {"made", "done", "ready", "17 alike"}
    held = cloud.holds()
    kinds = {thing.split()[0] for thing in held}
    assert kinds >= {"endpoint", "endpoint-config", "model", "role", "alarm", "target", "policy"}
    assert {f"bucket {BUCKET}", "role rbridge-marathon-eu-west-1"} <= held
    told = cloud.client("sagemaker").list_tags(ResourceArn=cloud.endpoint().arn)
    wanted = {"rbridge:deployment": "marathon", "rbridge:bucket": BUCKET, "team": "running"}
    assert tags_in(told) == wanted


def test_the_uploaded_archive_is_the_model(run: Run, cloud: Cloud) -> None:
    run.deploy()
    (model,) = cloud.sagemaker._models.values()
    bucket, _, key = model.primary_container["ModelDataUrl"][5:].partition("/")
    body = cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        content = tar.extractfile("model.RData")
        assert content and content.read() == (MARATHON / "model.RData").read_bytes()


def test_a_second_run_changes_nothing(run: Run, cloud: Cloud) -> None:
    run.deploy(**SCALED)
    before = cloud.holds()
    run.deploy(**SCALED)
    assert cloud.holds() == before
    assert not {"made", "changed"} & set(run.outcomes)


def test_change_roll_back_and_undeploy(run: Run, cloud: Cloud, other: Path) -> None:
    untouched = cloud.holds()
    run.deploy()
    first = cloud.endpoint().endpoint_config_name
    run.deploy(other)
    assert "changed" in run.outcomes
    assert cloud.endpoint().endpoint_config_name != first
    run.deploy()
    assert "made" not in run.outcomes
    assert cloud.endpoint().endpoint_config_name == first
    plan = run.undeploy()
    assert cloud.holds() == untouched
    assert plan.notes == ()
    assert run.undeploy().steps == ()


def test_scaling_ends_where_it_is_no_longer_asked_for(run: Run, cloud: Cloud) -> None:
    run.deploy(**SCALED)
    run.deploy()
    assert run.outcomes[-1] == "removed"
    assert not [thing for thing in cloud.holds() if thing.startswith("target")]


def test_scaling_stops_while_the_endpoint_changes(run: Run, cloud: Cloud, aws: Aws) -> None:
    run.deploy(**SCALED)
    refusing = Run(Refusing(aws, "update_endpoint", "X", "no"), run.model)
    with pytest.raises(CannotDeploy):
        refusing.deploy(instance_type="ml.c5.xlarge", **SCALED)
    assert not [thing for thing in cloud.holds() if thing.startswith("target")]
    run.deploy(instance_type="ml.c5.xlarge", **SCALED)
    assert [thing for thing in cloud.holds() if thing.startswith("target")]


@pytest.mark.parametrize("operation", MAKING)
def test_a_run_that_failed_can_be_taken_up_or_away(
    run: Run, cloud: Cloud, aws: Aws, operation: str
) -> None:
    untouched = cloud.holds()
    refusing = Run(Refusing(aws, operation, "AccessDenied", "not you"), run.model)
    with pytest.raises(CannotDeploy, match="you have no permission for") as caught:
        refusing.deploy(**SCALED)
    assert f"step {len(refusing.outcomes) + 1} of 14, " in str(caught.value)
    run.undeploy()
    # What has no tag yet cannot be known again: the empty bucket, in that one case.
    left = {f"bucket {BUCKET}"} if operation == "put_bucket_tagging" else set()
    assert cloud.holds() - untouched == left
    with pytest.raises(CannotDeploy):
        Run(Refusing(aws, operation, "AccessDenied", "not you"), run.model).deploy(**SCALED)
    run.deploy(**SCALED)
    assert run.outcomes[-1] == "done"


def test_a_new_endpoint_with_other_answers_is_told_and_left(run: Run, wrong: Path) -> None:
    with pytest.raises(GoldenDiffers) as caught:
        run.deploy(wrong)
    text = str(caught.value)
    assert "2 of 3 golden requests are not answered as golden.jsonl says" in text
    assert 'line 2: {"marathon_time":["03:23:30"]} and not' in text
    assert "line 3: status 200 and not 422" in text
    assert "taken back" not in text


def test_an_update_with_other_answers_is_taken_back(run: Run, cloud: Cloud, wrong: Path) -> None:
    run.deploy()
    before = cloud.endpoint().endpoint_config_name
    with pytest.raises(GoldenDiffers, match=f"taken back.* as before, with {before}"):
        run.deploy(wrong)
    assert cloud.endpoint().endpoint_config_name == before


@pytest.mark.parametrize("line", ["{", "[]", '{"request": 1}', '{"request": 1, "status": "x"}'])
def test_a_damaged_golden_file_is_told_by_line_before_anything_is_made(
    run: Run, cloud: Cloud, other: Path, line: str
) -> None:
    (other / "golden.jsonl").write_text(f'{{"request": {{}}, "status": 422}}\n{line}\n')
    with pytest.raises(CannotDeploy, match=r"golden\.jsonl, line 2 is no golden request"):
        run.deploy(other)
    assert cloud.holds() == set()


def test_a_golden_file_that_is_no_text_is_told(run: Run, other: Path) -> None:
    (other / "golden.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(CannotDeploy, match=r"golden\.jsonl cannot be read"):
        run.deploy(other)


def test_a_bucket_of_ones_own_stays_with_all_else_in_it(run: Run, cloud: Cloud) -> None:
    with pytest.raises(CannotDeploy, match="there is none with Bucket mine"):
        run.deploy(bucket="mine")
    place = {"LocationConstraint": REGION}
    cloud.client("s3").create_bucket(Bucket="mine", CreateBucketConfiguration=place)
    cloud.put("mine", "rbridge/marathon/models/theirs.tar.gz")
    before = cloud.holds()
    run.deploy(bucket="mine")
    assert f"bucket {BUCKET}" not in cloud.holds()
    run.undeploy()
    assert cloud.holds() == before


def test_other_deployments_and_what_looks_like_ours_stay(run: Run, cloud: Cloud) -> None:
    run.deploy(name="marathon-2")
    sagemaker = cloud.client("sagemaker")
    role = f"arn:aws:iam::{ACCOUNT}:role/theirs"
    sagemaker.create_model(ModelName="marathon-0123456789", ExecutionRoleArn=role)
    before = cloud.holds()
    run.deploy()
    plan = run.undeploy()
    assert cloud.holds() == before
    assert plan.notes == ("the model marathon-0123456789 is not of this deployment and stays",)


def test_data_stays_unless_it_is_said(run: Run, cloud: Cloud) -> None:
    untouched = cloud.holds()
    run.deploy(capture=50)
    cloud.put(BUCKET, "rbridge/marathon/capture/AllTraffic/0.jsonl")
    cloud.log("/aws/sagemaker/Endpoints/marathon", "a line")
    told = run.undeploy().notes
    assert len(told) == 2
    assert told[0].startswith(f"1 objects stay in s3://{BUCKET}/rbridge/marathon/: captured")
    assert told[1] == "the log group /aws/sagemaker/Endpoints/marathon stays; --data removes it"
    left = {thing.split()[0] for thing in cloud.holds() - untouched}
    assert left == {"bucket", "object", "log"}
    run.undeploy(data=True)
    assert cloud.holds() == untouched


def test_policies_that_someone_attached_are_detached_and_stay(run: Run, cloud: Cloud) -> None:
    run.deploy()
    iam = cloud.client("iam")
    allow = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    made = iam.create_policy(PolicyName="theirs", PolicyDocument=document)
    arn = made["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="rbridge-marathon-eu-west-1", PolicyArn=arn)
    run.undeploy()
    assert "role rbridge-marathon-eu-west-1" not in cloud.holds()
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 0


def test_encryption_network_and_isolation_arrive(run: Run, cloud: Cloud) -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0b5c"
    options: dict[str, Any] = {"subnets": ("subnet-1",), "security_groups": ("sg-1",)}
    run.deploy(kms_key=key, capture=10, startup_timeout=900, **options)
    (config,) = cloud.sagemaker.endpoint_configs.values()
    assert config.kms_key_id == config.data_capture_config["KmsKeyId"] == key
    variant = config.production_variants[0]
    assert variant["ContainerStartupHealthCheckTimeoutInSeconds"] == 900
    (model,) = cloud.sagemaker._models.values()
    assert model.vpc_config == {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
    held = cloud.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"][0]["Key"]
    head = cloud.client("s3").head_object(Bucket=BUCKET, Key=held)
    assert head["SSEKMSKeyId"] == key


def test_the_name_of_someone_elses_endpoint_is_taken(run: Run, cloud: Cloud) -> None:
    run.deploy(name="theirs")
    theirs = cloud.endpoint("theirs")
    theirs.tags = []
    before = theirs.endpoint_config_name
    with pytest.raises(CannotDeploy, match=r"the name is taken.* by someone else.*--name"):
        run.deploy(name="theirs", instances=2)
    assert theirs.endpoint_config_name == before
    assert "the endpoint theirs is not of this deployment and stays" in run.undeploy("theirs").notes
    assert cloud.endpoint("theirs") is theirs


def test_a_serverless_endpoint(run: Run, cloud: Cloud) -> None:
    untouched = cloud.holds()
    run.deploy(mode=Mode.SERVERLESS)
    run.deploy(mode=Mode.SERVERLESS, memory_mb=3072)
    assert "changed" in run.outcomes
    run.undeploy()
    assert cloud.holds() == untouched


def test_another_image_is_another_model(run: Run, cloud: Cloud) -> None:
    run.deploy()
    run.deploy(image=IMAGE.replace(":1", ":2"))
    assert len(cloud.sagemaker._models) == 2
