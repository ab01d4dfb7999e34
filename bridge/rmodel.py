"""RModel: a model in this process's R, which answers calls from their bytes to the answer's.

Calls the functions of ``r/R``. Knows nothing of processes, sockets or HTTP. R is used by the
one thread that started it, the main thread, with R's own stack check on.
"""

from functools import cache
from typing import Any

import orjson

from bridge import libr
from bridge.answer import Answer
from bridge.coerce import Coercer
from bridge.errors import ModelNotServable
from bridge.folder import ModelFolder
from bridge.frame import Frame
from bridge.golden import golden_frames, sample_frame
from bridge.libr import rlib
from bridge.parameters import NONE
from bridge.rcolumns import packed_columns, put_columns
from bridge.rfiles import FOLDER
from bridge.rvalues import (
    INT,
    LIST,
    STR,
    RStopped,
    Sexp,
    call,
    constant,
    element,
    evaluate,
    from_r,
    keep,
    text,
    to_r,
    type_of,
    word,
)
from bridge.schema import Schema
from bridge.sheet import Bytes
from bridge.trial import obstacle
from bridge.wire import Call, Failure, body_of, message, pack, pack_answer, received

# Argument: the folder r. Value: the functions of its R/, see r/functions.R.
_FUNCTIONS = """
function(folder) {
  reading <- new.env(parent = baseenv())
  sys.source(file.path(folder, "functions.R"), reading, keep.source = FALSE)
  reading$functions_in(folder)
}
"""
# Value: what serve_model() made, or the message of the error that stopped it.
_LOAD = """
function(functions, arguments) {
  tryCatch(do.call(functions$serve_model, arguments),
           error = function(e) conditionMessage(e))
}
"""

_DESCRIBE = "function(functions, served) functions$description(served)"
_REPORT = "function(functions, served) functions$report(served)"

WARM_UP_CALLS = 4
_NONE = NONE.encode()


class RModel:
    """The model of a folder, loaded in this process's R. See ``bridge.model.Model``."""

    def __init__(self, folder: ModelFolder) -> None:
        """Starts R, if that is to do yet, and loads the model; raises ModelNotServable."""
        starts = not start.cache_info().currsize
        self._functions = functions = start()
        self._served = keep(self._load(functions, folder))
        self._call_model = keep(rlib.Rf_findFun(rlib.Rf_install(b"call_model"), functions))
        described = from_r(call(evaluate(_DESCRIBE), functions, self._served))
        self.schema = Schema.from_r(described.pop("fields"), folder.refuse_unknown)
        self.merge_obstacle: str = described.pop("merge")[0]
        self.hooked = bool(described.pop("hooked")[0])
        self.free_rows = bool(described.pop("horizon")[0])
        self.about: dict[str, Any] = described
        self._has_rested = False
        if starts:  # else a collection would copy what is shared with the models beside it
            _free()
        self._warm_up(golden_frames(folder.golden, Coercer(self.schema)))

    def _load(self, functions: Sexp, folder: ModelFolder) -> Sexp:
        served = call(evaluate(_LOAD), functions, constant(folder.arguments_of_r()))
        if type_of(served) == STR:
            raise ModelNotServable(str(from_r(served)[0]))
        return served

    def _warm_up(self, golden: list[Frame]) -> None:
        """Has R compile what a call takes, once for all the workers that will be forked.

        R compiles a function when it is called the second time: 0.1 s in all. Hooks see
        nothing but what golden.jsonl holds.
        """
        if not golden and not self.hooked:
            golden = [sample_frame(self.schema)]  # made up
            if why := obstacle(self.predict(Call(golden[0], 1))):
                raise ModelNotServable(why)
        for frame in golden[:1] * WARM_UP_CALLS:
            self.predict(Call(frame, 1))

    def predict(self, asked: Call) -> Answer | Failure:
        """R's answer; a Failure if rows were refused or R stopped."""
        answer: Any = message(self.answer(body_of(asked)))
        return answer  # type: ignore[no-any-return]

    def answer(self, body: Bytes) -> bytes:
        """See ``Model``."""
        sheet, requests, parameters = received(body)
        held = rlib.Rf_protect(rlib.Rf_allocVector(LIST, 3))
        try:
            columns = rlib.Rf_allocVector(LIST, len(sheet.tags))
            rlib.SET_VECTOR_ELT(held, 0, columns)
            put_columns(sheet, columns)
            counts = rlib.Rf_allocVector(INT, 2)
            rlib.SET_VECTOR_ELT(held, 1, counts)
            rlib.INTEGER(counts)[0:2] = (sheet.rows, requests)
            wanted = _parameters(parameters)
            result = call(self._call_model, self._served, columns, counts, wanted)
            rlib.SET_VECTOR_ELT(held, 2, result)
            return _packed(result)
        except RStopped as stopped:
            return pack(Failure("failed", "R stopped outside of any handler", str(stopped)))
        finally:
            rlib.Rf_unprotect(1)

    def report(self) -> dict[str, Any]:
        """What else R can tell of the model, for people: see ``r/R/report.R``."""
        return dict(from_r(call(evaluate(_REPORT), self._functions, self._served)))

    def after_fork(self) -> None:
        """Gives this worker random numbers of its own."""
        evaluate("set.seed(NULL)")

    def rest(self) -> None:
        """Collects garbage, so that calls need not: it takes them three times as long.

        The first time all of it, old too: what that writes to, this worker no longer shares. By
        itself R would do so thousands of calls later: memory would look smaller for an hour.
        """
        if self._has_rested:
            call(_young_garbage())
        else:
            self._has_rested = True
            _settle()

    def collect(self) -> None:
        """Collects what the last calls left: the next one has their memory."""
        call(_young_garbage())


def _parameters(parameters: bytes) -> Sexp:
    """A JSON object of scalars as a named list; NULL for none."""
    return rlib.R_NilValue if parameters == _NONE else to_r(orjson.loads(parameters))


@cache
def start() -> Sexp:
    """Starts R, once in this process and those forked from it: the functions of r/R."""
    libr.start()
    # Text is UTF-8 whatever the container's locale; sorting stays as the locale says.
    evaluate("if (!l10n_info()$`UTF-8`) Sys.setlocale('LC_CTYPE', 'C.UTF-8')")
    evaluate("gc.time(TRUE)")
    return keep(call(evaluate(_FUNCTIONS), constant(str(FOLDER))))


def warm() -> None:
    """Starts R and has it do once what every model needs; for ``bridge.pool.base``."""
    functions = start()
    call(evaluate("function(functions) functions$warm_up()"), functions)
    _settle()


def _free() -> None:
    """Frees what loading left, before workers are forked.

    R gives pages back at the first full collection, the third, and so on. So one is enough
    where a model is so small that R has made none by itself.
    """
    has_collected = bool(from_r(evaluate("any(gc.time() > 0)"))[0])
    rlib.R_gc()
    if has_collected:
        rlib.R_gc()


def _settle() -> None:
    """Frees what was left behind, and makes all else old to R.

    A collection in a worker writes to what is young, and so copies the pages that it shares;
    an object is old after two collections, as R has two generations beside the young.
    """
    for _ in range(2):
        rlib.R_gc()


@cache
def _young_garbage() -> Sexp:
    return evaluate("function() gc(full = FALSE)")


def _packed(result: Sexp) -> bytes:
    """What call_model() returned, see r/R/call.R."""
    kind = _word(result, 0)
    if kind == "answer":
        layout: Any = _word(result, 1)
        return pack_answer(layout, packed_columns(element(result, 2), element(result, 3)))
    return pack(_failure(kind, result))


def _failure(kind: str, result: Sexp) -> Failure:
    if kind == "rejected":
        refused = tuple(row - 1 for row in from_r(element(result, 3)))
        return Failure(kind, text(result, 1), field=text(result, 2), rows=refused)
    if kind == "apart":
        return Failure(kind, "")
    return Failure("failed", text(result, 1), text(result, 2))


def _word(result: Sexp, place: int) -> str:
    return word(rlib.STRING_ELT(rlib.VECTOR_ELT(result, place), 0))
