"""logs: the last lines that a container wrote, from CloudWatch."""

from typing import Any

from bridge.deploy.aws import Aws
from bridge.deploy.refused import Refused
from bridge.deploy.step import Call

ENDPOINTS = "/aws/sagemaker/Endpoints/"  # and the name
TRANSFORM_JOBS = "/aws/sagemaker/TransformJobs"
MOST_LINES = 25


def last_lines(aws: Aws, group: str, prefix: str | None = None) -> str:
    """The last lines of the stream that was written to last, or why there are none."""
    try:
        stream = _stream(aws, group, prefix)
        if stream is None:
            return f"CloudWatch has no log of it in {group}: the container was never started"
        return _lines(aws, group, stream)
    except Refused as error:
        if error.is_missing:
            return f"CloudWatch has no log group {group}: the container was never started"
        return f"Its log in CloudWatch cannot be read: {error}"


def _stream(aws: Aws, group: str, prefix: str | None) -> str | None:
    asked: dict[str, Any] = {"logGroupName": group}
    if prefix:  # with which CloudWatch does not sort by time
        asked["logStreamNamePrefix"] = prefix
    else:
        asked |= {"orderBy": "LastEventTime", "descending": True}
    found = aws.call(Call("logs", "describe_log_streams", asked))["logStreams"]
    return str(found[0]["logStreamName"]) if found else None


def _lines(aws: Aws, group: str, stream: str) -> str:
    asked = {"logGroupName": group, "logStreamName": stream, "limit": MOST_LINES}
    events = aws.call(Call("logs", "get_log_events", {**asked, "startFromHead": False}))["events"]
    lines = "".join(f"  | {event['message'].rstrip()}\n" for event in events)
    return f"The end of its log ({group}, {stream}):\n{lines}".rstrip()
