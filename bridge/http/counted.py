"""counted: which requests that are refused are counted, where no model has had them yet."""

from bridge.http.token import is_open

METRICS = "/metrics"


def is_counted(url: bytes) -> bool:
    """False for what platforms ask of their own accord, again and again."""
    return not is_open(url) and url.partition(b"?")[0] != METRICS.encode()
