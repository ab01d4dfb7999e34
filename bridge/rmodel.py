"""RModel: R inside this process. THE ONLY FILE THAT IMPORTS rpy2.

Owns every call into R's C API: starting R, vectors in and out, calling the functions of
``r/R``. Knows nothing of processes, sockets or HTTP. R is used by the one thread that
started it, the main thread, with R's own stack check on.

rpy2 is used at the level of R's C API: its vector classes cost more per call than
predict() itself, and ``rinterface.initr()`` runs an Rscript for 0.2 s to learn an
environment that ``R CMD`` has already given this process. Its import would run another.
"""

import os
from functools import cache, lru_cache
from typing import Any

import numpy as np
import orjson
import rpy2.situation

from bridge.answer import Answer
from bridge.coerce import Coercer
from bridge.errors import ModelNotServable
from bridge.folder import ModelFolder
from bridge.frame import NA_BOOL, NA_INT, Column, Frame, column_of, plain
from bridge.golden import golden_frames, sample_frame
from bridge.rfiles import FOLDER
from bridge.schema import Schema
from bridge.texts import Packed, Strings, Texts, packed
from bridge.trial import obstacle
from bridge.wire import Call, Failure

rpy2.situation.r_ld_library_path_from_subprocess = lambda r_home: ""
from rpy2.rinterface_lib import callbacks, embedded, openrlib  # noqa: E402

R_SOURCES = FOLDER / "R"

# No saved workspace and no ~/.Rprofile: a fresh session, whoever starts the server.
_R_OPTIONS = ("rbridge", "--quiet", "--no-save", "--no-restore", "--no-init-file")

# Arguments: the files of r/R. Value: their functions, in an environment where nothing
# can shadow them or what they call.
_SOURCE = """
function(files) {
  functions <- new.env(parent = baseenv())
  for (file in files) sys.source(file, envir = functions, keep.source = FALSE)
  functions
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

rlib = openrlib.rlib
ffi = openrlib.ffi
_Sexp = Any  # a pointer into R's heap; mypy knows nothing of cffi's types

_LGL, _INT, _REAL, _STR, _LIST = 10, 13, 14, 16, 19
_UTF8 = 1
WARM_UP_CALLS = 4
_LONG = 4096  # from so many rows on strings are coded


class RStopped(RuntimeError):
    """An error that no handler of R's could take; R's message, which it has also printed."""


class RModel:
    """The model of a folder, loaded in this process's R. See ``bridge.model.Model``."""

    def __init__(self, folder: ModelFolder) -> None:
        """Starts R, if that is to do yet, and loads the model; raises ModelNotServable."""
        starts = not start.cache_info().currsize
        self._functions = functions = start()
        self._served = _keep(self._load(functions, folder))
        self._call_model = _keep(rlib.Rf_findFun(rlib.Rf_install(b"call_model"), functions))
        described = _from_r(_call(_evaluate(_DESCRIBE), functions, self._served))
        self.schema = Schema.from_r(described.pop("fields"), folder.refuse_unknown)
        self.merge_obstacle: str = described.pop("merge")[0]
        self.hooked = bool(described.pop("hooked")[0])
        self.free_rows = bool(described.pop("horizon")[0])
        self.about: dict[str, Any] = described
        self._warm_up(golden_frames(folder.golden, Coercer(self.schema)))
        if starts:  # else a collection would copy what is shared with the models beside it
            _settle()

    def _load(self, functions: _Sexp, folder: ModelFolder) -> _Sexp:
        served = _call(_evaluate(_LOAD), functions, _constant(folder.arguments_of_r()))
        if _type(served) == _STR:
            raise ModelNotServable(str(_from_r(served)[0]))
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

    def predict(self, call: Call) -> Answer | Failure:
        """R's answer; a Failure if rows were refused or R stopped."""
        frame, requests, parameters = call
        held = rlib.Rf_protect(rlib.Rf_allocVector(_LIST, 3))
        try:
            columns = rlib.Rf_allocVector(_LIST, len(frame.columns))
            rlib.SET_VECTOR_ELT(held, 0, columns)
            for i, column in enumerate(frame.columns):
                rlib.SET_VECTOR_ELT(columns, i, _vector(column))
            counts = rlib.Rf_allocVector(_INT, 2)
            rlib.SET_VECTOR_ELT(held, 1, counts)
            rlib.INTEGER(counts)[0:2] = (frame.rows, requests)
            wanted = _parameters(parameters)
            result = _call(self._call_model, self._served, columns, counts, wanted)
            rlib.SET_VECTOR_ELT(held, 2, result)
            return _result(result)
        except RStopped as stopped:
            return Failure("failed", "R stopped outside of any handler", str(stopped))
        finally:
            rlib.Rf_unprotect(1)

    def report(self) -> dict[str, Any]:
        """What else R can tell of the model, for people: see ``r/R/report.R``."""
        return dict(_from_r(_call(_evaluate(_REPORT), self._functions, self._served)))

    def after_fork(self) -> None:
        """Gives this worker random numbers of its own."""
        _evaluate("set.seed(NULL)")

    def settle(self) -> None:
        """Collects all garbage, old too: what it writes to, this worker no longer shares."""
        _settle()


@lru_cache(maxsize=256)
def _parameters(parameters: str) -> _Sexp:
    """A JSON object of scalars as a named list; kept, for requests ask for the same few."""
    return _constant(orjson.loads(parameters) or None)


@cache
def start() -> _Sexp:
    """Starts R, once in this process and those forked from it: the functions of r/R."""
    _start_r()
    files = sorted(str(path) for path in R_SOURCES.glob("*.R"))
    return _keep(_call(_evaluate(_SOURCE), _constant(files)))


def warm() -> None:
    """Starts R and has it do once what every model needs; for ``bridge.pool.base``."""
    functions = start()
    _call(_evaluate("function(functions) functions$warm_up()"), functions)
    _settle()


def _start_r() -> None:
    embedded.set_initoptions(_R_OPTIONS)
    # rpy2 turns R's stack check off by default; 0 leaves it to R, so that an infinite
    # recursion is an R error and not a segfault.
    embedded._initr(interactive=False, _want_setcallbacks=False, _c_stack_limit=0)
    # By itself R would remove the temporary folder, which all workers share.
    callbacks.cleanup = lambda save, status, last: os._exit(status)
    rlib.ptr_R_CleanUp = rlib._cleanup
    # Text is UTF-8 whatever the container's locale; sorting stays as the locale says.
    _evaluate("if (!l10n_info()$`UTF-8`) Sys.setlocale('LC_CTYPE', 'C.UTF-8')")


def _settle() -> None:
    """Frees what loading left, before workers are forked, and makes all else old to R.

    A collection in a worker writes to what is young, and so copies the pages that it shares;
    an object is old after two collections, as R has two generations beside the young.
    """
    for _ in range(2):
        rlib.R_gc()


def _result(result: _Sexp) -> Answer | Failure:
    """What call_model() returned, see r/R/call.R.

    The caller protects it: to read a vector that R has not computed yet, R may allocate.
    """
    kind = _word(result, 0)
    if kind == "answer":
        names, columns = _texts(rlib.VECTOR_ELT(result, 2)), rlib.VECTOR_ELT(result, 3)
        got = tuple([_column(rlib.VECTOR_ELT(columns, i)) for i in range(len(names))])
        layout: Any = _word(result, 1)
        return Answer(Frame(tuple(names), got, len(got[0]) if got else 0), layout)
    if kind == "rejected":
        refused = tuple(row - 1 for row in _from_r(rlib.VECTOR_ELT(result, 3)))
        return Failure(kind, _text(result, 1), field=_text(result, 2), rows=refused)
    if kind == "apart":
        return Failure(kind, "")
    return Failure("failed", _text(result, 1), _text(result, 2))


def _keep(value: _Sexp) -> _Sexp:
    rlib.R_PreserveObject(value)
    return value


def _evaluate(code: str) -> _Sexp:
    """The value of one R expression, kept for ever."""
    status = ffi.new("ParseStatus *")
    parsed = _keep(rlib.R_ParseVector(_constant(code), -1, status, rlib.R_NilValue))
    return _keep(_try(rlib.VECTOR_ELT(parsed, 0)))


_failed = ffi.new("int *")
_CALLS = (rlib.Rf_lang1, rlib.Rf_lang2, rlib.Rf_lang3, rlib.Rf_lang4, rlib.Rf_lang5)


def _call(function: _Sexp, *arguments: _Sexp) -> _Sexp:
    """R's ``function(...)``. The arguments need no protection: the call protects them."""
    call = rlib.Rf_protect(_CALLS[len(arguments)](function, *arguments))
    try:
        return _try(call)
    finally:
        rlib.Rf_unprotect(1)


def _try(expression: _Sexp) -> _Sexp:
    value = rlib.R_tryEval(expression, rlib.R_BaseEnv, _failed)
    if _failed[0]:
        raise RStopped(_last_error())
    return value


def _last_error() -> str:
    asking = rlib.Rf_protect(rlib.Rf_lang1(rlib.Rf_install(b"geterrmessage")))
    told = _texts(rlib.R_tryEval(asking, rlib.R_BaseEnv, _failed))
    rlib.Rf_unprotect(1)
    return str(told[0])


def _vector(column: Column) -> _Sexp:
    """An R vector with the column's bits: double, integer, logical or character."""
    if isinstance(column, list):
        return _strings(column)
    if isinstance(column, Texts):
        return _texts_of(column)
    if column.dtype == np.int8:
        logicals = column.astype(np.int32)
        logicals[column == NA_BOOL] = NA_INT
        return _copy(_LGL, rlib.LOGICAL, logicals)
    if column.dtype == np.int32:
        return _copy(_INT, rlib.INTEGER, column)
    return _copy(_REAL, rlib.REAL, column)


def _copy(sexptype: int, data: Any, column: Any) -> _Sexp:
    vector = rlib.Rf_allocVector(sexptype, len(column))
    if len(column):
        ffi.memmove(data(vector), column, column.nbytes)
    return vector


def _strings(column: Strings) -> _Sexp:
    put, make = rlib.SET_STRING_ELT, rlib.Rf_mkCharLenCE
    vector = rlib.Rf_protect(rlib.Rf_allocVector(_STR, len(column)))
    for i, cell in enumerate(column):
        if cell is None:
            put(vector, i, rlib.R_NaString)
        else:
            data = cell.encode()
            put(vector, i, make(data, len(data), _UTF8))
    rlib.Rf_unprotect(1)
    return vector


def _texts_of(column: Texts) -> _Sexp:
    """R's ``strings[codes]``: each string is made once."""
    held = rlib.Rf_protect(rlib.Rf_allocVector(_LIST, 2))
    try:
        rlib.SET_VECTOR_ELT(held, 0, _strings(column.values))
        rlib.SET_VECTOR_ELT(held, 1, _vector(column.codes + np.int32(1)))
        return _call(_subset(), rlib.VECTOR_ELT(held, 0), rlib.VECTOR_ELT(held, 1))
    finally:
        rlib.Rf_unprotect(1)


def _column(vector: _Sexp) -> Column:
    """A column with the R vector's bits; R's character vectors must be UTF-8."""
    sexptype, length = _type(vector), rlib.Rf_xlength(vector)
    if sexptype == _REAL:
        return np.frombuffer(bytes(ffi.buffer(rlib.REAL(vector), 8 * length)), np.float64)
    if sexptype == _INT:
        return np.frombuffer(bytes(ffi.buffer(rlib.INTEGER(vector), 4 * length)), np.int32)
    if sexptype == _LGL:
        values = np.frombuffer(bytes(ffi.buffer(rlib.LOGICAL(vector), 4 * length)), np.int32)
        return np.where(values == NA_INT, NA_BOOL, values).astype(np.int8)
    return _texts(vector) if length < _LONG else _long_texts(vector, length)


def _long_texts(vector: _Sexp, length: int) -> Texts:
    """R keeps each string once, so that its address tells which it is."""
    places = np.frombuffer(ffi.buffer(rlib.DATAPTR(vector), 8 * length), np.uintp)
    first, codes = np.unique(places, return_index=True, return_inverse=True)[1:]
    cells = ffi.cast("SEXP *", rlib.DATAPTR(vector))
    values = [_string(cells[place]) for place in first.tolist()]
    return Texts(Packed(*packed(values)), codes.astype(np.int32))


def _texts(vector: _Sexp) -> list[Any]:
    """The cells of a character vector; None is NA."""
    cells = ffi.unpack(ffi.cast("SEXP *", rlib.DATAPTR(vector)), rlib.Rf_xlength(vector))
    chars, string, na = rlib.R_CHAR, ffi.string, rlib.R_NaString
    return [None if cell == na else string(chars(cell)).decode() for cell in cells]


def _string(cell: _Sexp) -> str | None:
    return None if cell == rlib.R_NaString else ffi.string(rlib.R_CHAR(cell)).decode()


@cache
def _subset() -> _Sexp:
    return _evaluate("`[`")


def _text(values: _Sexp, place: int) -> Any:
    """The one string of an element of a list."""
    return _texts(rlib.VECTOR_ELT(values, place))[0]


_words: dict[_Sexp, str] = {}


def _word(values: _Sexp, place: int) -> str:
    """The same of one of the few words of ``call_model()``: R keeps each string once."""
    cell = rlib.STRING_ELT(rlib.VECTOR_ELT(values, place), 0)
    word = _words.get(cell)
    if word is None:
        word = _words[_keep(cell)] = _text(values, place)
    return word


def _type(value: _Sexp) -> int:
    sexptype: int = value.sxpinfo.type
    return sexptype


def _from_r(value: _Sexp) -> Any:
    """An R vector as a list, a named list as a dict, anything else as None."""
    if _type(value) in (_LGL, _INT, _REAL, _STR):
        return plain(_column(value))
    if _type(value) != _LIST:
        return None
    items = [_from_r(rlib.VECTOR_ELT(value, i)) for i in range(rlib.Rf_xlength(value))]
    names = _from_r(rlib.Rf_getAttrib(value, rlib.Rf_install(b"names")))
    return items if names is None else dict(zip(names, items, strict=True))


def _constant(value: Any) -> _Sexp:
    """None, scalars, and lists and dicts of them, as R values kept for ever."""
    if value is None:
        return rlib.R_NilValue
    if isinstance(value, str | bool | int | float):
        return _constant([value])
    if isinstance(value, list) and (column := column_of(value)) is not None:
        return _keep(_vector(column))
    vector = _keep(rlib.Rf_allocVector(_LIST, len(value)))
    for i, item in enumerate(value.values() if isinstance(value, dict) else value):
        rlib.SET_VECTOR_ELT(vector, i, _constant(item))
    if isinstance(value, dict):
        rlib.Rf_setAttrib(vector, rlib.Rf_install(b"names"), _constant(list(value)))
    return vector
