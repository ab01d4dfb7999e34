"""Arguments of predict(): of bridge.toml, and of requests, through the running server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Server, rscript, serving

FIT = """
fit <- lm(mpg ~ wt, mtcars); fit[c("residuals", "fitted.values")] <- NULL
saveRDS(fit, "fit.rds")
n <- data.frame(wt = c(2.5, 3.25)); whole <- lm(mpg ~ wt, mtcars)
cat(sprintf("%a", predict(fit, n)), "|",
    sprintf("%.10g", predict(whole, n, interval = "prediction", level = 0.9)), "|",
    sprintf("%.10g", predict(whole, n, se.fit = TRUE)$se.fit))
"""
TOML = """
[parameters]
interval = ["prediction", "confidence"]
level = true
"se.fit" = [true]
"""
RECORDS = [{"wt": 2.5}, {"wt": 3.25}]


@pytest.fixture(scope="module")
def stripped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[list[str]]]]:
    """A server of a stripped model, and what R predicts from the whole one."""
    model = tmp_path_factory.mktemp("stripped")
    printed = [part.split() for part in rscript(FIT, model).split("|")]
    (model / "bridge.toml").write_text(TOML)
    with serving(model, tmp_path_factory.mktemp("log")) as server:
        yield server, printed


def test_intervals_are_those_of_the_whole_model(stripped: tuple[Server, list[list[str]]]) -> None:
    server, (_, expected, _) = stripped
    asked = {"interval": "prediction", "level": 0.9}
    rows = server.invoke({"instances": RECORDS, "parameters": asked}).json()["predictions"]
    by_column = [row[name] for name in ("fit", "lwr", "upr") for row in rows]
    assert [f"{value:.10g}" for value in by_column] == expected


def test_standard_errors_are_not_the_silent_zero(stripped: tuple[Server, list[list[str]]]) -> None:
    server, (fits, _, expected) = stripped
    header = {"X-Amzn-SageMaker-Custom-Attributes": "se.fit=true"}
    rows = server.invoke(RECORDS, **header).json()["predictions"]
    assert [f"{row['se.fit']:.10g}" for row in rows] == expected
    assert [row["fit"] for row in rows] == [float.fromhex(text) for text in fits]


def test_other_requests_are_answered_as_ever(stripped: tuple[Server, list[list[str]]]) -> None:
    server, (fits, _, _) = stripped
    assert server.invoke(RECORDS).json() == {"predictions": [float.fromhex(t) for t in fits]}


def test_what_is_not_allowed_is_refused(stripped: tuple[Server, list[list[str]]]) -> None:
    server, _ = stripped
    reply = server.invoke({"wt": 2.5, "parameters": {"type": "terms"}})
    assert reply.status_code == 400
    assert json.loads(reply.content)["error"]["code"] == "invalid_parameter"
    assert "allowed: interval, level, se.fit" in reply.text


def test_bridge_toml_sets_them_for_all(tmp_path: Path) -> None:
    code = """
    fit <- glm(am ~ wt, binomial, mtcars); saveRDS(fit, "fit.rds")
    cat(sprintf("%a", predict(fit, data.frame(wt = 3))))
    """
    (link,) = rscript(code, tmp_path).split()
    (tmp_path / "bridge.toml").write_text('[predict]\ntype = "link"\n')
    with serving(tmp_path, tmp_path) as server:
        assert server.invoke({"wt": 3}).json() == {"predictions": [float.fromhex(link)]}


def test_a_time_series_answers_with_the_steps_asked_for(tmp_path: Path) -> None:
    code = """
    saveRDS(arima(lh, order = c(1, 0, 0)), "fit.rds")
    cat(sprintf("%a", predict(arima(lh, order = c(1, 0, 0)), n.ahead = 3)$pred))
    """
    expected = [float.fromhex(text) for text in rscript(code, tmp_path).split()]
    with serving(tmp_path, tmp_path) as server:
        rows = server.invoke({"n.ahead": 3}).json()["predictions"]
        assert [row["pred"] for row in rows] == expected
        assert server.invoke({"n.ahead": 0}).status_code == 422
        assert server.invoke([{"n.ahead": 1}, {"n.ahead": 2}]).status_code == 422


def test_a_text_that_r_cannot_hold_costs_no_worker(
    stripped: tuple[Server, list[list[str]]],
) -> None:
    server, _ = stripped
    workers = server.workers()
    refused = server.invoke({"instances": RECORDS, "parameters": {"level": "0.9\0"}})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_parameter")
    assert server.workers() == workers
