"""golden: requests with which a model proves itself and warms up, from golden.jsonl.

Each line is a JSON object: ``request``, ``status`` and ``response``, as a client would
send and see them.
"""

import logging
from pathlib import Path
from typing import Any

import orjson

from bridge.codecs import json
from bridge.codecs.reading import Reading, Sizes
from bridge.coerce import Coercer
from bridge.errors import RequestError
from bridge.frame import Frame, RawFrame
from bridge.schema import Schema

MOST = 64
log = logging.getLogger(__name__)


def golden_frames(path: Path | None, coerce: Coercer) -> list[Frame]:
    """The first requests that are answered with 200 and hold no missing value."""
    if path is None:
        return []
    reading = Reading.of(coerce.schema, None, Sizes())
    frames = []
    for line in path.read_text(encoding="utf-8").strip().split("\n"):
        try:
            golden = orjson.loads(line)
            if golden["status"] == 200:
                frames.append(coerce(json.decode(orjson.dumps(golden["request"]), reading)))
        except (RequestError, orjson.JSONDecodeError, KeyError, TypeError) as error:
            log.warning("golden.jsonl: a line is passed over: %r", error)
    return [frame for frame in frames if not frame.missing][:MOST]


def first_answered(path: Path) -> Any:
    """The first request that is answered with 200; None if there is none."""
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            golden = orjson.loads(line)
            if golden["status"] == 200:
                return golden["request"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            pass
    return None


def sample_frame(schema: Schema) -> Frame:
    """One row of made-up values that fit ``schema``."""
    values = {
        "string": "",
        "boolean": True,
        "date": "2000-01-01",
        "datetime": "2000-01-01T00:00:00Z",
        "integer": 1,
        "number": 1,
    }
    row = [p.levels[0] if p.levels else values[p.type] for p in schema.predictors]
    columns = {name: [value] for name, value in zip(schema.names, row, strict=True)}
    return Coercer(schema)(RawFrame(columns, 1))
