"""merging: decides, once per start, whether requests may share a call of R.

The formula can promise it (``r/R/merge.R``), bridge.toml can settle it. Hooks are code
that nobody has read, so a model with hooks must prove it: the requests of golden.jsonl
asked in one call must get, bit for bit, what they get one by one.
"""

import logging
from collections.abc import Awaitable, Callable

from bridge.answer import Answer
from bridge.errors import RequestError, ServiceError
from bridge.frame import Frame, concat
from bridge.ticket import Apart
from bridge.wire import Call, Failure, pack

Ask = Callable[[Call], Awaitable[Answer | Failure]]
log = logging.getLogger(__name__)


async def decide(
    wanted: bool | None, obstacle: str, hooked: bool, golden: list[Frame], ask: Ask
) -> bool:
    """True if requests are to be merged; says so, and why, in the log.

    ``wanted`` is bridge.toml's word, ``obstacle`` what speaks against it in the formula,
    ``golden`` the requests of golden.jsonl.
    """
    if wanted is not None:
        return _say(wanted, "bridge.toml says so")
    if obstacle:
        return _say(False, obstacle)
    if not hooked:
        return _say(True, "the formula is row by row")
    if await is_exact(golden, ask):
        return _say(True, "merged and single answers to golden.jsonl are the same, bit for bit")
    return _say(False, "it is not shown to be exact with these hooks (by golden.jsonl)")


async def is_exact(frames: list[Frame], ask: Ask) -> bool:
    """True if one call for all of ``frames`` gives the bits of one call for each."""
    if len(frames) < 2:
        return False
    try:
        single = [await ask(Call(frame, 1)) for frame in frames]
        merged = await ask(Call(concat(frames), len(frames)))
    except (RequestError, ServiceError) as error:
        log.warning("golden.jsonl could not be asked: %s", error)
        return False
    except Apart:
        return False
    parts = [reply.frame for reply in single if isinstance(reply, Answer)]
    if not isinstance(merged, Answer) or len(parts) < len(frames):
        return False
    return pack(merged) == pack(Answer(concat(parts), merged.layout))


def _say(merge: bool, why: str) -> bool:
    log.info("requests are %s: %s", "merged" if merge else "asked one by one", why)
    return merge
