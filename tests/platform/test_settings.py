"""Settings whose defaults depend on where the server runs."""

import pytest

from bridge.config import BATCH_DEADLINE, MOST_BODY_MB, ON_SAGEMAKER, load_settings


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "1"])
def test_a_request_of_a_transform_job_has_an_hour(text: str) -> None:
    settings = load_settings({}, {"SAGEMAKER_BATCH": text})
    assert (settings.batch, settings.deadline) == (True, BATCH_DEADLINE)


@pytest.mark.parametrize("text", ["false", "False", "0", ""])
def test_elsewhere_it_has_a_minute(text: str) -> None:
    settings = load_settings({}, {"SAGEMAKER_BATCH": text})
    assert (settings.batch, settings.deadline) == (False, 60)


def test_a_deadline_that_is_set_holds_for_a_transform_job_too() -> None:
    environ = {"SAGEMAKER_BATCH": "true", "SAGEMAKER_MODEL_SERVER_TIMEOUT": "90"}
    assert load_settings({}, environ).deadline == 90
    assert load_settings({"deadline": 5.0}, environ).deadline == 5


def test_a_payload_without_limit_is_taken_as_far_as_any() -> None:
    assert load_settings({}, {"SAGEMAKER_MAX_PAYLOAD_IN_MB": "0"}).max_body_mb == MOST_BODY_MB
    environ = {"SAGEMAKER_MAX_PAYLOAD_IN_MB": "0", "RBRIDGE_MAX_BODY_MB": "3"}
    assert load_settings({}, environ).max_body_mb == 3


@pytest.mark.parametrize("name", ON_SAGEMAKER)
def test_on_sagemaker_the_endpoints_are_off_unless_switched_on(name: str) -> None:
    settings = load_settings({}, {name: "true" if "BIND" not in name else "8080"})
    assert not settings.endpoints and not settings.chunked
    environ = {name: "true" if "BIND" not in name else "8080", "RBRIDGE_ENDPOINTS": "true"}
    assert load_settings({}, environ).endpoints


def test_elsewhere_the_endpoints_are_on_unless_switched_off() -> None:
    assert load_settings({}, {}).endpoints
    assert not load_settings({}, {"RBRIDGE_ENDPOINTS": "False"}).endpoints
    assert not load_settings({"endpoints": False}, {}).endpoints
