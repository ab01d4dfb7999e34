"""rbridge serve: serves one model folder or file over HTTP."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bridge.config import Settings, knobs, load_settings, spare_threads
from bridge.errors import ConfigError, StartupError
from bridge.log import configure

LOADER, TRUSTING_LOADER = "bridge.loader:load", "bridge.loader:load_trusted"
STARTER = "bridge.loader:warm"  # of R, for many models


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """An option for every setting; its default is shown, but is config's to apply."""
    for knob in reversed(knobs()):
        if knob.name == "model":
            continue
        flag = "--" + knob.name.replace("_", "-")
        if knob.flag:
            flag += f"/--no-{knob.name}"
        text = f"{knob.help} [default: {knob.default!r}; env: {', '.join(knob.env)}]"
        command = click.option(flag, type=knob.type, default=None, help=text)(command)
    return command


@click.command()
@click.argument("path", required=False)
@_options
def serve(path: str | None, **given: Any) -> None:
    """Serve the model folder or file at PATH (default: /opt/ml/model) over HTTP.

    POST /invocations takes records and gives R's predictions; GET /ping tells whether
    they can be had.
    """
    try:
        settings = load_settings({**given, "model": path})
        configure(settings.log_level)
        spare_threads()
        if settings.multi_model:
            if settings.processes > 1:
                raise ConfigError("processes is more than 1, which multi_model cannot have")
            sys.exit(_run_many(settings))
        if settings.admin_port:
            raise ConfigError("admin_port is for loading models, and so for multi_model alone")
        model = _model_path(settings, explicit=path is not None)
        status = _run(settings, model)
    except StartupError as error:
        click.echo(f"rbridge: {error}", err=True)
        sys.exit(2)
    sys.exit(status)


def _run(settings: Settings, model: Path) -> int:
    # R starts while the rest is imported: both take a fifth of a second.
    from bridge.pool.launch import Recipe
    from bridge.pool.privileges import Privileges

    recipe = Recipe.zygote(_loader(settings), str(model.absolute()), Privileges.of(settings))
    launched = recipe.launch()
    with importing():
        import asyncio

        from bridge.folder import read_folder
        from bridge.pool.zygote_handle import handle

        zygote = handle(recipe, launched)
        try:
            folder = read_folder(model, settings.max_model_mb)
        except StartupError:
            asyncio.run(zygote.stop())
            raise
        from bridge import server

    serve = server.serve if settings.processes == 1 else server.serve_divided
    return serve(settings, folder, zygote)


def _run_many(settings: Settings) -> int:
    from bridge.pool.launch import Recipe
    from bridge.pool.privileges import Privileges

    recipe = Recipe.base(STARTER, _loader(settings), Privileges.of(settings))
    launched = recipe.launch()
    with importing():
        from bridge import server

    return server.serve_models(settings, recipe.launch, launched)


@contextmanager
def importing() -> Iterator[None]:
    """Python's collector would look for garbage in what is imported, for 30 ms, and find none."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _loader(settings: Settings) -> str:
    return TRUSTING_LOADER if settings.trust else LOADER


def _model_path(settings: Settings, explicit: bool) -> Path:
    path = Path(settings.model)
    if explicit and not settings.storage_uri:
        return path
    from bridge.folder import holds_model  # which imports much

    if settings.storage_uri and not holds_model(path):
        raise ConfigError(
            f"AIP_STORAGE_URI is {settings.storage_uri}, but nothing is fetched from there, and "
            f"{path} holds no model; put the model into the image: COPY mymodel {path}"
        )
    if not explicit and settings.demo_model and not holds_model(path):
        return Path(settings.demo_model)
    return path
