"""Clients as they are, unchanged: boto3 against the server's own port."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import httpx
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.serving import RECORD, Server, serving

ANSWER = {"marathon_time": ["03:23:30"]}
JSON = "application/json"


def client_of(server: Server) -> Any:
    """Credentials and region are of no account, but boto3 wants some."""
    return boto3.client(
        "sagemaker-runtime",
        endpoint_url=server.url,
        region_name="eu-west-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def runtime(marathon: Server) -> Any:
    return client_of(marathon)


def invoke(runtime: Any, body: Any, content_type: str = JSON, **arguments: str) -> dict[str, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer: dict[str, Any] = runtime.invoke_endpoint(
        EndpointName="any-name", Body=content, ContentType=content_type, **arguments
    )
    return answer


def refused(runtime: Any, body: Any, **arguments: str) -> dict[str, Any]:
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        invoke(runtime, body, **arguments)
    response: dict[str, Any] = caught.value.response
    return response


def test_json(runtime: Any) -> None:
    answer = invoke(runtime, RECORD)
    assert json.loads(answer["Body"].read()) == ANSWER
    assert answer["ContentType"] == JSON
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert "CustomAttributes" not in answer


def test_csv(runtime: Any) -> None:
    body = b"hmtime,gender\n1:30:20,M\n2:00:00,F\n"
    answer = invoke(runtime, body, "text/csv", Accept="text/csv")
    assert answer["Body"].read().split()[-2:] == [b"03:23:30", b"04:27:09"]
    assert answer["ContentType"] == "text/csv"


def test_a_body_without_content_type(runtime: Any) -> None:
    answer = runtime.invoke_endpoint(EndpointName="x", Body=json.dumps(RECORD))
    assert json.loads(answer["Body"].read()) == ANSWER


def test_a_variant_is_told_by_the_name_that_was_asked(runtime: Any) -> None:
    assert invoke(runtime, RECORD, TargetVariant="b")["InvokedProductionVariant"] == "b"


def test_a_refused_level_is_a_model_error_with_our_message(runtime: Any, marathon: Server) -> None:
    record = {**RECORD, "gender": "X"}
    response = refused(runtime, record)
    ours = marathon.invoke(record)
    assert response["Error"]["Code"] == "ModelError"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (response["OriginalStatusCode"], ours.status_code) == (422, 422)
    assert response["OriginalMessage"] == ours.text
    assert response["Error"]["Message"] == (
        f'Received client error (422) from primary with message "{ours.text}".'
    )
    begin = '{"error":{"message":"gender: \\"X\\" is not one of \\"F\\", \\"M\\" (row 0)"'
    assert response["OriginalMessage"].startswith(begin)


@pytest.mark.parametrize(
    ("body", "arguments", "status"),
    [
        (b"{", {}, 400),
        (RECORD, {"Accept": "image/png"}, 406),
        (b"<x/>", {"content_type": "text/xml"}, 415),
        (b" " * (26 * 2**20), {}, 413),
    ],
)
def test_every_refusal_keeps_its_own_status(
    runtime: Any, body: Any, arguments: dict[str, str], status: int
) -> None:
    assert refused(runtime, body, **arguments)["OriginalStatusCode"] == status


def test_messages_stay_within_what_the_api_allows(runtime: Any) -> None:
    record = {"hmtime": "1:30:20", "gender": "X" * 5000}
    response = refused(runtime, [record] * 200)
    assert len(response["OriginalMessage"]) <= 2048 and len(response["Error"]["Message"]) <= 2048


def test_a_failure_of_the_server_is_a_model_error_too(tmp_path: Path, faulty_model: Path) -> None:
    with serving(faulty_model, tmp_path) as server:
        response = refused(client_of(server), {"x": 1, "mode": "stop"})
        assert response["OriginalStatusCode"] == 500
        assert response["Error"]["Message"].startswith("Received server error (500) from primary")


def parts(runtime: Any, body: Any, **arguments: str) -> Iterator[bytes]:
    answer = runtime.invoke_endpoint_with_response_stream(
        EndpointName="any-name", Body=json.dumps(body).encode(), ContentType=JSON, **arguments
    )
    assert answer["ContentType"] == arguments.get("Accept", JSON)
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    for event in answer["Body"]:
        yield event["PayloadPart"]["Bytes"]


def test_a_response_stream(runtime: Any) -> None:
    assert json.loads(b"".join(parts(runtime, RECORD))) == ANSWER


def test_a_response_stream_takes_its_accept_from_sagemakers_header(runtime: Any) -> None:
    assert b"".join(parts(runtime, RECORD, Accept="text/csv")).split()[-1] == b"03:23:30"


def test_a_large_response_comes_in_several_parts(runtime: Any) -> None:
    received = list(parts(runtime, [RECORD] * 20_000))
    assert len(received) > 2
    assert json.loads(b"".join(received)) == {"marathon_time": ["03:23:30"] * 20_000}


def test_an_error_before_the_stream_begins_is_a_model_error(runtime: Any) -> None:
    with pytest.raises(runtime.exceptions.ModelError, match="is not one of"):
        list(parts(runtime, {**RECORD, "gender": "X"}))


@pytest.mark.parametrize(
    "environ",
    [{"RBRIDGE_ENDPOINTS": "false"}, {"SAGEMAKER_SAFE_PORT_RANGE": "4460-4470"}],
    ids=["switched off", "on SageMaker"],
)
def test_the_endpoints_are_not_there(
    tmp_path: Path, faulty_model: Path, environ: dict[str, str]
) -> None:
    with serving(faulty_model, tmp_path, **environ) as server:
        with pytest.raises(ClientError, match="404"):
            invoke(client_of(server), {"x": 1, "mode": "ok"})
        assert server.invoke({"x": 1, "mode": "ok"}).status_code == 200


def test_other_methods_are_refused(marathon: Server) -> None:
    assert httpx.get(marathon.url + "/endpoints/x/invocations").status_code == 405
