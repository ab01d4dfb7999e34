"""promise: a result to come, for one event loop.

An asyncio future calls back in the loop's next turn, which for each request costs a handle
and a context. A promise calls back at once; its callbacks must be short and not raise.
"""

import asyncio
import logging
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)


class Promise(Generic[T]):
    """Kept once: by ``set_result`` or ``set_exception``.

    ``kept`` is what it was kept with; None if that was an error, or it is not kept yet. Can be
    awaited; who is cancelled while he does so cancels it.
    """

    # Of the class, so that to make one costs nothing: each request makes one.
    kept: T | None = None
    _kept = False
    _error: BaseException | None = None
    _callbacks: tuple[Callable[[Any], object], ...] = ()

    def done(self) -> bool:
        """True once it is kept."""
        return self._kept

    def result(self) -> T:
        """What it was kept with; raises the exception if it was one."""
        if self._error is not None:
            raise self._error
        return self.kept  # type: ignore[return-value]

    def error(self) -> BaseException | None:
        """The exception that it was kept with, if it was one."""
        return self._error

    def set_result(self, result: T) -> None:
        """Keeps it, unless it is already kept."""
        if not self._kept:
            self.kept = result
            self._keep()

    def set_exception(self, error: BaseException) -> None:
        """Keeps it with an error, unless it is already kept."""
        if not self._kept:
            self._error = error
            self._keep()

    def cancel(self) -> None:
        """Nobody waits any longer; as set_exception() with CancelledError."""
        self.set_exception(asyncio.CancelledError())

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        """Calls ``callback`` with this promise once it is kept."""
        if self._kept:
            callback(self)
        else:
            self._callbacks += (callback,)

    def _keep(self) -> None:
        self._kept = True
        callbacks, self._callbacks = self._callbacks, ()  # which may lead back here
        for callback in callbacks:
            try:
                callback(self)
            except Exception:  # must not keep others from their results
                log.exception("a callback failed")

    def __await__(self) -> Generator[Any, None, T]:
        if not self._kept:
            future = asyncio.get_running_loop().create_future()
            self.add_done_callback(partial(_wake, future))
            try:
                yield from future
            except asyncio.CancelledError:
                self.cancel()
                raise
        return self.result()


def _wake(future: asyncio.Future[None], _: object) -> None:
    if not future.done():
        future.set_result(None)
