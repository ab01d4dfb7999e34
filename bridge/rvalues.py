"""rvalues: calling R, and R values as Python's and the other way round.

What is kept is protected from R's collector for ever; anything else is the caller's to
protect while R may allocate.
"""

from typing import Any

import numpy as np

from bridge.frame import NA_BOOL, NA_INT, Column, column_of, plain
from bridge.libr import ffi, rlib
from bridge.texts import Strings, Texts

Sexp = Any  # a pointer into R's heap; mypy knows nothing of cffi's types

LGL, INT, REAL, STR, LIST, RAW = 10, 13, 14, 16, 19, 24
UTF8 = 1
_MOST_WORDS = 256


class RStopped(RuntimeError):
    """An error that no handler of R's could take; R's message, which it has also printed."""


def keep(value: Sexp) -> Sexp:
    """The value, which R's collector will not take."""
    rlib.R_PreserveObject(value)
    return value


def evaluate(code: str) -> Sexp:
    """The value of one R expression, kept for ever."""
    status = ffi.new("ParseStatus *")
    parsed = keep(rlib.R_ParseVector(constant(code), -1, status, rlib.R_NilValue))
    return keep(_try(rlib.VECTOR_ELT(parsed, 0)))


_CALLS = (rlib.Rf_lang1, rlib.Rf_lang2, rlib.Rf_lang3, rlib.Rf_lang4, rlib.Rf_lang5)
_failed = ffi.new("int *")


def call(function: Sexp, *arguments: Sexp) -> Sexp:
    """R's ``function(...)``. The arguments need no protection: the call protects them."""
    called = rlib.Rf_protect(_CALLS[len(arguments)](function, *arguments))
    try:
        return _try(called)
    finally:
        rlib.Rf_unprotect(1)


def _try(expression: Sexp) -> Sexp:
    value = rlib.R_tryEval(expression, rlib.R_BaseEnv, _failed)
    if _failed[0]:
        raise RStopped(_last_error())
    return value


def _last_error() -> str:
    asking = rlib.Rf_protect(rlib.Rf_lang1(rlib.Rf_install(b"geterrmessage")))
    told = texts(rlib.R_tryEval(asking, rlib.R_BaseEnv, _failed))
    rlib.Rf_unprotect(1)
    return str(told[0])


def type_of(value: Sexp) -> int:
    """R's type of a value: LGL, INT, REAL, STR, LIST or another."""
    sexptype: int = value.sxpinfo.type
    return sexptype


def element(values: Sexp, place: int) -> Sexp:
    """The element of a list, counted from 0."""
    return rlib.VECTOR_ELT(values, place)


def texts(vector: Sexp) -> list[Any]:
    """The cells of a character vector; None is NA."""
    return [None if cell == rlib.R_NaString else text_of(cell) for cell in cells(vector)]


_SEXPS = ffi.typeof("SEXP *")


def cells(vector: Sexp) -> list[Sexp]:
    """The strings of a character vector. R keeps each once, so that its address tells it."""
    strings: list[Sexp] = ffi.unpack(
        ffi.cast(_SEXPS, rlib.DATAPTR(vector)), rlib.Rf_xlength(vector)
    )
    return strings


def text_of(cell: Sexp) -> str:
    """A string that is not NA."""
    text: str = ffi.string(rlib.R_CHAR(cell)).decode()
    return text


def text(values: Sexp, place: int) -> Any:
    """The one string of an element of a list."""
    return texts(element(values, place))[0]


_words: dict[Sexp, str] = {}


def word(cell: Sexp) -> str:
    """A string that repeats from call to call."""
    known = _words.get(cell)
    if known is None:
        known = text_of(cell)
        if len(_words) < _MOST_WORDS:
            _words[keep(cell)] = known
    return known


def from_r(value: Sexp) -> Any:
    """An R vector as a list, a named list as a dict, anything else as None."""
    if type_of(value) in (LGL, INT, REAL, STR):
        return plain(_column(value))
    if type_of(value) != LIST:
        return None
    items = [from_r(element(value, i)) for i in range(rlib.Rf_xlength(value))]
    names = from_r(rlib.Rf_getAttrib(value, rlib.Rf_install(b"names")))
    return items if names is None else dict(zip(names, items, strict=True))


def _column(vector: Sexp) -> Column:
    sexptype, length = type_of(vector), rlib.Rf_xlength(vector)
    if sexptype == REAL:
        return np.frombuffer(bytes(ffi.buffer(rlib.REAL(vector), 8 * length)), np.float64)
    if sexptype == INT:
        return np.frombuffer(bytes(ffi.buffer(rlib.INTEGER(vector), 4 * length)), np.int32)
    if sexptype == LGL:
        values = np.frombuffer(bytes(ffi.buffer(rlib.LOGICAL(vector), 4 * length)), np.int32)
        return np.where(values == NA_INT, NA_BOOL, values).astype(np.int8)
    return texts(vector)


def constant(value: Any) -> Sexp:
    """The same as ``to_r``, kept for ever."""
    return keep(to_r(value))


def to_r(value: Any) -> Sexp:
    """None, scalars, and lists and dicts of them, as R values; no text may hold NUL."""
    if value is None:
        return rlib.R_NilValue
    if isinstance(value, str | bool | int | float):
        return to_r([value])
    if isinstance(value, list) and (column := column_of(value)) is not None:
        return _vector(column)
    vector = rlib.Rf_protect(rlib.Rf_allocVector(LIST, len(value)))
    for i, item in enumerate(value.values() if isinstance(value, dict) else value):
        rlib.SET_VECTOR_ELT(vector, i, to_r(item))
    if isinstance(value, dict):
        rlib.Rf_setAttrib(vector, rlib.Rf_install(b"names"), to_r(list(value)))
    rlib.Rf_unprotect(1)
    return vector


def _vector(column: Column) -> Sexp:
    if isinstance(column, list | Texts):
        return _strings(list(column))
    if column.dtype == np.int8:
        return _copy(LGL, rlib.LOGICAL, column.astype(np.int32))
    return _copy(REAL, rlib.REAL, column)


def _copy(sexptype: int, data: Any, column: Any) -> Sexp:
    vector = rlib.Rf_allocVector(sexptype, len(column))
    if len(column):
        ffi.memmove(data(vector), column, column.nbytes)
    return vector


def _strings(column: Strings) -> Sexp:
    vector = rlib.Rf_protect(rlib.Rf_allocVector(STR, len(column)))
    for i, cell in enumerate(column):
        data = (cell or "").encode()
        rlib.SET_STRING_ELT(vector, i, rlib.Rf_mkCharLenCE(data, len(data), UTF8))
    rlib.Rf_unprotect(1)
    return vector
