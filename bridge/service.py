"""service: the life of one served model: load, open, keep alive, stop. No HTTP in it."""

import asyncio
import contextlib
import gc
import logging
import os
from typing import Any

from bridge import merging, policy
from bridge.batcher import Batcher
from bridge.coerce import Coercer
from bridge.config import Settings
from bridge.errors import StartupError
from bridge.folder import ModelFolder
from bridge.golden import golden_frames
from bridge.parameters import Parameters
from bridge.pool.supervisor import Supervisor
from bridge.schema import Schema
from bridge.served import ServedModel

EXIT_NOT_SERVABLE = 2
ORPHAN_SECONDS = 1.0
log = logging.getLogger(__name__)


class Service:
    """A model folder, served by ``supervisor``'s workers once ``live`` runs."""

    def __init__(self, settings: Settings, folder: ModelFolder, supervisor: Supervisor) -> None:
        self.served = ServedModel()
        self.exit_status = 0
        self._settings = settings
        self._folder = folder
        self._supervisor = supervisor

    def can_answer(self) -> bool:
        """True when the model is loaded and a worker lives."""
        return self.served.is_open and self._supervisor.can_answer

    async def live(self) -> None:
        """Serves until cancelled; ends by itself, with an exit status, if it cannot."""
        try:
            async with asyncio.TaskGroup() as tasks:
                if os.getpid() == 1:
                    tasks.create_task(_reap_orphans())
                described = await self._supervisor.load()
                tasks.create_task(self._supervisor.run())
                await self._open(described)
        except* StartupError as group:
            log.error("%s", group.exceptions[0])
            self.exit_status = EXIT_NOT_SERVABLE
        finally:
            await self._supervisor.stop()

    async def _open(self, described: dict[str, Any]) -> None:
        schema = Schema.from_json(described["schema"])
        policy.check(self._folder.policies, schema)
        coerce = Coercer(schema, self._folder.policies)
        batcher = Batcher(self._supervisor.take, self._settings.queue, self._settings.deadline)
        batcher.merge = await self._decide_merging(described, coerce)
        batcher.free_rows = described["free_rows"]
        self._supervisor.on_idle = batcher.pump
        self.served.open(coerce, batcher, Parameters(self._folder.parameters))
        _spare_collector()
        _tell_r(described["about"])
        log.info("ready: %s", ", ".join(f"{p.name} ({p.type})" for p in schema.predictors))

    async def _decide_merging(self, described: dict[str, Any], coerce: Coercer) -> bool:
        worker = await self._supervisor.first()
        return await merging.decide(
            self._folder.merge,
            described["merge_obstacle"],
            described["hooked"],
            golden_frames(self._folder.golden, coerce),
            lambda call: worker.call(call, self._settings.deadline),
        )


def _tell_r(about: dict[str, Any]) -> None:
    """Predictions are the same bits only with the same R, packages and BLAS."""
    packages = ", ".join(
        f"{name} {version}" for name, (version,) in dict(about["packages"]).items()
    )
    log.info("R %s, %s; packages: %s", about["r_version"][0], about["blas"][0], packages or "none")
    if not about["reference_blas"][0]:
        log.warning(
            "%s is not the reference BLAS: last digits may differ from those of another machine",
            about["blas"][0],
        )


def _spare_collector() -> None:
    """Lets Python's cycle collector run seldom: it took a fifth of the time under load.

    Requests leave no cycles behind; what they leave is still found, later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def _reap_orphans() -> None:
    """Waits for processes whose parent died: as PID 1 nobody else does it."""
    while True:
        await asyncio.sleep(ORPHAN_SECONDS)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
