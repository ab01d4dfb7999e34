"""The subcommands of ``rbridge``, and what it tells of itself."""

import json

import click

from bridge import __version__
from bridge.cli.check import check
from bridge.cli.deploy import deploy
from bridge.cli.image import image
from bridge.cli.ping import ping
from bridge.cli.serve import serve
from bridge.cli.train import train
from bridge.cli.undeploy import undeploy
from bridge.cli.verify import verify


@click.group(invoke_without_command=True, no_args_is_help=True)
@click.option("--version", is_flag=True, help="Print the version.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="With --version: R's, Python's, those of their packages, and the system's.",
)
@click.option("--json", "as_json", is_flag=True, help="With --version --all: as JSON.")
@click.pass_context
def rbridge(context: click.Context, version: bool, everything: bool, as_json: bool) -> None:
    """Put an existing R model into production, unchanged."""
    if (everything and not version) or (as_json and not everything):
        raise click.UsageError("--all goes with --version, and --json with --all")
    if version:
        click.echo(_versions(as_json) if everything else f"rbridge, version {__version__}")
        context.exit()


def _versions(as_json: bool) -> str:
    from bridge.versions import all_versions, as_text

    found = all_versions()
    return json.dumps(found.json(), indent=2) if as_json else as_text(found)


rbridge.add_command(check)
rbridge.add_command(deploy)
rbridge.add_command(image)
rbridge.add_command(ping)
rbridge.add_command(serve)
rbridge.add_command(train)
rbridge.add_command(undeploy)
rbridge.add_command(verify)
