"""rbridge image: a container image with the R packages that a model needs."""

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridge.cli import fail_when_interrupted
from bridge.config import load_settings
from bridge.errors import StartupError

if TYPE_CHECKING:
    from bridge.image.engine import Engine

CANNOT_STATUS = 2


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="Write the Dockerfile there.")
@click.option("--tag", metavar="NAME", help="Build the image, with docker, podman or buildah.")
@click.option("--with-model", is_flag=True, help="Put the model itself into the image.")
@click.option(
    "--package",
    "packages",
    multiple=True,
    metavar="NAME",
    help="An R package, instead of those that are found here; may be repeated.",
)
@click.option("--base", metavar="IMAGE", help="Image to start from. [default: rbridge's own]")
@click.option("--platform", metavar="OS/ARCH", help="With --tag: such as linux/amd64.")
@click.option("--trust/--no-trust", default=None, help="As for `rbridge serve`.")
def image(path: Path, **given: Any) -> None:
    """Print a Dockerfile for the model, or folder of models, at PATH; or build it.

    The image holds the R packages that the model needs, as `rbridge check` finds them. The
    model itself comes from outside, as on SageMaker, unless --with-model says otherwise.

    Exit status: 0 if it is done, 2 if not.
    """
    fail_when_interrupted()
    from bridge.image.cannot import CannotBuild

    if given["platform"] and not given["tag"]:
        raise click.UsageError("--platform goes with --tag")
    try:
        _image(path, given)
    except (StartupError, CannotBuild) as error:
        click.echo(f"rbridge: {error}", err=True)
        sys.exit(CANNOT_STATUS)


def _image(path: Path, given: dict[str, Any]) -> None:
    from bridge.image.dockerfile import BASE, dockerfile
    from bridge.image.needs import needs_of

    trusted = load_settings({"trust": given["trust"]}).trust
    needs = needs_of(path, trusted, given["packages"])
    text = dockerfile(needs, given["base"] or BASE, given["with_model"], trusted)
    if given["output"]:
        _write(given["output"], text)
    if given["tag"]:
        _build(needs.folder, text, given)
    elif not given["output"]:
        click.echo(text, nl=False)


def _write(output: Path, text: str) -> None:
    from bridge.image.cannot import CannotBuild

    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotBuild(f"{output} cannot be written: {error.strerror}") from None


def _build(context: Path, text: str, given: dict[str, Any]) -> None:
    from bridge.image.dockerfile import BASE
    from bridge.image.engine import find_engine

    engine, platform = find_engine(), given["platform"]
    with tempfile.TemporaryDirectory(prefix="rbridge-") as folder:
        scratch = Path(folder)
        if given["base"] is None and not engine.has(BASE):
            _build_base(engine, scratch / "base", BASE, platform)
        file = scratch / "Dockerfile"
        file.write_text(text, encoding="utf-8")
        engine.build(context, file, given["tag"], platform)


def _build_base(engine: "Engine", scratch: Path, name: str, platform: str | None) -> None:
    from bridge.image.source import base_context

    click.echo(f"rbridge: building {name} first, once for all models", err=True)
    context = base_context(scratch)
    engine.build(context, context / "Dockerfile", name, platform)
