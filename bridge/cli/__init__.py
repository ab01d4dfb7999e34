"""The command line: one file per subcommand."""

import click

from bridge import __version__
from bridge.cli.serve import serve


@click.group()
@click.version_option(__version__, prog_name="rbridge")
def main() -> None:
    """Put an existing R model into production, unchanged."""


main.add_command(serve)
