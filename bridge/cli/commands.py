"""The subcommands of ``rbridge``, and what it tells of itself."""

import importlib
import json

import click

from bridge import __version__

NAMES = ("check", "deploy", "image", "ping", "serve", "train", "undeploy", "verify")


class Commands(click.Group):
    """Imports a subcommand when it is asked for: `rbridge serve` waits for no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NAMES:
            return None
        command: click.Command = getattr(
            importlib.import_module(f"bridge.cli.{cmd_name}"), cmd_name
        )
        return command


@click.group(cls=Commands, invoke_without_command=True, no_args_is_help=True)
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
