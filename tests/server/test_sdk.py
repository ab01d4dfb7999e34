"""The SageMaker Python SDK, by what it sent and made of answers: see ``sdk/record.py``.

Its serializers make the body that an endpoint gets, its deserializers read what comes back.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.test_clients import client_of, refused
from tests.serving import Server, serving

HERE = Path(__file__).parent / "sdk"
RECORDED: Any = json.loads((HERE / "recorded.json").read_text())
BOTH: dict[str, list[Any]] = {"exact": [4.5, 10.0], "marathon": ["03:23:30", "04:27:09"]}
REFUSED = {
    "JSONSerializer": (400, "non_finite_number"),
    "IdentitySerializer": (415, "unsupported_media_type"),
    "StringSerializer": (415, "unsupported_media_type"),
    "SparseMatrixSerializer": (415, "unsupported_media_type"),
    "LibSVMSerializer": (415, "unsupported_media_type"),
}


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(HERE / "model", tmp_path_factory.mktemp("exact")) as server:
        yield server


@pytest.fixture(scope="module")
def runtimes(exact: Server, marathon: Server) -> dict[str, Any]:
    return {"exact": client_of(exact), "marathon": client_of(marathon)}


def requests(*models: str) -> list[Any]:
    return [
        pytest.param(one, id=f"{one['serializer']} {one['data']}")
        for one in RECORDED["requests"]
        if one["model"] in models
    ]


def invoke(runtime: Any, one: dict[str, str]) -> list[Any]:
    """The predictions for a recorded body, sent as the SDK sends it: with boto3."""
    answer = runtime.invoke_endpoint(
        EndpointName="any",
        Body=base64.b64decode(one["body"]),
        ContentType=one["content_type"],
        Accept="application/json",
    )
    (predictions,) = json.loads(answer["Body"].read()).values()
    return list(predictions)


@pytest.mark.parametrize("one", requests("exact", "marathon"))
def test_what_a_serializer_makes_is_read(one: dict[str, str], runtimes: dict[str, Any]) -> None:
    model = one["model"]
    rows = 1 if one["data"] in ("one row", "a record") else 2
    assert invoke(runtimes[model], one) == BOTH[model][:rows]


@pytest.mark.parametrize("one", requests("refused"))
def test_what_cannot_be_read_is_refused_with_a_reason(
    one: dict[str, str], runtimes: dict[str, Any]
) -> None:
    body, content_type = base64.b64decode(one["body"]), one["content_type"]
    response = refused(runtimes["exact"], body, content_type=content_type)
    error = json.loads(response["OriginalMessage"])["error"]
    assert (response["OriginalStatusCode"], error["code"]) == REFUSED[one["serializer"]]


@pytest.mark.parametrize(
    "one",
    RECORDED["answers"],
    ids=lambda one: f"{one['deserializer']} {one['accept']}",
)
def test_a_deserializer_still_gets_the_bytes_that_it_read(
    one: dict[str, Any], exact: Server
) -> None:
    """``gives`` says what it made of them."""
    reply = exact.invoke([[1, 2.5], [3, 4]], accept=one["accept"])
    assert reply.headers["content-type"] == one["content_type"]
    assert reply.content == base64.b64decode(one["body"])
    assert "4.5" in str(one["gives"]) and "10.0" in str(one["gives"])
