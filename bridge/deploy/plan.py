"""plan: all steps of a deployment in their order, from options and files alone."""

from pathlib import Path
from typing import Any

from bridge.deploy.batch import batch_steps
from bridge.deploy.costs import bills
from bridge.deploy.drawn import Drawn
from bridge.deploy.golden import read_golden
from bridge.deploy.hosting import (
    alarm_step,
    config_step,
    deployment,
    endpoint_steps,
    model_step,
    role_steps,
)
from bridge.deploy.imaging import image_steps
from bridge.deploy.names import Place, prefix
from bridge.deploy.scaling import scaling_steps
from bridge.deploy.step import Call, Plan, Step, Verb
from bridge.deploy.storing import archive_steps, bucket_steps
from bridge.deploy.wanted import TITLES, Mode, Wanted

PREVIOUS = "${previous}"  # the endpoint configuration that was in force before


def make_plan(wanted: Wanted, place: Place, image_id: str | None = None) -> Plan:
    """Nothing is asked of AWS: where account and region are unknown they are placeholders."""
    drawn = Drawn.of(wanted, place, image_id)
    steps = [
        *bucket_steps(drawn),
        *role_steps(drawn),
        *archive_steps(drawn),
        *image_steps(drawn),
        model_step(drawn),
    ]
    if wanted.batch:
        steps += batch_steps(drawn, wanted.batch)
    else:
        steps += _hosted(drawn)
    title = f"{TITLES[wanted.mode]} in {place.region}, account {place.account}"
    return Plan(wanted.name, title, tuple(steps), bills(drawn), _notes(drawn))


def _hosted(drawn: Drawn) -> list[Step]:
    serverless = drawn.wanted.mode is Mode.SERVERLESS
    return [
        config_step(drawn),
        *([] if serverless else [alarm_step(drawn)]),
        *endpoint_steps(drawn),
        *_trials(drawn),
        *scaling_steps(drawn),
    ]


def _trials(drawn: Drawn) -> list[Step]:
    found = ((archive.file_name, archive.golden) for archive in drawn.archives)
    return [_trial(drawn, file_name, golden) for file_name, golden in found if golden]


def _trial(drawn: Drawn, file_name: str, golden: Path) -> Step:
    """An update that answers differently is taken back."""
    asked = {"EndpointName": drawn.wanted.name, "Filename": str(golden)}
    operation = "invoke_endpoint"
    if drawn.wanted.mode is Mode.MULTI_MODEL:
        asked["TargetModel"] = file_name
    if drawn.wanted.mode is Mode.ASYNC:
        operation = "invoke_endpoint_async"
        asked["S3Uri"] = f"s3://{drawn.bucket}/{prefix(drawn.wanted.name)}golden/"
        if drawn.wanted.kms_key:
            asked["SSEKMSKeyId"] = drawn.wanted.kms_key
    number = len(read_golden(golden))
    return Step(
        f"{number} requests of golden.jsonl, by sagemaker-runtime.{operation}, must be answered as "
        "it says there",
        Call("local", "golden", asked),
        Verb.TRY,
        clear=_back(drawn),
    )


def _back(drawn: Drawn) -> Call:
    """To the endpoint configuration before an update."""
    back: dict[str, Any] = {
        "EndpointName": drawn.wanted.name,
        "EndpointConfigName": PREVIOUS,
    }
    if drawn.wanted.mode is not Mode.SERVERLESS:
        back["DeploymentConfig"] = deployment(drawn)
    return Call("sagemaker", "update_endpoint", back)


def _notes(drawn: Drawn) -> tuple[str, ...]:
    notes = []
    if drawn.place.account == Place().account:
        notes.append("account and region are known once there are credentials for AWS")
    if drawn.is_local_image and drawn.image_id is None:
        notes.append(
            f"docker does not tell the id of {drawn.wanted.image} here: the names of the model and "
            "the endpoint configuration, which depend on it, will end differently"
        )
    if drawn.wanted.mode is not Mode.BATCH and not any(a.golden for a in drawn.archives):
        notes.append("there is no golden.jsonl: nothing will be asked before it is called done")
    return tuple(notes)
