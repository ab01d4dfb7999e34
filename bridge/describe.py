"""describe: what a model folder or file holds, as R tells it, without serving it.

Starts the same zygote as the server does, hears what it says and ends it.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.config import load_settings
from bridge.pool.launch import Recipe
from bridge.pool.privileges import Privileges
from bridge.pool.supervisor import Supervisor
from bridge.pool.zygote_handle import start
from bridge.schema import Schema

LOADER, TRUSTING_LOADER = "bridge.loader:load", "bridge.loader:load_trusted"


@dataclass(frozen=True, slots=True)
class Description:
    """What R tells of a model.

    ``object`` is the model's name in the file ("" if a hook made it), ``predict`` the
    arguments of predict() beside newdata, each a list; ``packages`` their versions by name.
    """

    schema: Schema
    object: str
    classes: tuple[str, ...]
    packages: dict[str, str]
    predict: dict[str, list[Any]]
    merge_obstacle: str
    hooked: bool
    free_rows: bool
    r_version: str
    blas: str


def describe(path: Path) -> Description:
    """What R says of the model at ``path``; raises ModelNotServable."""
    return read_description(asyncio.run(_describe(path)))


def read_description(told: dict[str, Any]) -> Description:
    """From what the zygote said when it was ready."""
    about = told["about"]
    return Description(
        schema=Schema.from_json(told["schema"]),
        object=about["object"][0],
        classes=tuple(about["class"]),
        packages={name: version[0] for name, version in dict(about["packages"]).items()},
        predict=dict(about["predict"]),
        merge_obstacle=told["merge_obstacle"],
        hooked=told["hooked"],
        free_rows=told["free_rows"],
        r_version=about["r_version"][0],
        blas=about["blas"][0],
    )


async def _describe(path: Path) -> dict[str, Any]:
    settings = load_settings({})
    loader = TRUSTING_LOADER if settings.trust else LOADER
    supervisor = Supervisor(start(Recipe.zygote(loader, str(path), Privileges.of(settings))), 0)
    try:
        return await supervisor.load()
    finally:
        await supervisor.stop()
