"""registry: the models of a multi-model endpoint, by name: load, unload, list. No HTTP.

What the platform says of different models is done at once; of one model, in the order in
which it came. A model is loaded when it can be asked, and unloaded when its processes are
gone. A name is opaque: it is a key and nothing else.
"""

import asyncio
import logging
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any
from weakref import WeakValueDictionary

from bridge.codecs import check_default
from bridge.codecs.reading import Sizes
from bridge.config import Settings
from bridge.counts import Counts
from bridge.errors import (
    BridgeError,
    InsufficientMemory,
    LoadTimedOut,
    ModelAlreadyLoaded,
    ModelNotLoaded,
    ModelRefused,
    StartupError,
    is_of_memory,
)
from bridge.folder import ModelFolder, read_folder
from bridge.ledger import Ledger
from bridge.loaded import LoadedModel
from bridge.pool import confinement
from bridge.pool.aside import Aside
from bridge.pool.control import ZygoteGone
from bridge.pool.forks import Base
from bridge.pool.launch import Launched
from bridge.pool.lending import Allowance
from bridge.pool.memory import free_bytes, private_bytes, read_bytes
from bridge.pool.workers import KILLED, Workers
from bridge.service import (
    EXIT_NOT_SERVABLE,
    decide_merging,
    open_model,
    reap_orphans,
    spare_collector,
)

LOAD_SECONDS = 300.0  # the platform waits for 360
UNLOAD_SECONDS = 300.0
REST_SECONDS = 30.0
# What a loaded model takes beside its objects; and what is left for requests.
MODEL_BYTES = 12 << 20
SPARE_BYTES = 64 << 20
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """``root``: the folder that models are below. ``memory``: bytes for R, None: all that is free.

    ``workers`` live at once for all models, ``each`` for one.
    """

    root: Path
    memory: int | None
    workers: int
    each: int


class Registry:
    """Models by name, all forked from one base zygote, once ``live`` runs."""

    def __init__(
        self,
        settings: Settings,
        limits: Limits,
        launching: Callable[[], Launched],
        launched: Launched | None = None,
    ) -> None:
        """``launching`` starts a base, as ``launched`` is started already; raises ConfigError."""
        check_default(settings.default_accept)
        self.exit_status = 0
        self.ledger = Ledger()
        self.r_version = ""
        self._settings = settings
        self._limits = limits
        self._launching, self._launched = launching, launched
        self._aside = Aside(settings.deadline, Sizes.of(settings).size)
        self._base: Base | None = None
        self._base_bytes = 0
        self._starting = asyncio.Lock()
        self._allowance = Allowance(limits.workers, limits.each)
        self._models: dict[str, LoadedModel] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._reserved: dict[object, int] = {}
        self._cleaning: set[asyncio.Task[None]] = set()

    def show(self) -> None:
        """Has the counts show what is so at the moment; several models may have the same."""
        by_counts: dict[Counts, list[LoadedModel]] = {}
        for model in self._models.values():
            by_counts.setdefault(model.counts, []).append(model)
        for counts, models in by_counts.items():
            states = sum((model.lender.workers.states for model in models), Counter[str]())
            counts.show(sum(model.waiting for model in models), states, len(models))

    def can_answer(self) -> bool:
        """True when R has started, with or without a model."""
        return self._base_bytes > 0

    async def live(self) -> None:
        """Serves until cancelled; ends by itself, with an exit status, if R does not start."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(reap_orphans())
                tasks.create_task(self.ledger.keep_published(self.show))
                await self._living_base()
                spare_collector()
                log.info("ready for models")
                while True:
                    await asyncio.sleep(REST_SECONDS / 4)
                    self._allowance.rest(REST_SECONDS)
                    await self._living_base()
        except* (StartupError, ZygoteGone) as group:
            log.error("R cannot be started: %s", group.exceptions[0])
            self.exit_status = EXIT_NOT_SERVABLE
        finally:
            self._aside.stop()
            await self._stop()

    def model(self, name: str) -> LoadedModel:
        """The model of this name; raises ModelNotLoaded."""
        try:
            return self._models[name]
        except KeyError:
            raise ModelNotLoaded(f'no model "{name[:100]}" is loaded') from None

    def find(self, path: str) -> str | None:
        """The url of the model at ``path`` below the root, unpacked as the platform does it."""
        root = self._limits.root.resolve()
        try:
            for folder in ((root / path / "model").resolve(), (root / path).resolve()):
                if folder.is_relative_to(root) and folder.exists():
                    return str(folder)
        except OSError:  # such as a name that is too long
            pass
        return None

    def page(self, after: str, most: int) -> tuple[list[tuple[str, str]], str]:
        """Names and urls of at most ``most`` models; and the ``after`` of the rest, if any."""
        names = sorted(self._models)
        rest = names[bisect_right(names, after) :]
        shown = rest[:most]
        listed = [(name, self._models[name].url) for name in shown]
        return listed, shown[-1] if len(rest) > most else ""

    async def load(self, name: str, url: str) -> None:
        """Loads the model at ``url``; when this returns it can be asked."""
        async with self._turn(name):
            if name in self._models:
                raise ModelAlreadyLoaded(f'a model "{name[:100]}" is loaded')
            folder = self._folder(url)
            with self._reservation(folder) as most:
                model = await self._start(name, url, folder, most)
            self._models[name] = model
            if self._free() < 0:
                del self._models[name]
                why = InsufficientMemory(f"the model takes {model.cost >> 20} MiB: too much")
                await self._end(model, why)
                raise why
            model.tending.add_done_callback(lambda _: self._lost(name, model))

    async def unload(self, name: str) -> None:
        """Ends a model; when this returns its processes are gone. Raises ModelNotLoaded."""
        async with self._turn(name):
            model = self.model(name)
            del self._models[name]
            await model.finish(UNLOAD_SECONDS)
            await self._end(model, ModelNotLoaded("the model was unloaded"))

    def _turn(self, name: str) -> asyncio.Lock:
        return self._turns.setdefault(name, asyncio.Lock())

    def _folder(self, url: str) -> ModelFolder:
        if "\0" in url:
            raise ModelRefused("the url holds a NUL")
        path, root = Path(url).resolve(), self._limits.root.resolve()
        if not path.is_relative_to(root):
            raise ModelRefused(f"the url is not below {self._limits.root}")
        try:
            return read_folder(path, self._settings.max_model_mb)
        except (StartupError, OSError) as error:
            raise ModelRefused(str(error)) from error

    @contextmanager
    def _reservation(self, folder: ModelFolder) -> Iterator[int]:
        """The bytes that loading may take, kept from others; raises InsufficientMemory."""
        wanted = MODEL_BYTES + (read_bytes(folder.data_file) if folder.data_file else 0)
        free = self._free()
        if wanted > free:
            self._allowance.rest(0)  # the next try may find more
            raise InsufficientMemory(
                f"the model takes about {wanted >> 20} MiB, and {max(free, 0) >> 20} MiB are free"
            )
        ticket = object()
        self._reserved[ticket] = wanted
        try:
            yield free
        finally:
            del self._reserved[ticket]

    def _free(self) -> int:
        free = free_bytes() - SPARE_BYTES
        if self._limits.memory is not None:
            free = min(free, self._limits.memory - self._taken())
        return free - sum(self._reserved.values())

    def _taken(self) -> int:
        """What base, models and workers have of their own."""
        return (
            self._base_bytes
            + sum(model.cost for model in self._models.values())
            + sum(map(private_bytes, self._allowance.pids))
        )

    async def _living_base(self) -> Base:
        async with self._starting:
            if self._base is None or self._base.is_gone:
                if self._base is not None:
                    log.error("the base zygote is gone; starting another")
                    await self._base.stop()
                self._base = Base(self._launched or self._launching())
                self._launched = None
                confinement.tell(await self._base.started())
                self._base_bytes = private_bytes(self._base.pid)  # later most of it is shared
            return self._base

    async def _start(self, name: str, url: str, folder: ModelFolder, most: int) -> LoadedModel:
        began = monotonic()
        try:
            base = await self._living_base()
            zygote = await base.fork(url, most)
        except ZygoteGone as error:
            raise InsufficientMemory("the base zygote ended; try again") from error
        lender = self._allowance.join(Workers(zygote, 0))
        counts = self.ledger.open(name)
        model = LoadedModel(self._settings, url, zygote, lender, self._aside, counts)
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                described = await zygote.ready()
                model.cost = private_bytes(zygote.pid)
                await self._open(model, folder, described)
        except BaseException as error:
            how = await self._end(model, ModelNotLoaded("the model could not be loaded"))
            if (why := _why(error, how)) is None:
                raise
            raise why from error
        log.info("loaded in %.3f s, %.1f MiB: %s", monotonic() - began, model.cost / 2**20, url)
        return model

    async def _open(
        self, model: LoadedModel, folder: ModelFolder, described: dict[str, Any]
    ) -> None:
        """Raises what ends the zygote, should that come first."""
        opening = asyncio.create_task(self._opened(model, folder, described))
        try:
            await asyncio.wait([opening, model.tending], return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                opening.result()
            else:
                model.tending.result()
        finally:
            opening.cancel()

    async def _opened(
        self, model: LoadedModel, folder: ModelFolder, described: dict[str, Any]
    ) -> None:
        self.r_version = str(described["about"]["r_version"][0])
        opened = await open_model(model, folder, described, model.lender, self._settings)
        await decide_merging(opened, folder, described)

    def _lost(self, name: str, model: LoadedModel) -> None:
        """A model whose workers cannot be kept alive; the platform may load it again."""
        if model.tending.cancelled():
            return
        log.error("a model is lost: %s: %r", model.url, model.tending.exception())
        if self._models.get(name) is model:
            del self._models[name]
        cleaning = asyncio.create_task(self._clean(model))
        self._cleaning.add(cleaning)
        cleaning.add_done_callback(self._cleaning.discard)

    async def _clean(self, model: LoadedModel) -> None:
        how = await model.zygote.ended()
        why: BridgeError = ModelNotLoaded("the R process of the model ended")
        if isinstance(model.tending.exception(), ZygoteGone) and how == KILLED:
            why = InsufficientMemory("the R process of the model was killed")
        await self._end(model, why)

    async def _end(self, model: LoadedModel, why: BridgeError) -> str:
        self._allowance.leave(model.lender)
        model.counts.hide()
        return await model.end(why)

    async def _stop(self) -> None:
        models, self._models = self._models, {}
        stopped = ModelNotLoaded("the server stops")
        await asyncio.gather(*(self._end(model, stopped) for model in models.values()))
        if self._base is not None:
            await self._base.stop()


def _why(error: BaseException, how: str) -> BridgeError | None:
    """What a model that was not loaded is told to have failed of; None: of nothing known."""
    if isinstance(error, TimeoutError):
        return LoadTimedOut(f"the model was not loaded within {LOAD_SECONDS:g} s")
    if isinstance(error, ZygoteGone) and how == KILLED:
        return InsufficientMemory("R was killed while it loaded the model")
    if isinstance(error, ZygoteGone):
        return ModelRefused(f"R {how} while it loaded the model")
    if isinstance(error, StartupError) and is_of_memory(str(error)):
        return InsufficientMemory(str(error))
    return ModelRefused(str(error)) if isinstance(error, StartupError) else None
