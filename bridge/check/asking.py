"""asking: starts R as the server does, with one worker, and hears all that is to be told.

The example takes the whole road of a request, bytes to bytes, but for HTTP.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge import merging, policy
from bridge.batcher import Batcher
from bridge.coerce import Coercer
from bridge.config import Settings, load_settings
from bridge.describe import Description, read_description
from bridge.errors import ModelNotServable, RequestError, ServiceError
from bridge.example import Example, choose
from bridge.folder import ModelFolder
from bridge.golden import golden_frames
from bridge.parameters import Parameters
from bridge.pool.launch import Recipe
from bridge.pool.privileges import Privileges
from bridge.pool.supervisor import Supervisor
from bridge.pool.zygote_handle import Zygote, start
from bridge.request import Asked
from bridge.served import ServedModel

LOADER = "bridge.loader:load_with_report"
TRUSTING_LOADER = "bridge.loader:load_trusted_with_report"


@dataclass(frozen=True, slots=True)
class Heard:
    """What R told, and what became of the example.

    ``report`` is that of r/R/report.R, ``scan`` what was found in the file. ``answer`` is the
    JSON that the example got; where it is None, ``refusal`` says why.
    """

    described: Description
    report: dict[str, Any]
    scan: list[dict[str, str]]
    merged: bool
    example: Example
    answer: str | None
    refusal: str


def ask(path: Path, folder: ModelFolder, trusted: bool) -> Heard:
    """What R tells of the model at ``path``; raises StartupError if it cannot be served."""
    loader = TRUSTING_LOADER if trusted else LOADER
    recipe = Recipe.zygote(loader, str(path.absolute()), Privileges.of(load_settings({})))
    return asyncio.run(_ask(start(recipe), folder))


async def _ask(zygote: Zygote, folder: ModelFolder) -> Heard:
    supervisor = Supervisor(zygote, 1)
    try:
        told = await supervisor.load()
        tasks = [
            asyncio.create_task(supervisor.run()),
            asyncio.create_task(_hear(told, folder, supervisor)),
        ]
        done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
        heard = await done.pop()
        assert heard is not None, "run() ends by an error alone"
        return heard
    finally:
        await supervisor.stop()


async def _hear(told: dict[str, Any], folder: ModelFolder, supervisor: Supervisor) -> Heard:
    described = read_description(told)
    policy.check(folder.policies, described.schema)
    coerce = Coercer(described.schema, folder.policies)
    merged = await _merged(folder, described, coerce, supervisor)
    served = _opened(folder, described, coerce, supervisor)
    report = told["about"]["report"]
    example = choose(folder.golden, described.schema, dict(report["typical"]))
    answer, refusal = await _answer(served, example, described.hooked)
    scanned = told["about"]["scan"]
    return Heard(described, report, scanned, merged, example, answer, refusal)


async def _merged(
    folder: ModelFolder, described: Description, coerce: Coercer, supervisor: Supervisor
) -> bool:
    worker = await supervisor.first()
    return await merging.decide(
        folder.merge,
        described.merge_obstacle,
        described.hooked,
        golden_frames(folder.golden, coerce),
        lambda call: worker.call(call, Settings().deadline),
    )


def _opened(
    folder: ModelFolder, described: Description, coerce: Coercer, supervisor: Supervisor
) -> ServedModel:
    batcher = Batcher(supervisor.take, Settings().queue, Settings().deadline)
    batcher.free_rows = described.free_rows
    supervisor.on_idle = batcher.pump
    served = ServedModel()
    served.open(coerce, batcher, Parameters(folder.parameters), folder.bodies)
    return served


async def _answer(served: ServedModel, example: Example, hooked: bool) -> tuple[str | None, str]:
    """The answer, or why there is none; raises ModelNotServable if that is the model's fault."""
    try:
        reply = await served.invoke(example.body.encode(), Asked())
        return reply.body.decode(), ""
    except RequestError as error:
        return None, str(error)
    except ServiceError as error:
        made = example.source != "golden.jsonl"
        if made and (hooked or example.guessed):
            return None, str(error)
        raise ModelNotServable(
            f"the model was loaded, but cannot answer a request ({example.source}): {error}\n"
            f"The request was: {example.body}"
        ) from None
