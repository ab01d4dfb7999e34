"""service: the life of one served model: load, open, keep alive, stop. No HTTP in it."""

import asyncio
import gc
import logging
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from bridge import merging, policy
from bridge.answer import Answer
from bridge.batcher import Batcher
from bridge.bulk import Bulk
from bridge.codecs.reading import Sizes
from bridge.coerce import Coercer
from bridge.config import Settings
from bridge.errors import ConfigError, RequestError, ServiceError, StartupError
from bridge.folder import ModelFolder
from bridge.frame import Frame
from bridge.golden import golden_frames, sample_frame
from bridge.ledger import Ledger
from bridge.parameters import Parameters
from bridge.pool import confinement
from bridge.pool.aside import Aside
from bridge.pool.children import adopt_orphans, bury_orphans
from bridge.pool.cores import Cores
from bridge.pool.handle import WorkerHandle
from bridge.pool.keeper import Keeper
from bridge.salvage import Salvage
from bridge.schema import Schema
from bridge.served import ServedModel
from bridge.wire import Call, Failure

EXIT_NOT_SERVABLE = 2
ORPHAN_SECONDS = 1.0
# To import what reads large bodies takes a core for a third of a second, which those who waited
# for the start need for their first requests.
WARM_AFTER_SECONDS = 1.0
log = logging.getLogger(__name__)


class Service:
    """A model folder, served by ``keeper``'s workers once ``live`` runs.

    ``described`` is what the zygote tells of the model, once it is loaded; ``opened`` is set
    when requests can be answered. The ``ledger`` has their counts.
    """

    def __init__(
        self, settings: Settings, folder: ModelFolder, keeper: Keeper, ledger: Ledger
    ) -> None:
        self.name = model_name(settings, folder)
        counts = ledger.open(self.name)
        sizes = Sizes.of(settings)
        self._aside = Aside(settings.deadline, sizes.size)
        self.served = ServedModel(
            settings.default_accept, sizes, settings.chunked, self._aside, counts
        )
        self.exit_status = 0
        self.described: dict[str, Any] = {}
        self.opened = asyncio.Event()
        self._settings = settings
        self._folder = folder
        self._keeper = keeper
        self._ledger = ledger
        keeper.on_death = counts.died

    def can_answer(self) -> bool:
        """True when the model is loaded and a worker lives."""
        return self.served.is_open and self._keeper.can_answer

    def show(self) -> None:
        """Has the counts show what is so at the moment."""
        if self.served.is_open:
            self.served.counts.show(self.served.waiting, self._keeper.states)

    @property
    def r_version(self) -> str:
        """Such as "4.2.2"; "" until it is known."""
        return str(self.described["about"]["r_version"][0]) if self.described else ""

    async def live(self) -> None:
        """Serves until cancelled; ends by itself, with an exit status, if it cannot."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(reap_orphans())
                tasks.create_task(self._ledger.keep_published(self.show))
                spare_collector()
                self.described = await self._keeper.load()
                tasks.create_task(self._keeper.run())
                tasks.create_task(Cores(self._keeper.busy).watch())
                opened = await open_model(
                    self.served, self._folder, self.described, self._keeper, self._settings
                )
                tasks.create_task(self._follow_up(opened))
                _tell_r(self.described["about"])
                confinement.tell(self.described["obstacles"])
                self.opened.set()
        except* StartupError as group:
            log.error("%s", group.exceptions[0])
            self.exit_status = EXIT_NOT_SERVABLE
        finally:
            self._aside.stop()
            await self._keeper.stop()

    async def _follow_up(self, opened: "Opened") -> None:
        """What the first answer does not wait for, nor compete with."""
        await decide_merging(opened, self._folder, self.described)
        await asyncio.sleep(WARM_AFTER_SECONDS)
        await self._aside.warm()


def model_name(settings: Settings, folder: ModelFolder) -> str:
    """What the one model is called."""
    return settings.model_name or folder.name


class Pool(Protocol):
    """Lends workers; ``on_idle`` is called when one can be taken."""

    on_idle: Callable[[], None]

    def take(self) -> WorkerHandle | None: ...

    async def first(self) -> WorkerHandle: ...

    def keep_beside(self, count: int) -> None: ...


class Opened(NamedTuple):
    """What asks a model that answers, and the requests of its golden.jsonl."""

    batcher: Batcher
    golden: list[Frame]


async def open_model(
    served: ServedModel,
    folder: ModelFolder,
    described: dict[str, Any],
    pool: Pool,
    settings: Settings,
) -> Opened:
    """Has ``served`` answer by the workers of ``pool``; raises ConfigError.

    ``described`` is what their zygote tells of the model. Until it is decided whether requests
    may share calls, none does.
    """
    schema = Schema.from_json(described["schema"])
    policy.check(folder.policies, schema)
    coerce = Coercer(schema, folder.policies, settings.max_text)
    batcher = Batcher(pool.take, settings.queue, settings.deadline)
    batcher.counts = served.counts
    golden = golden_frames(folder.golden, coerce)
    await pool.first()
    batcher.free_rows = described["free_rows"]
    pool.on_idle = batcher.pump
    lenient = (settings.on_error.lower() or folder.bodies.on_error) == "placeholder"
    bulk = Bulk(batcher, settings.workers, settings.queue, pool.keep_beside)
    salvage = await _salvage(coerce, batcher, bulk, golden) if lenient else None
    parameters = Parameters(folder.parameters)
    served.open(coerce, batcher, parameters, folder.bodies, salvage, bulk)
    log.info("ready: %s", ", ".join(f"{p.name} ({p.type})" for p in schema.predictors))
    return Opened(batcher, golden)


async def decide_merging(opened: Opened, folder: ModelFolder, described: dict[str, Any]) -> None:
    """Has requests share calls from now on, if they may."""
    batcher, golden = opened

    async def ask(call: Call) -> Answer | Failure:
        if call.requests == 1:
            return await batcher.submit(call.frame)
        return await batcher.submit_long(call.frame, "{}", batcher.admit(), is_block=True)

    batcher.merge = await merging.decide(
        folder.merge, described["merge_obstacle"], described["hooked"], golden, ask
    )


async def _salvage(coerce: Coercer, batcher: Batcher, bulk: Bulk, golden: list[Frame]) -> Salvage:
    if batcher.free_rows:
        raise ConfigError('on_error = "placeholder" is for models that answer row by row')
    sample = golden[0] if golden else sample_frame(coerce.schema)
    try:
        return Salvage(bulk.submit, await batcher.submit(sample))
    except (RequestError, ServiceError) as error:
        raise ConfigError(
            'on_error = "placeholder" must know what an answer looks like; put a request that is '
            f"answered into golden.jsonl (a made-up one was not: {error})"
        ) from error


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


def spare_collector() -> None:
    """Lets Python's cycle collector run seldom: it took a fifth of the time under load.

    Requests leave no cycles behind; what they leave is still found, later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def reap_orphans() -> None:
    """Adopts processes whose parent ended, be it model code's or as PID 1 anybody's."""
    adopt_orphans()
    while True:
        await asyncio.sleep(ORPHAN_SECONDS)
        bury_orphans()
