"""fronts: several processes that answer HTTP on one port, kept alive and stopped together.

This process has the socket on which they all listen, and the mother of their zygotes, so
that one of them can end and be forked again without a connection or the model being lost.
It answers nothing and never holds R. See ``bridge.pool.lent`` for what is said.
"""

import asyncio
import contextlib
import gc
import json
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from bridge.errors import StartupError
from bridge.ledger import Ledger
from bridge.pool import children
from bridge.pool.inherited import let_go
from bridge.pool.lent import PACKET, Post
from bridge.pool.mother import Mother
from bridge.pool.parent import die_with
from bridge.pool.title import call_itself
from bridge.pool.workers import MOST_FAILED_STARTS, RETRY_SECONDS
from bridge.service import EXIT_NOT_SERVABLE, reap_orphans
from bridge.tally import NOBODY, Tally

EXIT_FAILED = 1
BACKLOG = 2048  # as uvicorn's
MOST_PAUSE = 5.0  # seconds, before one that never could answer is forked again
STOPPING = (signal.SIGTERM, signal.SIGINT)
Serve = Callable[[int, Post, bool], int]
Handlers = dict[signal.Signals, Any]
log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Process:
    """A front, from its fork to its end. ``zygote``: the process id of the one it was lent."""

    number: int
    pid: int
    post: socket.socket
    is_open: bool = False
    zygote: int | None = None


class Fronts:
    """Runs ``serve`` in each front: its number, its post, and whether others answer already."""

    def __init__(
        self,
        mother: Mother,
        listening: socket.socket,
        tally: Tally,
        ledger: Ledger,
        serve: Serve,
    ) -> None:
        """``listening`` is closed when the fronts are to stop."""
        listening.listen(BACKLOG)
        self._mother = mother
        self._listening = listening
        self._tally = tally
        self._ledger = ledger
        self._serve = serve
        self._processes: list[Process] = []
        self._wanted: asyncio.Queue[int] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._one_is_open = asyncio.Event()
        self._all_are_open = False
        self._stopping = False
        self._over = asyncio.Event()
        self._failed_starts = 0
        self._exit_status = 0

    def run(self, count: int) -> int:
        """Keeps ``count`` fronts until SIGTERM or SIGINT; returns the exit status.

        The event loop stands still while a front is forked, which shall know nothing of it.
        """
        for each in range(count):
            self._wanted.put_nowait(each)
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            stop = partial(loop.call_soon_threadsafe, self._stop)
            handlers = {each: signal.signal(each, lambda *_: stop()) for each in STOPPING}
            life = loop.create_task(self._live(count))
            while (number := runner.run(self._next(life))) is not None:
                if not self._stopping:
                    self._add(number, handlers, loop)
            for each, handler in handlers.items():
                signal.signal(each, handler)
        return self._exit_status

    async def _next(self, life: asyncio.Task[None]) -> int | None:
        """The number of a front to be forked; None when all is over."""
        wanted = asyncio.create_task(self._wanted.get())
        await asyncio.wait([wanted, life], return_when=asyncio.FIRST_COMPLETED)
        if not life.done():
            return wanted.result()
        life.result()
        return None

    async def _live(self, count: int) -> None:
        self._count = count
        self._begin(reap_orphans())
        self._begin(self._mother.live())
        await self._over.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._mother.stop()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, StartupError):
            log.error("%s", error)
            self._stop(EXIT_NOT_SERVABLE)
        else:
            log.error("the server fails", exc_info=error)
            self._stop(EXIT_FAILED)

    def _stop(self, exit_status: int = 0) -> None:
        """Has the fronts end what they do."""
        if self._stopping:
            return
        self._stopping = True
        self._exit_status = exit_status
        self._listening.close()
        for process in self._processes:
            os.kill(process.pid, signal.SIGTERM)
        if not self._processes:
            self._over.set()

    def _add(self, number: int, handlers: Handlers, loop: asyncio.AbstractEventLoop) -> None:
        try:
            process = self._forked(number, handlers)
        except OSError as error:
            log.error("no front can be forked: %s", error)
            loop.call_later(RETRY_SECONDS, self._wanted.put_nowait, number)
            return
        children.keep(process.pid)
        self._processes.append(process)
        loop.add_reader(process.post, self._heard, process)

    def _forked(self, number: int, handlers: Handlers) -> Process:
        parent = os.getpid()
        gc.collect()
        gc.freeze()  # what is shared by all stays so
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
            try:
                if not (pid := os.fork()):
                    self._become(number, theirs, handlers, parent)
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        return Process(number, pid, ours)

    def _become(
        self, number: int, post: socket.socket, handlers: Handlers, parent: int
    ) -> NoReturn:
        """Leaves by os._exit alone: what else this process would end is its parent's."""
        status = EXIT_FAILED
        try:
            die_with(parent)
            let_go(but=(post.fileno(), self._listening.fileno()))
            for signum, handler in handlers.items():
                signal.signal(signum, handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
            call_itself("front")
            status = self._serve(number, Post(post), self._all_are_open)
        except SystemExit as stopped:
            status = stopped.code if isinstance(stopped.code, int) else EXIT_FAILED
        except BaseException:
            log.exception("a front stops")
        finally:
            os._exit(status)

    def _heard(self, process: Process) -> None:
        try:
            data, fds, _, _ = socket.recv_fds(process.post, PACKET, 1)
        except ConnectionError:
            data, fds = b"", []
        if not data:
            self._gone(process)
        elif "zygote" in json.loads(data):
            self._begin(self._lend(process, socket.socket(fileno=fds[0])))
        else:
            self._opened(process)

    async def _lend(self, process: Process, channel: socket.socket) -> None:
        """Gives the front a zygote, instead of the one that it had, if any."""
        with channel:
            former, process.zygote = process.zygote, None
            if former is not None:
                await self._mother.take_back(former)
            if process.number:  # what keeps a model from being served, one front tells
                await self._one_is_open.wait()
            process.zygote = await self._mother.lend(channel)
        if process not in self._processes:
            await self._mother.take_back(process.zygote)

    def _opened(self, process: Process) -> None:
        process.is_open = True
        self._failed_starts = 0
        self._one_is_open.set()
        newly = [process]
        if not self._all_are_open:
            if len(self._processes) < self._count or not all(p.is_open for p in self._processes):
                return
            self._all_are_open = True
            newly = self._processes
        for each in newly:
            with contextlib.suppress(ConnectionError):
                each.post.send(json.dumps({"open": None}).encode())

    def _gone(self, process: Process) -> None:
        asyncio.get_running_loop().remove_reader(process.post)
        process.post.close()
        _, status = os.waitpid(process.pid, 0)
        children.release(process.pid)
        self._tally.put(process.number, NOBODY)
        self._processes.remove(process)
        code = os.waitstatus_to_exitcode(status)
        if not self._stopping and code == EXIT_NOT_SERVABLE:
            self._stop(code)
        elif not self._stopping:
            self._replace(process, code)
        elif not self._processes:
            self._over.set()

    def _replace(self, process: Process, code: int) -> None:
        log.error("front %d ended with %d; starting another", process.pid, code)
        self._ledger.front_died(process.number)
        if process.zygote is not None:
            self._begin(self._mother.take_back(process.zygote))
        if not process.is_open:
            self._failed_starts += 1
        if self._failed_starts >= MOST_FAILED_STARTS and not any(
            p.is_open for p in self._processes
        ):
            log.error("fronts end before they can answer; see the log")
            self._stop(EXIT_FAILED)
            return
        later = min(0.1 * 2**self._failed_starts, MOST_PAUSE) if self._failed_starts else 0
        asyncio.get_running_loop().call_later(later, self._wanted.put_nowait, process.number)
