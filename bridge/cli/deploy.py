"""rbridge deploy: a model folder onto SageMaker."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridge.cli.deploying import (
    CANNOT_STATUS,
    DIFFERS_STATUS,
    carry_out,
    confirm,
    end,
    listen,
)

if TYPE_CHECKING:
    from bridge.deploy.wanted import Wanted

MODES = ("realtime", "serverless", "async", "batch", "multi-model")
MEMORY_MB = ("1024", "2048", "3072", "4096", "5120", "6144")
PAIR = re.compile(r"[^=]+=.*", re.DOTALL)


def _pairs(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> Any:
    """NAME=VALUE, several times, as a dict."""
    for pair in given:
        if not PAIR.fullmatch(pair):
            raise click.BadParameter(f'"{pair}" is not NAME=VALUE')
    return dict(pair.split("=", 1) for pair in given)


_OPTIONS = (
    click.option("--plan", "only_plan", is_flag=True,
                 help="Print every call and its parameters, and touch nothing."),
    click.option("--json", "as_json", is_flag=True, help="With --plan: as JSON."),
    click.option("--yes", is_flag=True, help="Do not ask before anything is made."),
    click.option("--name", help="Of the endpoint. [default: the folder's name]"),
    click.option("--mode", type=click.Choice(MODES), default="realtime", show_default=True,
                 help="How SageMaker runs the model."),
    click.option("--image", default="r-model-bridge", show_default=True,
                 help="An image of this machine, which is pushed to ECR, or one in ECR."),
    click.option("--region", help="Of AWS. [default: as boto3 finds it]"),
    click.option("--profile", help="Of ~/.aws. [default: as boto3 finds it]"),
    click.option("--role", help="ARN of the role that SageMaker takes. [default: one is made]"),
    click.option("--bucket", help="For models and answers. [default: one is made]"),
    click.option("--instance-type", default="ml.m5.large", show_default=True,
                 help="Kind of machine."),
    click.option("--instances", type=click.IntRange(min=1), default=1, show_default=True,
                 help="Number of machines at first."),
    click.option("--max-instances", type=click.IntRange(min=1),
                 help="Scale up to so many machines."),
    click.option("--min-instances", type=click.IntRange(min=1), default=1, show_default=True,
                 help="Scale down to so many machines."),
    click.option("--scale-target", type=click.FloatRange(min=0, min_open=True),
                 help="Value of the metric that scaling keeps. [default: 1000; async: 5]"),
    click.option("--scale-metric", metavar="NAMESPACE:NAME:STATISTIC",
                 help="[default: invocations per machine and minute; async: waiting per machine]"),
    click.option("--memory-mb", type=click.Choice(MEMORY_MB), default="2048", show_default=True,
                 help="Of a serverless endpoint."),
    click.option("--max-concurrency", type=click.IntRange(1, 200), default=5, show_default=True,
                 help="Of a serverless endpoint."),
    click.option("--provisioned-concurrency", type=click.IntRange(0, 200), default=0,
                 show_default=True, help="Requests that find a serverless endpoint started."),
    click.option("--startup-timeout", type=click.IntRange(60, 3600), default=600,
                 show_default=True, help="Seconds until the container must answer /ping."),
    click.option("--bake", type=click.IntRange(0, 3600), default=300, show_default=True,
                 help="Seconds that an update is watched before the old machines go."),
    click.option("--capture", type=click.IntRange(0, 100), default=0, metavar="PERCENT",
                 help="Keep so many of the requests and answers in S3."),
    click.option("--kms-key", metavar="ARN", help="Encrypts model, answers and disks."),
    click.option("--subnet", "subnets", multiple=True, help="Of a VPC; may be repeated."),
    click.option("--security-group", "security_groups", multiple=True,
                 help="Of a VPC; may be repeated."),
    click.option("--network-isolation", is_flag=True,
                 help="The container can open no connection."),
    click.option("--env", "environment", multiple=True, callback=_pairs, metavar="NAME=VALUE",
                 help="Environment of the container; may be repeated."),
    click.option("--tag", "tags", multiple=True, callback=_pairs, metavar="NAME=VALUE",
                 help="On everything that is made; may be repeated."),
    click.option("--input", "source", help="Of a batch job: a file, or an address in S3."),
    click.option("--output", "target", help="Of a batch job: an address in S3."),
    click.option("--content-type", help="Of --input. [default: by the end of its name]"),
    click.option("--run", default="1", help="Another one makes another batch job of the same."),
)  # fmt: skip


def _options(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@_options
def deploy(path: Path, only_plan: bool, as_json: bool, yes: bool, **given: Any) -> None:
    """Put the model folder or file at PATH on SageMaker.

    Shows what will be made and what AWS bills for it, asks, makes it, waits until it answers,
    and compares its answers with golden.jsonl. Run again with changes it updates; run again
    after a failure it goes on. `rbridge undeploy NAME` removes everything.

    Exit status: 0 if it is done, 1 if it answers differently than golden.jsonl says, 2 if it
    could not be done.
    """
    listen()
    from bridge.deploy.cannot import CannotDeploy, GoldenDiffers

    if as_json and not only_plan:
        raise click.UsageError("--json goes with --plan")
    try:
        wanted = _wanted(path, given)
        if only_plan:
            _show(wanted, given["region"], as_json)
        else:
            _deploy(wanted, given["region"], given["profile"], yes)
    except GoldenDiffers as error:
        end(error, DIFFERS_STATUS)
    except CannotDeploy as error:
        end(error, CANNOT_STATUS)


def _show(wanted: "Wanted", region: str | None, as_json: bool) -> None:
    """AWS is not asked, and boto3 not needed."""
    from bridge.deploy.docker import image_id
    from bridge.deploy.names import Place
    from bridge.deploy.plan import make_plan
    from bridge.deploy.text import as_text

    place = Place(region=region) if region else Place()
    plan = make_plan(wanted, place, image_id(wanted.image))
    told = json.dumps(plan.json(), indent=2, ensure_ascii=False) if as_json else as_text(plan)
    click.echo(told)


def _deploy(wanted: "Wanted", region: str | None, profile: str | None, yes: bool) -> None:
    from bridge.deploy.aws import Aws
    from bridge.deploy.docker import fitting_image_id
    from bridge.deploy.plan import make_plan
    from bridge.deploy.text import as_text

    aws = Aws(region, profile)
    place = aws.place()
    plan = make_plan(wanted, place, fitting_image_id(wanted))
    confirm(as_text(plan), yes)
    again = f"rbridge undeploy {wanted.name} --region {place.region}"
    carry_out(
        plan,
        aws,
        "What was made stays. Run the same command again to go on from there, or remove it "
        f"with: {again}",
    )
    click.echo(f"\n{wanted.name} is done: {plan.title}.\nTo remove it: {again}")


def _wanted(path: Path, given: dict[str, Any]) -> "Wanted":
    from bridge.deploy.wanted import Mode, Wanted

    plain = (
        "image", "role", "bucket", "instance_type", "instances", "max_concurrency",
        "provisioned_concurrency", "startup_timeout", "bake", "capture", "kms_key", "subnets",
        "security_groups", "network_isolation", "environment", "tags",
    )  # fmt: skip
    return Wanted(
        path=path,
        name=given["name"] or _name_of(path),
        mode=Mode(given["mode"]),
        memory_mb=int(given["memory_mb"]),
        scaling=_scaling(given),
        batch=_batch(given),
        **{name: given[name] for name in plain},
    )


def _name_of(path: Path) -> str:
    name = path.absolute().stem if path.is_file() else path.absolute().name
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _scaling(given: dict[str, Any]) -> Any:
    from bridge.deploy.wanted import Scaling

    target, metric = given["scale_target"], given["scale_metric"]
    if not given["max_instances"]:
        if target or metric:
            raise click.UsageError("--scale-target and --scale-metric go with --max-instances")
        return None
    if metric and not target:
        raise click.UsageError("--scale-metric goes with --scale-target")
    usual = 5 if given["mode"] == "async" else 1000
    return Scaling(given["min_instances"], given["max_instances"], target or usual, metric)


def _batch(given: dict[str, Any]) -> Any:
    from bridge.deploy.wanted import Batch

    if not given["source"]:
        return None
    return Batch(given["source"], given["target"], given["content_type"], given["run"])
