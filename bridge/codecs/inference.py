"""inference: requests and responses of the Open Inference Protocol (v2) in JSON.

A request has a tensor for each field, ``{"inputs": [{"name", "shape", "datatype", "data"}]}``;
or one of all its several fields, ``[rows, fields]`` in the model's order, whose name is none of
them. Tensors may also be bytes behind the JSON. A response is always JSON, with a tensor for
each column.

https://github.com/kserve/open-inference-protocol
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from bridge.answer import Answer
from bridge.codecs import json
from bridge.codecs.digits import elements
from bridge.codecs.parsing import wrong
from bridge.codecs.pieces import CELLS, is_long
from bridge.codecs.reading import CELL_BYTES, Reading
from bridge.codecs.shapes import names
from bridge.codecs.tensors import Tensor, head, output_datatype, read_tensor, tensor, written
from bridge.errors import NoRows, UnevenColumns, WrongShape
from bridge.frame import Column, RawFrame
from bridge.show import show_list

VERSION = "1"
FORM = '{"inputs": [{"name": "...", "shape": [rows], "datatype": "...", "data": [...]}]}'
# Parameters that speak of the transport, as clients send them unasked; not for predict().
_TRANSPORT = ("binary_data_output", "content_type")


class Wanted(NamedTuple):
    """What a response must repeat, and the ``outputs`` it must hold; none: all."""

    model: str
    id: str | None
    outputs: tuple[str, ...]


def read(
    body: bytes, reading: Reading, model: str, json_bytes: int | None = None
) -> tuple[RawFrame, Wanted]:
    """The records, and what the response must repeat.

    ``json_bytes`` of the body are JSON; None: all. Raises a RequestError.
    """
    document, binary = _parsed(body, json_bytes)
    inputs = document.get("inputs")
    if type(inputs) is not list or not inputs:
        raise WrongShape(f'"inputs" is not an array of tensors; send {FORM}')
    wanted = Wanted(model, _id(document), _outputs(document))
    raw = _frame(_tensors(inputs, binary, reading), reading)
    return raw._replace(parameters=_parameters(document)), wanted


def _parsed(body: bytes, json_bytes: int | None) -> tuple[dict[str, Any], bytes]:
    """The JSON, and the bytes behind it."""
    text = body if json_bytes is None else body[:json_bytes]
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise wrong(text, error) from None
    if type(document) is not dict:
        raise WrongShape(f"the body is not a JSON object; send {FORM}")
    return document, body[len(text) :]


def _id(document: dict[str, Any]) -> str | None:
    ident = document.get("id")
    if ident is None or type(ident) is str:
        return ident
    raise WrongShape('"id" is not a string')


def _outputs(document: dict[str, Any]) -> tuple[str, ...]:
    outputs = document.get("outputs") or []
    if type(outputs) is list and all(
        type(output) is dict and type(output.get("name")) is str for output in outputs
    ):
        return tuple(output["name"] for output in outputs)
    raise WrongShape('"outputs" is not an array of objects with a name')


def _parameters(document: dict[str, Any]) -> dict[str, Any]:
    parameters = document.get("parameters") or {}
    if type(parameters) is not dict:
        raise WrongShape('"parameters" is not an object')
    return {name: value for name, value in parameters.items() if name not in _TRANSPORT}


def _tensors(inputs: list[Any], binary: bytes, reading: Reading) -> list[Tensor]:
    tensors, cells, start = [], 0, 0
    for item in inputs:
        size = _binary_size(item)
        if size is None:
            tensors.append(read_tensor(item, None))
            continue
        if size > len(binary) - start:
            raise WrongShape(
                "the body ends within its binary data; the header Inference-Header-Content-Length "
                "says how many bytes of it are JSON"
            )
        tensors.append(read_tensor(item, binary[start : start + size]))
        start += size
        cells += len(tensors[-1].cells)
        reading.check_size(cells * CELL_BYTES)
    if start != len(binary):
        raise WrongShape(f"{len(binary) - start} bytes of the body belong to no input")
    return tensors


def _binary_size(item: Any) -> int | None:
    """How many bytes of the body are the tensor's; None: its data is in the JSON."""
    parameters = item.get("parameters") if type(item) is dict else None
    size = parameters.get("binary_data_size") if type(parameters) is dict else None
    if size is not None and (type(size) is not int or size < 0):
        raise WrongShape('"binary_data_size" is not a number of bytes')
    return size


def _frame(tensors: list[Tensor], reading: Reading) -> RawFrame:
    rows = tensors[0].rows
    if any(tensor.rows != rows for tensor in tensors):
        sizes = ", ".join(f"{tensor.name[:30]}: {tensor.rows}" for tensor in tensors)
        raise UnevenColumns(f"the inputs differ in their number of rows ({sizes[:300]})")
    if not rows:
        raise NoRows("the inputs are empty; send at least one row")
    if len(tensors) == 1 and tensors[0].width > 1 and tensors[0].name not in reading.names:
        return _by_position(tensors[0], reading)
    columns: dict[str, list[object]] = {}
    for name, _, width, cells in tensors:
        if width != 1 or name in columns:
            what = "is there twice" if name in columns else "is of several columns"
            raise WrongShape(f'input "{name[:60]}" {what}; send one column for each field')
        columns[name] = cells
    return RawFrame(columns, rows)


def _by_position(tensor: Tensor, reading: Reading) -> RawFrame:
    reading.check_width(0, tensor.width)
    return RawFrame(dict(zip(reading.names, tensor.columns(), strict=True)), tensor.rows)


def write(answer: Answer, wanted: Sequence[Any]) -> bytes:
    """The response; raises WrongShape for an output that is not there."""
    if is_long(answer):
        return b"".join(in_pieces(answer, wanted))
    document, columns = _response(answer, Wanted(*wanted))
    document["outputs"] = [written(name, column) for name, column in columns]
    return orjson.dumps(document)


def in_pieces(answer: Answer, wanted: Sequence[Any], cells: int = CELLS) -> Iterator[bytes]:
    """The same of a long answer, in pieces of so many cells."""
    document, columns = _response(answer, Wanted(*wanted))
    start = orjson.dumps(document)[:-1] + b',"outputs":['
    for name, column in columns:
        yield start + orjson.dumps(head(name, column))[:-1] + b',"data":'
        yield from json.array(elements(column, cells))
        start = b"},"
    yield b"}]}"


def _response(answer: Answer, wanted: Wanted) -> tuple[dict[str, Any], list[tuple[str, Column]]]:
    """The response without its outputs, and their columns."""
    document: dict[str, Any] = {"model_name": wanted.model, "model_version": VERSION}
    if wanted.id is not None:
        document["id"] = wanted.id
    if told := json.notes(answer.frame):
        document["parameters"] = _scalars(told)
    columns = list(zip(names(answer), answer.frame.columns, strict=True))
    return document, [_output(name, columns) for name in wanted.outputs] or columns


def _output(name: str, columns: list[Any]) -> Any:
    for column in columns:
        if column[0] == name:
            return column
    known = show_list(tuple(column[0] for column in columns))
    raise WrongShape(f'there is no output "{name[:60]}"; there is {known}')


def _scalars(parameters: dict[str, Any]) -> dict[str, Any]:
    """A parameter is a string, a number or a boolean; what is more is JSON in a string."""
    return {
        name: orjson.dumps(value).decode() if isinstance(value, list) else value
        for name, value in parameters.items()
    }


def read_usual(body: bytes, reading: Reading) -> tuple[RawFrame, None]:
    """A request as ``/invocations`` takes it, which is answered by ``write_outputs``."""
    return json.decode(body, reading), None


def write_outputs(answer: Answer, wanted: None) -> bytes:
    """The names and datatypes of a response's outputs, as the model's metadata has them."""
    columns = zip(names(answer), answer.frame.columns, strict=True)
    return orjson.dumps([tensor(name, output_datatype(column)) for name, column in columns])
