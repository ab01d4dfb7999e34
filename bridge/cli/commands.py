"""The subcommands of ``rbridge``."""

import click

from bridge import __version__
from bridge.cli.check import check
from bridge.cli.deploy import deploy
from bridge.cli.serve import serve
from bridge.cli.train import train
from bridge.cli.undeploy import undeploy
from bridge.cli.verify import verify


@click.group()
@click.version_option(__version__, prog_name="rbridge")
def rbridge() -> None:
    """Put an existing R model into production, unchanged."""


rbridge.add_command(check)
rbridge.add_command(deploy)
rbridge.add_command(serve)
rbridge.add_command(train)
rbridge.add_command(undeploy)
rbridge.add_command(verify)
