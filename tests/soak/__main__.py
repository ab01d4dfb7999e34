"""The command: damaged bodies, many good requests, and long runs of the properties."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from tests.serving import ROOT, serving
from tests.soak import bodies, memory
from tests.soak.model import make_model

MOST_GROWTH = 0.05
PROPERTIES = ("tests/codecs", "tests/scan/test_fuzz.py", "tests/openapi", "tests/http")
ALL_PROPERTIES = (
    *PROPERTIES,
    *(f"tests/test_{n}.py" for n in ("wire", "log", "batcher_schedules")),
)


@click.command()
@click.option("--bodies", "count", default=200_000, help="Damaged bodies to send.")
@click.option("--requests", default=1_000_000, help="Good requests to send.")
@click.option("--examples", default=2000, help="Examples of each property.")
@click.option("--seed", default=1, help="The same seed, the same bodies.")
def main(count: int, requests: int, examples: int, seed: int) -> None:
    """Sends a real server what takes minutes; 0 leaves a part out."""
    good = True
    if count or requests:
        with tempfile.TemporaryDirectory() as folder:
            good = _serve(Path(folder), count, requests, seed)
    if examples:
        good &= _properties(examples)
    sys.exit(0 if good else 1)


def _serve(folder: Path, count: int, requests: int, seed: int) -> bool:
    coefficients = make_model(folder)
    with serving(folder / "fit.rds", folder, "--workers", "2") as server:
        outcome = bodies.run(server, coefficients, count, seed)
        click.echo(told(outcome))
        usage = memory.run(server, coefficients, requests, seed)
        status = server.stop()
    good = not outcome.bad and not usage.wrong and not status
    if usage.told:
        click.echo(f"{usage.told[-1][0]} good requests: {usage.wrong} wrong or failed answers")
        click.echo("\n".join(f"{asked:>9} {mib:6.1f} MiB" for asked, mib in usage.told[9::10]))
        click.echo(f"grown by {usage.growth():.1%} after the first tenth")
        good &= usage.growth() < MOST_GROWTH
    return good


def told(outcome: bodies.Outcome) -> str:
    statuses = dict(sorted(outcome.statuses.items()))
    bad = [f"{a.sent} -> {a.status} {a.body[:300]!r}" for a in outcome.bad[:10]]
    return "\n".join(
        [
            f"{outcome.statuses.total()} damaged bodies: {statuses}",
            f"answers compared with what they should be: {outcome.judged}",
            f"not as they should be: {len(outcome.bad)}",
            *bad,
        ]
    )


def _properties(examples: int) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-m", "hypothesis", *ALL_PROPERTIES]
    environ = {**os.environ, "HYPOTHESIS_EXAMPLES": str(examples)}
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode == 0


main()
