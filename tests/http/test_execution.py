"""What a transform job is told to send: from workers and limits, within the platform's own."""

import pytest

from bridge.config import load_settings
from bridge.http.execution import execution_parameters


@pytest.mark.parametrize(
    ("environ", "concurrent", "payload"),
    [
        ({"RBRIDGE_WORKERS": "1"}, 1, 25),
        ({"RBRIDGE_WORKERS": "4"}, 4, 25),
        ({"RBRIDGE_WORKERS": "5"}, 5, 20),
        ({"RBRIDGE_WORKERS": "64"}, 64, 1),
        ({"RBRIDGE_WORKERS": "300"}, 100, 1),
        ({"RBRIDGE_WORKERS": "2", "SAGEMAKER_MAX_PAYLOAD_IN_MB": "6"}, 2, 6),
        ({"RBRIDGE_WORKERS": "2", "SAGEMAKER_MAX_PAYLOAD_IN_MB": "0"}, 2, 50),
        ({"RBRIDGE_WORKERS": "1", "SAGEMAKER_MAX_PAYLOAD_IN_MB": "0"}, 1, 100),
        ({"RBRIDGE_WORKERS": "1", "RBRIDGE_MAX_BODY_MB": "0.5"}, 1, 1),
        ({"RBRIDGE_WORKERS": "4", "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "2"}, 2, 25),
    ],
)
def test_size_and_number_of_requests(
    environ: dict[str, str], concurrent: int, payload: int
) -> None:
    told = execution_parameters(load_settings({}, environ))
    assert (told["MaxConcurrentTransforms"], told["MaxPayloadInMB"]) == (concurrent, payload)
    assert concurrent * payload <= 100


@pytest.mark.parametrize("text", ["SINGLE_RECORD", "single_record", "Single_Record"])
def test_the_strategy_is_spelled_as_the_platform_does(text: str) -> None:
    settings = load_settings({}, {"SAGEMAKER_BATCH_STRATEGY": text})
    assert execution_parameters(settings)["BatchStrategy"] == "SINGLE_RECORD"
    assert execution_parameters(load_settings({}, {}))["BatchStrategy"] == "MULTI_RECORD"
