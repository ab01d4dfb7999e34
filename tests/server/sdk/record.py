"""Records what the SageMaker Python SDK sends, and what it makes of our answers.

    pip install sagemaker-core==2.27.0     # in an environment of its own
    rbridge serve tests/server/sdk/model
    python tests/server/sdk/record.py http://localhost:8080 > tests/server/sdk/recorded.json

The SDK is not among the packages that the tests need: it brings thirty others, 300 MB, and
wants an older ``rich``. ``sagemaker`` 2.257.7, whose modules have other names, gave the same.
"""

import base64
import io
import json
import sys
from importlib.metadata import version
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import numpy as np
import pandas as pd  # type: ignore[import-untyped, import-not-found, unused-ignore]
import scipy.sparse  # type: ignore[import-untyped, import-not-found, unused-ignore]
from sagemaker.core import (  # type: ignore[import-not-found, unused-ignore]
    deserializers,
    serializers,
)

ROWS = [[1, 2.5], [3, 4]]
RECORDS = [{"a": 1, "b": 2.5}, {"a": 3, "b": 4}]
RUNNER = {"hmtime": "1:30:20", "gender": "M"}
RUNNERS = [["1:30:20", "M"], ["2:00:00", "F"]]


class Sent(NamedTuple):
    """``data`` is given to ``serializer``, and so serialized for a model."""

    model: str
    serializer: Any
    data: Any
    told: str


def sent() -> list[Sent]:
    array = np.array(ROWS)
    json_, csv, lines = (
        serializers.JSONSerializer(),
        serializers.CSVSerializer(),
        serializers.JSONLinesSerializer(),
    )
    npy, typed = serializers.NumpySerializer(), serializers.NumpySerializer(dtype="float32")
    as_csv = serializers.IdentitySerializer(content_type="text/csv")
    return [
        Sent("exact", json_, ROWS, "rows"),
        Sent("exact", json_, array, "an array"),
        Sent("exact", json_, RECORDS, "records"),
        Sent("exact", json_, {"instances": ROWS}, "instances"),
        Sent("exact", json_, {"a": array[:, 0], "b": array[:, 1]}, "a dict of arrays"),
        Sent("exact", csv, ROWS, "rows"),
        Sent("exact", csv, array, "an array"),
        Sent("exact", csv, ["1,2.5", "3,4"], "lines"),
        Sent("exact", csv, "1,2.5\n3,4\n", "text"),
        Sent("exact", csv, pd.DataFrame(RECORDS), "a data frame"),
        Sent("exact", csv, io.StringIO("a,b\n1,2.5\n3,4\n"), "a file with a header"),
        Sent("exact", csv, ROWS[0], "one row"),
        Sent("exact", lines, RECORDS, "records"),
        Sent("exact", lines, ROWS, "rows"),
        Sent("exact", npy, ROWS, "rows"),
        Sent("exact", npy, array, "an array"),
        Sent("exact", npy, np.asfortranarray(array), "an array of columns"),
        Sent("exact", npy, pd.DataFrame(RECORDS), "a data frame"),
        Sent("exact", npy, np.array(ROWS[0]), "one row"),
        Sent("exact", typed, ROWS, "rows as float32"),
        Sent("exact", as_csv, b"1,2.5\n3,4", "bytes"),
        Sent("marathon", json_, RUNNER, "a record"),
        Sent("marathon", csv, RUNNERS, "rows"),
        Sent("marathon", csv, pd.DataFrame(RUNNERS), "a data frame"),
        Sent("marathon", lines, [RUNNER], "a record"),
        Sent("refused", json_, [[1, float("nan")]], "NaN"),
        Sent("refused", serializers.IdentitySerializer(), b"1,2.5", "bytes"),
        Sent("refused", serializers.StringSerializer(), "1,2.5", "text"),
        Sent(
            "refused", serializers.SparseMatrixSerializer(), scipy.sparse.csr_matrix(array), "rows"
        ),
        Sent("refused", serializers.LibSVMSerializer(), "0 1:1 2:2.5", "text"),
    ]


def received() -> list[Any]:
    return [
        deserializers.JSONDeserializer(),
        deserializers.CSVDeserializer(),
        deserializers.JSONLinesDeserializer(),
        deserializers.NumpyDeserializer(),
        deserializers.NumpyDeserializer(accept="text/csv"),
        deserializers.PandasDeserializer(accept="application/json; layout=records"),
        deserializers.PandasDeserializer(accept="application/json; layout=columns"),
        deserializers.StringDeserializer(accept="text/csv"),
        deserializers.BytesDeserializer(),
        deserializers.StreamDeserializer(accept="text/csv"),
    ]


def as_bytes(body: str | bytes) -> bytes:
    """As boto3 sends it."""
    return body.encode() if isinstance(body, str) else body


def recorded_request(one: Sent) -> dict[str, str]:
    return {
        "model": one.model,
        "serializer": type(one.serializer).__name__,
        "data": one.told,
        "content_type": one.serializer.CONTENT_TYPE,
        "body": base64.b64encode(as_bytes(one.serializer.serialize(one.data))).decode(),
    }


def recorded_answer(url: str, deserializer: Any) -> dict[str, Any]:
    accept = ", ".join(deserializer.ACCEPT)  # as the SDK does
    headers = {"content-type": "application/json", "accept": accept}
    request = Request(f"{url}/invocations", json.dumps(ROWS).encode(), headers)
    with urlopen(request) as reply:
        body, content_type = reply.read(), reply.headers["content-type"]
    return {
        "deserializer": type(deserializer).__name__,
        "accept": accept,
        "content_type": content_type,
        "body": base64.b64encode(body).decode(),
        "gives": plain(deserializer.deserialize(io.BytesIO(body), content_type)),
    }


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it."""
    if isinstance(value, pd.DataFrame):
        return value.to_dict("list")
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [value[0].read().decode(), value[1]]
    return value.decode() if isinstance(value, bytes) else value


def main(url: str) -> None:
    recorded = {
        "versions": {name: version(name) for name in ("sagemaker-core", "numpy", "pandas")},
        "requests": [recorded_request(one) for one in sent()],
        "answers": [recorded_answer(url, one) for one in received()],
    }
    sys.stdout.write(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
