"""asking: the headers and bodies of requests to a model."""

from collections.abc import Iterable

from bridge.codecs import CSV, DECODERS, DEFAULT, LINES, NPY, PARQUET, STREAM
from bridge.openapi.facts import Examples, Json

_TEXT: Json = {"type": "string"}
_HEADERS: dict[str, Json] = {
    "Content-Encoding": {"schema": {"enum": ["identity", "gzip", ""]}},
    "Accept-Encoding": {
        "schema": _TEXT,
        "description": "With gzip, answers of 1 kB or more come packed.",
    },
    "X-Amzn-SageMaker-Accept": {
        "schema": _TEXT,
        "description": "Taken where there is no Accept.",
    },
    "X-Amzn-SageMaker-Custom-Attributes": {
        "schema": _TEXT,
        "description": "Arguments of predict(), as `name=value; name=value`. "
        "What is none of those that bridge.toml allows is passed over.",
    },
    "X-Amzn-SageMaker-Inference-Id": {
        "schema": _TEXT,
        "description": "Told in the server's log.",
    },
}
_TEXTS = {
    CSV: "A line a record: in the model's order of fields, or in that of a header line.",
    **dict.fromkeys(LINES, "A record a line, in one of the forms of the schema Records."),
}
_BINARY = {
    **dict.fromkeys(PARQUET, "Columns by name."),
    STREAM: "Arrow's IPC stream: columns by name.",
    NPY: "NumPy's format: a matrix in the model's order of fields, or an array with named fields.",
}
# What ``curl -d`` says, and "" where nothing is said: both are read as JSON.
_UNTOLD = ("", "application/x-www-form-urlencoded")


def headers() -> list[Json]:
    """The headers that are read, as parameters of a request; none must be sent."""
    return [{"name": name, "in": "header", **told} for name, told in _HEADERS.items()]


def platform_headers() -> list[Json]:
    """Those that SageMaker passes on to a container."""
    return [told for told in headers() if told["name"].startswith("X-Amzn-")]


def body(json: Json, examples: Examples) -> Json:
    """A body in every media type that is read; ``json`` is the schema of those in JSON."""
    content = {name: {"schema": _schema(name, json)} for name in _read()}
    for name, shown in examples.items():
        content[name]["examples"] = {key: {"value": value} for key, value in shown.items()}
    return {"required": True, "content": content}


def _read() -> Iterable[str]:
    return (name for name in DECODERS if name not in _UNTOLD)


def _schema(name: str, json: Json) -> Json:
    if name == DEFAULT:
        return json
    if name in _TEXTS:
        return {**_TEXT, "description": _TEXTS[name]}
    return {"description": _BINARY[name]}
