"""Jobs, asynchronous endpoints and endpoints of many models, against moto."""

import json
import shutil
from pathlib import Path

import httpx
import pytest
from moto.sagemaker.models import FakeTransformJob

from bridge.deploy.aws import Aws
from bridge.deploy.cannot import CannotDeploy, GoldenDiffers
from bridge.deploy.wanted import Batch, Mode, Scaling
from tests.deploy.cloud import ACCOUNT, REGION, Cloud
from tests.deploy.runs import Run, with_client
from tests.serving import serving

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0b5c"
BUCKET = f"rbridge-{ACCOUNT}-{REGION}"


@pytest.fixture
def later(cloud: Cloud, aws: Aws, model: Path) -> Run:
    """Moto answers requests itself."""
    return Run(with_client(aws, "sagemaker-runtime", cloud.client("sagemaker-runtime")), model)


def answering_later(cloud: Cloud, *told: tuple[bool, str]) -> None:
    """What moto puts into S3 for the next requests."""
    results = [{"is_failure": failed, "data": data} for failed, data in told]
    asked = {"account_id": ACCOUNT, "region": REGION, "results": results}
    url = cloud.url + "/moto-api/static/sagemaker/async-endpoint-results"
    httpx.post(url, json=asked, timeout=30).raise_for_status()


def test_an_asynchronous_endpoint_is_asked_by_way_of_s3(later: Run, cloud: Cloud) -> None:
    untouched = cloud.holds()
    answering_later(cloud, (False, '{"marathon_time":["03:23:30"]}'), (True, "refused"))
    later.deploy(mode=Mode.ASYNC, scaling=Scaling(1, 2, 5.0), kms_key=KEY)
    asked = cloud.client("s3").head_object(Bucket=BUCKET, Key="rbridge/marathon/golden/1.json")
    assert asked["SSEKMSKeyId"] == KEY
    assert "2 alike" in later.outcomes
    (config,) = cloud.sagemaker.endpoint_configs.values()
    output = config.async_inference_config["OutputConfig"]["S3OutputPath"]
    assert output == f"s3://{BUCKET}/rbridge/marathon/answers"
    (model,) = cloud.sagemaker._models.values()
    assert model.primary_container["Environment"]["SAGEMAKER_MAX_PAYLOAD_IN_MB"] == "1024"
    later.undeploy()
    left = cloud.holds() - untouched
    assert {thing for thing in left if "sagemaker-output-" not in thing} == set()


def test_answers_that_come_later_are_compared_too(later: Run, cloud: Cloud) -> None:
    answering_later(cloud, (True, "R stopped"), (False, "{}"))
    with pytest.raises(GoldenDiffers) as caught:
        later.deploy(mode=Mode.ASYNC)
    assert "line 1: failed, and status 200 was due: R stopped" in str(caught.value)
    assert "line 2: was answered, and status 422 was due: {}" in str(caught.value)


def test_a_job_is_made_once_and_its_input_uploaded(run: Run, cloud: Cloud, tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    file.write_text("1:30:20,M\n")
    plan = run.deploy(mode=Mode.BATCH, batch=Batch(str(file)))
    assert run.outcomes[-2:] == ["made", "ready"]
    assert plan.steps[-1].why.endswith(f"s3://{BUCKET}/rbridge/marathon/answers")
    (job,) = cloud.sagemaker.transform_jobs.values()
    source = job.transform_input["DataSource"]["S3DataSource"]["S3Uri"]  # type: ignore[index]
    key = source.removeprefix(f"s3://{BUCKET}/")
    read = cloud.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert read == file.read_bytes()
    run.deploy(mode=Mode.BATCH, batch=Batch(str(file)))
    assert run.outcomes[-2:] == ["was there", "ready"]
    run.deploy(mode=Mode.BATCH, batch=Batch(str(file), run="2"))
    assert len(cloud.sagemaker.transform_jobs) == 2
    run.undeploy()
    assert {thing.split()[0] for thing in cloud.holds()} == {"transform-job"}


def test_a_job_that_failed_shows_its_log_and_how_to_go_on(
    run: Run, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.log("/aws/sagemaker/TransformJobs", "gender: X is not one of F, M")
    made = FakeTransformJob.__init__

    def fails(self: FakeTransformJob, **given: object) -> None:
        made(self, **given)  # type: ignore[arg-type]
        self.transform_job_status = "Failed"
        self.failure_reason = "ClientError: see the log"

    monkeypatch.setattr(FakeTransformJob, "__init__", fails)
    with pytest.raises(CannotDeploy) as caught:
        run.deploy(mode=Mode.BATCH, batch=Batch("s3://theirs/in.csv"))
    text = str(caught.value)
    assert "the job is Failed: ClientError: see the log" in text
    assert "--run 2 makes another one" in text


def test_an_endpoint_of_many_models(cloud: Cloud, aws: Aws, model: Path, tmp_path: Path) -> None:
    untouched = cloud.holds()
    models = tmp_path / "models"
    for name in ("men", "women"):
        shutil.copytree(model, models / name)
    with serving(None, tmp_path, "--multi-model", "true", "--models", str(models)) as server:
        runtime = cloud.client("sagemaker-runtime", server.url)
        run = Run(with_client(aws, "sagemaker-runtime", runtime), model)
        run.deploy(models, mode=Mode.MULTI_MODEL)
        assert run.outcomes.count("2 alike") == 2
        (made,) = cloud.sagemaker._models.values()
        prefix = made.primary_container["ModelDataUrl"].removeprefix("s3://")
        assert {f"object {prefix}{name}.tar.gz" for name in ("men", "women")} <= cloud.holds()
        shutil.copytree(model, models / "others")
        run.deploy(models, mode=Mode.MULTI_MODEL)
        assert "changed" in run.outcomes and run.outcomes.count("2 alike") == 3
    run.undeploy()
    assert cloud.holds() == untouched


def test_numbers_and_booleans_of_golden_answers_are_told_apart(run: Run, tmp_path: Path) -> None:
    folder = shutil.copytree(run.model, tmp_path / "other")
    line = {"request": {"hmtime": "1:30:20", "gender": "M"}, "status": 200, "response": True}
    (folder / "golden.jsonl").write_text(json.dumps(line))
    with pytest.raises(GoldenDiffers, match="and not true"):
        run.deploy(folder)
