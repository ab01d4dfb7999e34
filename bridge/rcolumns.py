"""rcolumns: the columns of a call as R vectors, and those of an answer as bytes.

From and to the bytes of a message (``sheet``): numbers by memmove, strings without Python's
between. Here goes what a call costs beyond what R takes.
"""

import struct
from functools import cache
from typing import Any

import numpy as np

from bridge.frame import NA_BOOL, NA_INT
from bridge.libr import ffi, rlib
from bridge.rvalues import (
    INT,
    LGL,
    LIST,
    RAW,
    REAL,
    STR,
    UTF8,
    Sexp,
    call,
    cells,
    element,
    evaluate,
    word,
)
from bridge.sheet import (
    CODED,
    ENDED,
    INTEGERS,
    LOGICALS,
    LONG,
    REALS,
    SIZES,
    STRINGS,
    U32,
    Bytes,
    PackedColumns,
    Sheet,
    lengths_at,
)


def put_columns(sheet: Sheet, into: Sexp) -> None:
    """Puts an R vector for each column of the sheet into a list, which is protected."""
    _, tags, rows, _, data, starts = sheet
    body = ffi.from_buffer(data)
    for i, tag in enumerate(tags):
        if tag == STRINGS:
            lengths = lengths_at(data, starts[i], rows)
            _put_strings(body + starts[i] + 4 * rows, lengths, into, i)
        elif tag == CODED:
            _put_coded(sheet, body, into, i)
        elif tag == ENDED:
            _put_ended(sheet.ended(i), into, i)
        else:
            _MAKERS[tag](body + starts[i], rows, into, i)


def _put_reals(start: Any, rows: int, into: Sexp, i: int) -> None:
    vector = rlib.Rf_allocVector(REAL, rows)
    rlib.SET_VECTOR_ELT(into, i, vector)
    ffi.memmove(rlib.REAL(vector), start, SIZES[REALS] * rows)


def _put_integers(start: Any, rows: int, into: Sexp, i: int) -> None:
    vector = rlib.Rf_allocVector(INT, rows)
    rlib.SET_VECTOR_ELT(into, i, vector)
    ffi.memmove(rlib.INTEGER(vector), start, SIZES[INTEGERS] * rows)


def _put_logicals(start: Any, rows: int, into: Sexp, i: int) -> None:
    values = np.frombuffer(ffi.buffer(start, rows), np.int8)
    logicals = values.astype(np.int32)
    logicals[values == NA_BOOL] = NA_INT
    vector = rlib.Rf_allocVector(LGL, rows)
    rlib.SET_VECTOR_ELT(into, i, vector)
    ffi.memmove(rlib.LOGICAL(vector), logicals, logicals.nbytes)


def _put_ended(strings: bytes, into: Sexp, i: int) -> None:
    """As bytes, of which as_newdata() makes strings."""
    vector = rlib.Rf_allocVector(RAW, len(strings))
    rlib.SET_VECTOR_ELT(into, i, vector)
    ffi.memmove(rlib.RAW(vector), strings, len(strings))


_MAKERS = {REALS: _put_reals, INTEGERS: _put_integers, LOGICALS: _put_logicals}


def _put_strings(at: Any, lengths: tuple[int, ...], into: Sexp, i: int) -> None:
    put, make, na = rlib.SET_STRING_ELT, rlib.Rf_mkCharLenCE, rlib.R_NaString
    vector = rlib.Rf_allocVector(STR, len(lengths))
    rlib.SET_VECTOR_ELT(into, i, vector)
    for row, length in enumerate(lengths):
        if length < 0:
            put(vector, row, na)
        else:
            put(vector, row, make(at, length, UTF8))
            at += length


def _put_coded(sheet: Sheet, body: Any, into: Sexp, i: int) -> None:
    """R's ``strings[codes]``: each string is made once."""
    count, codes = sheet.codes(i)
    start = sheet.starts[i] + codes.nbytes + U32.size
    held = rlib.Rf_protect(rlib.Rf_allocVector(LIST, 2))
    try:
        lengths = lengths_at(sheet.body, start, count)
        _put_strings(body + start + 4 * count, lengths, held, 0)
        _put_integers(ffi.from_buffer(codes), sheet.rows, held, 1)
        rlib.SET_VECTOR_ELT(into, i, call(_coded(), element(held, 0), element(held, 1)))
    finally:
        rlib.Rf_unprotect(1)


@cache
def _coded() -> Sexp:
    return evaluate("function(strings, codes) strings[codes + 1L]")


def packed_columns(names: Sexp, columns: Sexp) -> PackedColumns:
    """The columns of an answer, with the bits that R's vectors have.

    The caller protects them: to read a vector that R has not computed yet, R may allocate.
    R's character vectors must be UTF-8, its raw ones strings that end with NUL.
    """
    known = tuple(map(word, cells(names)))
    tags, data, rows = [], [], 0
    for i in range(len(known)):
        vector = rlib.VECTOR_ELT(columns, i)
        length = rlib.Rf_xlength(vector)
        tag, pack = _PACKERS[vector.sxpinfo.type]
        if tag == STRINGS and length >= LONG:
            tag, pack = CODED, _packed_coded
        pieces = pack(vector, length)
        rows = pieces[0].count(0) if tag == ENDED else length
        tags.append(tag)
        data.append(pieces)
    return PackedColumns(known, tuple(tags), rows, data)


def _packed_reals(vector: Sexp, rows: int) -> tuple[Bytes, ...]:
    return (ffi.buffer(rlib.REAL(vector), SIZES[REALS] * rows)[:],)


def _packed_integers(vector: Sexp, rows: int) -> tuple[Bytes, ...]:
    return (ffi.buffer(rlib.INTEGER(vector), SIZES[INTEGERS] * rows)[:],)


def _packed_logicals(vector: Sexp, rows: int) -> tuple[Bytes, ...]:
    values = np.frombuffer(ffi.buffer(rlib.LOGICAL(vector), 4 * rows), np.int32)
    return (np.where(values == NA_INT, NA_BOOL, values).astype(np.int8).tobytes(),)


def _packed_ended(vector: Sexp, length: int) -> tuple[bytes, ...]:
    return (ffi.buffer(rlib.RAW(vector), length)[:],)


def _packed_strings(vector: Sexp, rows: int) -> tuple[Bytes, ...]:
    return _packed_cells(cells(vector))


def _packed_cells(strings: list[Sexp]) -> tuple[Bytes, ...]:
    na = rlib.R_NaString
    found = list(map(ffi.string, map(rlib.R_CHAR, strings)))
    lengths = list(map(len, found))
    if na in strings:
        missing = [cell == na for cell in strings]
        found = [b"" if gone else text for gone, text in zip(missing, found, strict=True)]
        lengths = [-1 if gone else n for gone, n in zip(missing, lengths, strict=True)]
    return struct.pack(f"<{len(lengths)}i", *lengths), *found


def _packed_coded(vector: Sexp, rows: int) -> tuple[Bytes, ...]:
    """R keeps each string once, so that its address tells which it is."""
    places = np.frombuffer(ffi.buffer(rlib.DATAPTR(vector), 8 * rows), np.uintp)
    first, codes = np.unique(places, return_index=True, return_inverse=True)[1:]
    strings = ffi.cast("SEXP *", rlib.DATAPTR(vector))
    values = [strings[place] for place in first.tolist()]
    return codes.astype(np.int32).tobytes(), U32.pack(len(values)), *_packed_cells(values)


_PACKERS: dict[int, tuple[int, Any]] = {
    REAL: (REALS, _packed_reals),
    INT: (INTEGERS, _packed_integers),
    LGL: (LOGICALS, _packed_logicals),
    STR: (STRINGS, _packed_strings),
    RAW: (ENDED, _packed_ended),
}
