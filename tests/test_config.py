"""Settings: options, environment, defaults, in this order; and what is refused."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bridge.config import Settings, environment, knobs, load_settings, spare_threads
from bridge.cpus import usable_cpus
from bridge.errors import ConfigError
from bridge.knob import Knob

DOCUMENTED = Path(__file__).parents[1] / "docs" / "settings.md"
OTHER: dict[type, tuple[str, Any]] = {int: ("7", 7), float: ("2.5", 2.5), str: ("other", "other")}
CHOSEN = {
    "log_level": "warning",
    "batch_strategy": "single_record",
    "on_error": "placeholder",
    "health_route": "/other",
    "predict_route": "/other",
    "r_may": "network",
}
CASES = [(knob, name) for knob in knobs() for name in knob.env]


def other(knob: Knob) -> tuple[str, Any]:
    """Text and value of a valid setting that is not the default."""
    if knob.type is bool:
        return str(not knob.default), not knob.default
    if knob.name in CHOSEN:
        return CHOSEN[knob.name], CHOSEN[knob.name]
    return OTHER[knob.type]


def test_defaults_where_nothing_is_set() -> None:
    settings = asdict(load_settings({}, {}))
    workers = settings.pop("workers")
    assert workers == usable_cpus()
    assert settings == {knob.name: knob.default for knob in knobs() if knob.name != "workers"}


@pytest.mark.parametrize(("knob", "name"), CASES)
def test_every_environment_name_is_read(knob: Knob, name: str) -> None:
    text, value = other(knob)
    settings = load_settings({}, {name: text})
    assert getattr(settings, knob.name) == value
    assert type(getattr(settings, knob.name)) is knob.type


@pytest.mark.parametrize("knob", knobs())
def test_an_option_wins_over_the_environment(knob: Knob) -> None:
    value = other(knob)[1]
    environ = {name: str(knob.default) for name in knob.env}
    assert getattr(load_settings({knob.name: value}, environ), knob.name) == value


@pytest.mark.parametrize("knob", [knob for knob in knobs() if len(knob.env) > 1])
def test_the_first_environment_name_that_is_set_wins(knob: Knob) -> None:
    first, *others = knob.env
    text, value = other(knob)
    environ = {first: text, **dict.fromkeys(others, str(knob.default))}
    assert getattr(load_settings({}, environ), knob.name) == value


@pytest.mark.parametrize(("knob", "name"), CASES)
def test_an_empty_variable_is_not_set(knob: Knob, name: str) -> None:
    assert load_settings({}, {name: ""}) == load_settings({}, {})


def test_an_option_that_is_not_given_leaves_the_environment_its_say() -> None:
    assert load_settings({"port": None}, {"RBRIDGE_PORT": "4000"}).port == 4000


@pytest.mark.parametrize(
    ("name", "knob"),
    [
        ("SAGEMAKER_BIND_TO_PORT", "port"),
        ("SAGEMAKER_MODEL_SERVER_WORKERS", "workers"),
        ("SAGEMAKER_MODEL_SERVER_TIMEOUT", "deadline"),
        ("SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS", "deadline"),
        ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "max_body_mb"),
        ("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "max_concurrent_transforms"),
    ],
)
def test_sagemakers_names_are_known(name: str, knob: str) -> None:
    assert getattr(load_settings({}, {name: "9"}), knob) == 9


@pytest.mark.parametrize(
    ("name", "value", "knob"),
    [
        ("AIP_HTTP_PORT", "9", "port"),
        ("AIP_HEALTH_ROUTE", "/v1/endpoints/7/deployedModels/8", "health_route"),
        ("AIP_PREDICT_ROUTE", "/v1/endpoints/7/deployedModels/8:predict", "predict_route"),
        ("AIP_STORAGE_URI", "gs://bucket/folder", "storage_uri"),
    ],
)
def test_vertex_ais_names_are_known(name: str, value: str, knob: str) -> None:
    assert str(getattr(load_settings({}, {name: value}), knob)) == value


def test_the_bridges_own_name_wins_over_sagemakers() -> None:
    environ = {"SAGEMAKER_BIND_TO_PORT": "1", "RBRIDGE_PORT": "2"}
    assert load_settings({}, environ).port == 2


@pytest.mark.parametrize(("knob", "name"), [case for case in CASES if case[0].type is not str])
def test_text_that_is_no_number_is_refused_by_the_variables_name(knob: Knob, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {name: "many"})
    assert f"{name}=many is not a" in str(caught.value)


def test_half_a_worker_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"RBRIDGE_WORKERS=1\.5 is not a whole number"):
        load_settings({}, {"RBRIDGE_WORKERS": "1.5"})


@pytest.mark.parametrize(("knob", "name"), [case for case in CASES if case[0].least is not None])
def test_a_number_too_small_is_refused_by_the_variables_name(knob: Knob, name: str) -> None:
    with pytest.raises(ConfigError, match="must be at least") as caught:
        load_settings({}, {name: "-1"})
    assert name in str(caught.value)


@pytest.mark.parametrize("knob", [knob for knob in knobs() if knob.least is not None])
def test_an_option_too_small_is_refused_by_its_name(knob: Knob) -> None:
    with pytest.raises(ConfigError, match="must be at least") as caught:
        load_settings({knob.name: -1}, {})
    assert str(caught.value).startswith(knob.name)


@pytest.mark.parametrize("name", ["port", "drain"])
def test_zero_is_small_enough_where_it_means_something(name: str) -> None:
    assert getattr(load_settings({name: 0}, {}), name) == 0


@pytest.mark.parametrize("name", ["queue", "deadline", "max_body_mb"])
def test_zero_is_too_small_elsewhere(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is 0"):
        load_settings({name: 0}, {})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("RBRIDGE_DEADLINE", "nan"),
        ("RBRIDGE_DEADLINE", "inf"),
        ("RBRIDGE_MAX_BODY_MB", "inf"),
        ("RBRIDGE_PORT", "65536"),
        ("RBRIDGE_LOG_LEVEL", "loud"),
        ("RBRIDGE_MODEL_NAME", "a/b"),
        ("AIP_HEALTH_ROUTE", "health"),
        ("AIP_PREDICT_ROUTE", "/{name}"),
    ],
)
def test_what_the_server_could_not_use_is_refused_at_start(name: str, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({}, {name: text})
    assert name in str(caught.value)


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "INFO"])
def test_log_levels_are_taken_in_any_case(level: str) -> None:
    assert load_settings({}, {"RBRIDGE_LOG_LEVEL": level}).log_level.lower() == level.lower()


def test_every_knob_has_help_and_a_name_of_its_own_in_the_environment() -> None:
    names = [name for knob in knobs() for name in knob.env]
    assert len(set(names)) == len(names)
    for knob in knobs():
        assert knob.help.endswith(".") and knob.env[0] == f"RBRIDGE_{knob.name.upper()}"
    assert {knob.name for knob in knobs()} == set(asdict(Settings()))


def test_every_knob_is_documented() -> None:
    text = DOCUMENTED.read_text(encoding="utf-8")
    for knob in knobs():
        missing = [name for name in knob.env if not re.search(rf"\b{name}\b", text)]
        assert not missing, f"docs/settings.md lacks {missing}"
        assert f"--{knob.name.replace('_', '-')}" in text or knob.name == "model"


def test_a_process_that_is_started_inherits_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RBRIDGE_TESTED", "yes")
    assert environment(OMP_NUM_THREADS="1")["OMP_NUM_THREADS"] == "1"
    assert environment()["RBRIDGE_TESTED"] == "yes"
    monkeypatch.setenv("RBRIDGE_PORT", "4321")
    assert load_settings({}).port == 4321


def test_a_process_may_be_given_some_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RB_A", "RB_B", "RB", "RB_", "XRB_A"):
        monkeypatch.setenv(name, "yes")
    assert environment(("RB_*",), OTHER="no") == {
        **dict.fromkeys(("RB_A", "RB_B", "RB_"), "yes"),
        "OTHER": "no",
    }
    assert environment(("RB",)) == {"RB": "yes"}
    assert environment(()) == {}


@pytest.mark.parametrize(("given", "kept"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "4"}, "4")])
def test_a_server_starts_no_threads_of_numpys_blas_unless_told_to(
    given: dict[str, str], kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.environ", given)
    spare_threads()
    assert given == {"OPENBLAS_NUM_THREADS": kept}
