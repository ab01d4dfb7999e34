"""RModel: a model in this process's R.

Owns every call into R's C API: vectors in and out, calling the functions of ``r/R``. Knows
nothing of processes, sockets or HTTP. R is used by the one thread that started it, the main
thread.
"""

from functools import cache, lru_cache
from typing import Any

import numpy as np
import orjson

from bridge.answer import Answer
from bridge.coerce import Coercer
from bridge.errors import ModelNotServable
from bridge.folder import ModelFolder
from bridge.frame import NA_BOOL, NA_INT, Column, Frame, column_of, plain
from bridge.golden import golden_frames, sample_frame
from bridge.libr import ffi, rlib
from bridge.libr import start as start_r
from bridge.rfiles import FOLDER
from bridge.schema import Schema
from bridge.texts import Packed, Strings, Texts, packed
from bridge.trial import obstacle
from bridge.wire import Call, Failure

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

_Sexp = Any  # a pointer into R's heap; mypy knows nothing of cffi's types

_LGL, _INT, _REAL, _STR, _LIST = 10, 13, 14, 16, 19
_UTF8 = 1
WARM_UP_CALLS = 4
_LONG = 4096  # from so many rows on strings are coded


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
        if starts:  # else a collection would copy what is shared with the models beside it
            _free()
        self._warm_up(golden_frames(folder.golden, Coercer(self.schema)))

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
            counts = _vector(np.array((frame.rows, requests), np.int32))
            rlib.SET_VECTOR_ELT(held, 1, counts)
            wanted = _parameters(parameters)
            result = _call(self._call_model, self._served, columns, counts, wanted)
            rlib.SET_VECTOR_ELT(held, 2, result)
            return _result(result)
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
    start_r()
    # Text is UTF-8 whatever the container's locale; sorting stays as the locale says.
    _evaluate("if (!l10n_info()$`UTF-8`) Sys.setlocale('LC_CTYPE', 'C.UTF-8')")
    _evaluate("gc.time(TRUE)")
    return _keep(_call(_evaluate(_FUNCTIONS), _constant(str(FOLDER))))


def warm() -> None:
    """Starts R and has it do once what every model needs; for ``bridge.pool.base``."""
    functions = start()
    _call(_evaluate("function(functions) functions$warm_up()"), functions)
    _settle()


def _free() -> None:
    """Frees what loading left, before workers are forked.

    R gives pages back at the first full collection, the third, and so on. So one is enough
    where a model is so small that R has made none by itself.
    """
    has_collected = bool(_from_r(_evaluate("any(gc.time() > 0)"))[0])
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


def _result(result: _Sexp) -> Answer | Failure:
    """What call_model() returned, see r/R/call.R.

    The caller protects it: to read a vector that R has not computed yet, R may allocate.
    """
    kind = _text(result, 0)
    if kind == "answer":
        names, columns = _texts(rlib.VECTOR_ELT(result, 2)), rlib.VECTOR_ELT(result, 3)
        got = tuple([_column(rlib.VECTOR_ELT(columns, i)) for i in range(len(names))])
        return Answer(Frame(tuple(names), got, len(got[0]) if got else 0), _text(result, 1))
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


_CALLS = (rlib.Rf_lang1, rlib.Rf_lang2, rlib.Rf_lang3, rlib.Rf_lang4, rlib.Rf_lang5)


def _call(function: _Sexp, *arguments: _Sexp) -> _Sexp:
    """R's ``function(...)``. The arguments need no protection: the call protects them."""
    call = rlib.Rf_protect(_CALLS[len(arguments)](function, *arguments))
    try:
        return _try(call)
    finally:
        rlib.Rf_unprotect(1)


def _try(expression: _Sexp) -> _Sexp:
    failed = ffi.new("int *")
    value = rlib.R_tryEval(expression, rlib.R_BaseEnv, failed)
    if failed[0]:
        raise RuntimeError("R stopped with an error outside of any handler; R printed it above")
    return value


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
    ffi.memmove(data(vector), column.data if len(column) else b"", column.nbytes)
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
