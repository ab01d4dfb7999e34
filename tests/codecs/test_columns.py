"""Bodies that Arrow reads: each is read as without it, or refused with the same words."""

import io
import json
import string
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyarrow import parquet

from bridge import codecs
from bridge.cells import Cells
from bridge.codecs.reading import Reading, Sizes
from bridge.coerce import Coercer
from bridge.errors import RequestError
from bridge.frame import Frame
from bridge.policy import read_policies
from bridge.schema import Predictor, Schema
from bridge.sift import sift
from tests.test_wire import same_frame

SCHEMA = Schema(
    (
        Predictor("x", "number"),
        Predictor("i", "integer"),
        Predictor("g", "factor", ("a", "NA", "5")),
        Predictor("s", "string"),
        Predictor("b", "boolean"),
        Predictor("d", "date"),
        Predictor("t", "datetime"),
    )
)
STRICT = Schema(SCHEMA.predictors, refuse_unknown=True)
POLICIES = [read_policies({}), read_policies({"null": "reject", "invalid": "na", "unseen": "na"})]
CSV, LINES, PARQUET = "text/csv", "application/jsonlines", codecs.PARQUET[0]
GOOD = {"x": "1.5", "i": "7", "g": "a", "s": "t", "b": "TRUE", "d": "2024-02-29"}
GOOD |= {"t": "2024-02-29T12:30:00Z"}


def raw(content_type: str, body: bytes, by_arrow: bool, lenient: bool = False) -> Any:
    reading = Reading.of(SCHEMA, None, Sizes(), lenient)
    return codecs.decode(body, content_type, reading.by_arrow(SCHEMA) if by_arrow else reading)


def outcome(content_type: str, body: bytes, schema: Schema, policies: Any, by_arrow: bool) -> Any:
    """The frame, or the error."""
    reading = Reading.of(schema, None, Sizes())
    reading = reading.by_arrow(schema) if by_arrow else reading
    try:
        return Coercer(schema, policies)(codecs.decode(body, content_type, reading))
    except RequestError as error:
        return type(error), str(error), error.__dict__


def check(content_type: str, body: bytes) -> None:
    """Reads ``body`` in both ways, by every kind of model."""
    for schema in (SCHEMA, STRICT):
        for policies in POLICIES:
            slow = outcome(content_type, body, schema, policies, by_arrow=False)
            fast = outcome(content_type, body, schema, policies, by_arrow=True)
            if isinstance(slow, Frame) and isinstance(fast, Frame):
                assert same_frame(fast, slow) and fast.replaced == slow.replaced
            else:
                assert fast == slow


numbers = st.one_of(
    st.floats().map(repr),
    st.integers().map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.from_regex(r"[+-]?[0-9]{0,3}\.?[0-9]{0,3}([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["", "NA", "nan", "inf", "0x1F", " 5", "5 ", "-0", "1e999", "1_0", "٣", "-"]),
)
words = st.text(st.sampled_from(string.ascii_letters + " ,\"\n\r\t'é\0\ufeff0x"), max_size=5)
cells = numbers | words | st.sampled_from(["a", "NA", "5", "TRUE", "false", *GOOD.values()])


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Lines of cells, of which most fit."""
    header = draw(st.sampled_from([list(GOOD), [*GOOD, "more"], list(GOOD)[:4], ["s", "x"]]))
    rows = draw(st.integers(1, 5))
    table = [[GOOD.get(name, "1") for name in header] for _ in range(rows)]
    for _ in range(draw(st.integers(0, 3))):
        table[draw(st.integers(0, rows - 1))][draw(st.integers(0, len(header) - 1))] = draw(cells)
    return [header, *table] if draw(st.booleans()) or header != list(GOOD) else table


@st.composite
def csv_bodies(draw: st.DrawFn) -> bytes:
    """CSV, more or less: quoted in more than one way, with other ends of lines."""
    quote = draw(st.sampled_from(["always", "needed", "never"]))

    def written(cell: str) -> str:
        needed = any(c in cell for c in ',"\n\r')
        if quote == "always" or (needed and quote == "needed"):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\n\n", "\r"]))
    text = end.join(",".join(map(written, line)) for line in draw(tables()))
    start, stop = draw(st.sampled_from(["", "", "\n", "\ufeff"])), draw(st.sampled_from(["", end]))
    return (start + text + stop).encode()


@given(csv_bodies())
@example(b'x,i,g,s\n1.5,7,a,"t"x\n')
@example(b'x,i,g,s\n1.5,7,a,t"t\n1.5,7,a,"t\n')
@example(b'"x","i","g","s"\n1.5,7,a,"t ""u"", v\n"\n')
@example(b"x,i,g,s\n1.5,7,a,\xff\n")
@example(b"x,i,g,s,more\n1.5,7,a,t,\xff\n")
@example(b"x,i,g,s,x\n1.5,7,a,t,2\n")
@example(b"x,i,g,s\n1.5,7,a\n")
@example(b"x,i,g,s\n")
@example(b"x,i,g,s\n1.5,2147483648,a,t\n,-2147483648,,\n")
@example(b"x,i,g,s\n1.5,7,a," + b"t" * (1 << 18) + b"\n1,7,a,t\n")
def test_csv(body: bytes) -> None:
    check(CSV, body)


json_cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["a", "NA", "5", "{", "}\n{", "[", '"x":', *GOOD.values()]),
    st.text(max_size=3),
)
FITTING = {**GOOD, "x": 1.5, "i": 7, "b": True}


@st.composite
def json_lines(draw: st.DrawFn) -> bytes:
    """Records of which most fit, with keys that lack, are unknown, or stand twice."""
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        record: dict[str, Any] = dict(FITTING)
        for _ in range(draw(st.integers(0, 2))):
            record[draw(st.sampled_from([*FITTING, "more"]))] = draw(json_cells)
        if draw(st.integers(0, 5)) == 0:
            del record[draw(st.sampled_from(list(record)))]
        text = json.dumps(record, ensure_ascii=draw(st.booleans()))
        lines.append(draw(st.sampled_from([text, text.replace(": ", ":").replace(", ", ",")])))
    end = draw(st.sampled_from(["\n", "\n", "\n\n", "\r\n", " "]))
    return (end.join(lines) + draw(st.sampled_from(["", "\n"]))).encode("utf-8", "replace")


LINE = json.dumps(FITTING).encode()


@given(json_lines())
@example(LINE + b"\n" + LINE.replace(b"1.5", b"-0"))
@example(LINE.replace(b"1.5", b"-0.0"))
@example(LINE.replace(b"1.5", b"NaN"))
@example(LINE.replace(b"7", b"2147483648"))
@example(LINE.replace(b"7", b"7.0"))
@example(LINE.replace(b"1.5", b"1e999"))
@example(LINE.replace(b"1.5", b"12345678901234567890123"))
@example(LINE.replace(b'"x": 1.5', b'"x": 1.5, "x": 2'))
@example(LINE.replace(b'"x"', b'"\\u0078"'))
@example(LINE.replace(b'"x": 1.5', b'"x": null, "more": "\\"x\\":"'))
@example(LINE.replace(b'"x": 1.5', b'"more": {"x": 1}'))
@example(LINE[:-1] + b"\n}\n" + LINE + LINE)
@example(LINE.replace(b'"t"', b'"t}') + b"\n" + b'{u"' + LINE[1:])
@example(LINE.replace(b'"t"', b'"\xff"'))
@example(LINE.replace(b'"x": 1.5', b'"x": 1.5, "more": "\xed\xa0\x80"'))
@example(LINE.replace(b'"x": 1.5', b'"x": 1.5, "\xff": 1'))
@example(LINE.replace(b", ", b",\n", 1) + b"\n" + LINE)
@example(LINE + b"\n[1]")
@example(b"[1.5, 7]\n" + LINE)
def test_json_lines(body: bytes) -> None:
    check(LINES, body)


bits = st.sampled_from([b"\xff", b"\xc3", b"\0", b"\n", b"\r", b'"', b"\\", b"{", b"}", b",", b"0"])


@given(st.sampled_from([(CSV, csv_bodies()), (LINES, json_lines())]), st.data())
def test_damaged(kind: tuple[str, st.SearchStrategy[bytes]], data: st.DataObject) -> None:
    content_type, bodies = kind
    body = data.draw(bodies)
    start = data.draw(st.integers(0, len(body)))
    stop = start + data.draw(st.integers(0, 2))
    check(content_type, body[:start] + data.draw(bits) + body[stop:])


columns = st.one_of(
    st.lists(st.none() | st.floats(), min_size=3, max_size=3),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3),
    st.lists(st.none() | st.integers(-9, 9), min_size=3, max_size=3),
    st.lists(st.none() | st.booleans(), min_size=3, max_size=3),
    st.lists(st.none() | st.sampled_from(["a", "NA", "5", "z", "t"]), min_size=3, max_size=3),
    st.lists(st.none() | st.dates(), min_size=3, max_size=3),
    st.lists(st.none() | st.datetimes(), min_size=3, max_size=3),
)


@given(st.dictionaries(st.sampled_from([*FITTING, "more"]), columns), st.booleans())
def test_parquet(changed: dict[str, Any], in_groups: bool) -> None:
    table = pa.table({**{name: pa.array([cell] * 3) for name, cell in FITTING.items()}, **changed})
    sink = io.BytesIO()
    parquet.write_table(table, sink, row_group_size=2 if in_groups else 3)
    check(PARQUET, sink.getvalue())


def arrow_reads(content_type: str, body: bytes) -> bool:
    columns = raw(content_type, body, by_arrow=True).columns
    return all(isinstance(columns[name], Cells) for name in SCHEMA.names if name in columns)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_arrow_reads_plain_csv(end: str, quote: str) -> None:
    lines = [list(GOOD), list(GOOD.values()), ["", "", "NA", "", "NA", "NA", "NA"]]
    text = end.join(",".join(f"{quote}{cell}{quote}" for cell in line) for line in lines)
    assert arrow_reads(CSV, (text + end).encode())
    assert arrow_reads(CSV, (text.replace("t,", "two words,")).encode())


def test_arrow_reads_plain_json_lines_and_parquet() -> None:
    nulls = json.dumps(dict.fromkeys(FITTING), separators=(",", ":")).encode()
    assert arrow_reads(LINES, LINE.replace(b": ", b":") + b"\n" + nulls)
    assert arrow_reads(LINES, LINE + b"\n" + LINE + b"\n")
    sink = io.BytesIO()
    parquet.write_table(pa.table({name: [cell] for name, cell in FITTING.items()}), sink)
    assert arrow_reads(PARQUET, sink.getvalue())


def test_a_long_column_of_texts_holds_each_once() -> None:
    body = b"x,i,g,s\n" + b"1,2,a,one\n2,3,5,two\n" * 5000
    frame = Coercer(Schema(SCHEMA.predictors[:4]))(raw(CSV, body, by_arrow=True))
    texts: Any = frame.columns[3]
    assert (texts.values, len(texts)) == (["one", "two"], 10_000)
    assert np.array_equal(texts.codes, np.tile([0, 1], 5000))


def test_bad_rows_are_sifted_out() -> None:
    rows = [list(GOOD.values()) for _ in range(4)]
    rows[1][0], rows[3][2] = "two", "z"
    text = "\n".join(",".join(line) for line in [[*GOOD, "more"], *[[*row, "1"] for row in rows]])
    body = text.encode()
    slow, fast = (
        sift(Coercer(SCHEMA), raw(CSV, body, by_arrow, lenient=True)) for by_arrow in (False, True)
    )
    assert fast[1] == slow[1] and list(slow[1]) == [1, 3]
    assert fast[0] is not None and slow[0] is not None and same_frame(fast[0], slow[0])
