"""headers: what a request's headers ask for, and what a response's headers tell."""

from bridge.request import Asked, Reply

Headers = list[tuple[bytes, bytes]]

_PLACES = {
    b"content-type": 0,
    b"accept": 1,
    b"x-amzn-sagemaker-custom-attributes": 2,
    b"content-encoding": 3,
    b"accept-encoding": 4,
    b"x-amzn-sagemaker-accept": 5,  # in place of Accept where a response is streamed
    b"x-amzn-sagemaker-inference-id": 6,
}


def asked(headers: Headers) -> tuple[Asked, str]:
    """What the headers ask for, and the inference id, which is for the log."""
    values = [""] * len(_PLACES)
    for name, value in headers:
        place = _PLACES.get(name)
        if place is not None:
            values[place] = value.decode("latin-1")
    content_type, accept, attributes, packed, packing, streamed, inference = values
    if streamed and accept in ("", "*/*"):  # what some clients send unasked
        accept = streamed
    return Asked(content_type, accept, attributes, packed, packing), inference


def told(reply: Reply, attributes: str) -> Headers:
    """What the body cannot tell; ``attributes`` are given back."""
    headers = []
    if reply.content_encoding:
        headers.append((b"content-encoding", reply.content_encoding.encode()))
    if reply.replaced:
        headers.append((b"rbridge-replaced", b"%d" % reply.replaced))
    if reply.errors:
        headers.append((b"rbridge-errors", b"%d" % reply.errors))
    if attributes:
        headers.append((b"x-amzn-sagemaker-custom-attributes", attributes.encode("latin-1")))
    return headers
