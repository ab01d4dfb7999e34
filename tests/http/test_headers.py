"""What headers ask for and tell, without a server."""

from bridge.http.headers import asked, told
from bridge.request import Asked, Reply


def test_every_header_that_is_known() -> None:
    wanted, inference = asked(
        [
            (b"host", b"here"),
            (b"content-type", b"text/csv; label_size=0"),
            (b"accept", b"text/csv"),
            (b"content-encoding", b"gzip"),
            (b"accept-encoding", b"br, gzip"),
            (b"x-amzn-sagemaker-accept", b"application/json"),
            (b"x-amzn-sagemaker-custom-attributes", b"a=\xe9"),
            (b"x-amzn-sagemaker-inference-id", b"id-1"),
            (b"x-amzn-sagemaker-target-model", b"m"),
        ]
    )
    assert wanted == Asked("text/csv; label_size=0", "text/csv", "a=\xe9", "gzip", "br, gzip")
    assert inference == "id-1"


def test_none_of_them() -> None:
    assert asked([(b"host", b"here")]) == (Asked(), "")


def test_accept_for_a_stream_stands_in_for_one_that_is_not_there() -> None:
    streamed = (b"x-amzn-sagemaker-accept", b"text/csv")
    assert asked([streamed])[0].accept == "text/csv"
    assert asked([streamed, (b"accept", b"*/*")])[0].accept == "text/csv"
    assert asked([streamed, (b"accept", b"application/json")])[0].accept == "application/json"


def test_a_plain_reply_has_nothing_to_tell() -> None:
    assert told(Reply(b"{}", "application/json"), "") == []


def test_a_reply_tells_what_its_body_cannot() -> None:
    assert told(Reply(b"", "text/csv", 3, "gzip", 2), "a=\xe9") == [
        (b"content-encoding", b"gzip"),
        (b"rbridge-replaced", b"3"),
        (b"rbridge-errors", b"2"),
        (b"x-amzn-sagemaker-custom-attributes", b"a=\xe9"),
    ]
