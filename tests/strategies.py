"""strategies: arbitrary frames, schemas, requests and messages, for hypothesis."""

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from bridge.answer import LAYOUTS, Answer
from bridge.frame import ABSENT, Column, Frame, RawFrame
from bridge.schema import FIELD_TYPES, Predictor, Schema
from bridge.texts import Texts
from bridge.wire import Call, Failure, Hello, Message, Rest

NAN_BITS = st.integers(0x7FF0000000000001, 0x7FFFFFFFFFFFFFFF)

texts = st.text(st.characters(codec="utf-8"), max_size=12)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
finite = st.floats(allow_nan=False, allow_infinity=False)


def _doubles(bits: list[int]) -> npt.NDArray[np.float64]:
    return np.array(bits, np.uint64).view(np.float64)


def _coded(strings: list[str | None]) -> Texts:
    values = sorted(set(strings), key=str)
    codes = np.array([values.index(cell) for cell in strings], np.int32)
    return Texts.of(values, codes)


def doubles(rows: int) -> st.SearchStrategy[Column]:
    """Any bits at all: every NaN, with its payload, is among them."""
    return st.lists(st.integers(0, 2**64 - 1) | NAN_BITS, min_size=rows, max_size=rows).map(
        _doubles
    )


def columns(rows: int) -> st.SearchStrategy[Column]:
    """A column of any type and any content."""

    def array(cells: st.SearchStrategy[int], dtype: Any) -> st.SearchStrategy[Column]:
        lists = st.lists(cells, min_size=rows, max_size=rows)
        return lists.map(lambda values: np.array(values, dtype))

    strings = st.lists(st.none() | texts, min_size=rows, max_size=rows)
    return st.one_of(
        doubles(rows),
        array(st.integers(-(2**31), 2**31 - 1), np.int32),
        array(st.integers(-128, 127), np.int8),
        strings,
        strings.map(_coded),
    )


@st.composite
def frames(draw: st.DrawFn, least_columns: int = 0) -> Frame:
    """A frame of up to 6 rows and 4 columns."""
    rows = draw(st.integers(0, 6))
    count = draw(st.integers(least_columns, 4))
    named = tuple(draw(st.lists(names, min_size=count, max_size=count, unique=True)))
    typed = tuple(draw(columns(rows)) for _ in named)
    return Frame(named, typed, rows, draw(st.booleans()))


u32 = st.integers(0, 2**32 - 1)
failures = st.builds(
    Failure,
    kind=st.sampled_from(["rejected", "apart", "failed"]),
    message=texts,
    detail=texts,
    field=texts,
    rows=st.lists(u32, max_size=5).map(tuple),
)
messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(Call, frame=frames(), requests=u32),
    st.builds(Answer, frame=frames(), layout=st.sampled_from(LAYOUTS)),
    failures,
    st.builds(Hello),
    st.builds(Rest),
)


@st.composite
def predictors(draw: st.DrawFn, name: str) -> Predictor:
    """A field of any type; a factor has levels."""
    kind: Any = draw(st.sampled_from(FIELD_TYPES))
    levels: tuple[str, ...] = ()
    if kind == "factor":
        levels = tuple(draw(st.lists(texts, min_size=1, max_size=5, unique=True)))
    return Predictor(name, kind, levels)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """Up to 4 fields."""
    named = draw(st.lists(names, max_size=4, unique=True))
    return Schema(tuple(draw(predictors(name)) for name in named), draw(st.booleans()))


json_cells: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | finite | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=3,
)


def fitting(predictor: Predictor) -> st.SearchStrategy[object]:
    """Cells that ``predictor`` takes, as JSON has them; None is among them."""
    cells: dict[str, st.SearchStrategy[object]] = {
        "number": finite | st.integers(-(2**53), 2**53),
        "integer": st.integers(-(2**31) + 1, 2**31 - 1),
        "string": texts.map(lambda text: text.replace("\0", "")),
        "boolean": st.booleans(),
        "date": st.dates().map(str),
        "datetime": st.datetimes().map(lambda time: time.isoformat() + "Z"),
        "factor": st.sampled_from(predictor.levels or ("",)),
    }
    return st.none() | cells[predictor.type]


@st.composite
def requests(draw: st.DrawFn, schema: Schema) -> RawFrame:
    """What clients may send to ``schema``: good cells, bad cells, none, other fields."""
    rows = draw(st.integers(1, 4))
    text = draw(st.booleans())
    columns: dict[str, list[object]] = {}
    for predictor in schema.predictors:
        any_cell = texts if text else st.just(ABSENT) | fitting(predictor) | json_cells
        if draw(st.integers(0, 9)):
            columns[predictor.name] = draw(st.lists(any_cell, min_size=rows, max_size=rows))
    for name in draw(st.lists(names, max_size=2)):
        columns.setdefault(name, [draw(texts if text else json_cells)] * rows)
    return RawFrame(columns, rows, text)


@st.composite
def good_requests(draw: st.DrawFn, schema: Schema) -> RawFrame:
    """A request that fits ``schema``."""
    rows = draw(st.integers(1, 4))
    return RawFrame(
        {
            predictor.name: draw(st.lists(fitting(predictor), min_size=rows, max_size=rows))
            for predictor in schema.predictors
        },
        rows,
    )
