"""rbridge undeploy: takes away what `rbridge deploy` made."""

import json
from typing import Any

import click

from bridge.cli.deploying import CANNOT_STATUS, carry_out, confirm, end, listen


@click.command()
@click.argument("name")
@click.option(
    "--plan", "only_plan", is_flag=True, help="Print what would be removed, and touch nothing."
)
@click.option("--json", "as_json", is_flag=True, help="With --plan: as JSON.")
@click.option("--yes", is_flag=True, help="Do not ask before anything is removed.")
@click.option("--data", is_flag=True, help="Captured requests, answers and logs too.")
@click.option("--bucket", help="That was given to deploy. [default: as the tags say]")
@click.option("--region", help="Of AWS. [default: as boto3 finds it]")
@click.option("--profile", help="Of ~/.aws. [default: as boto3 finds it]")
def undeploy(name: str, **given: Any) -> None:
    """Remove everything that carries the tags of the deployment NAME, and nothing else.

    Looks first and shows what it found; also after a deployment that ended half-way.
    """
    listen()
    from bridge.deploy.cannot import CannotDeploy

    if given["as_json"] and not given["only_plan"]:
        raise click.UsageError("--json goes with --plan")
    try:
        _undeploy(name, given)
    except CannotDeploy as error:
        end(error, CANNOT_STATUS)


def _undeploy(name: str, given: dict[str, Any]) -> None:
    from bridge.deploy.aws import Aws
    from bridge.deploy.text import as_text
    from bridge.deploy.undeploy import undeploy_plan

    aws = Aws(given["region"], given["profile"])
    plan = undeploy_plan(aws, name, aws.place(), given["bucket"], given["data"])
    if given["only_plan"]:
        click.echo(json.dumps(plan.json(), indent=2) if given["as_json"] else as_text(plan))
    elif not plan.steps:
        click.echo("\n".join([f"There is nothing of {name} to remove.", *plan.notes]))
    else:
        confirm(as_text(plan), given["yes"])
        carry_out(plan, aws, "The same command again removes what is left.")
        click.echo("\n".join([f"\n{name} is removed.", *plan.notes]))
