"""Policies through the running server: what R gets instead, and how the answer tells it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server.scraped import difference
from tests.serving import Server, refusal, rscript, serving

FIT = """
d <- data.frame(y = mtcars$mpg, wt = mtcars$wt, gear = factor(mtcars$gear))
d$site <- factor(rep(c("", "NA", "007", "a, b"), 8)); d$wt[4] <- NA
fit <- lm(y ~ wt + gear + site, d); saveRDS(fit, "fit.rds")
n <- data.frame(wt = c(2.5, 3.1, NA, 2), gear = factor(c(4, 5, 3, 4), 3:5),
                site = factor(c("", "NA", "007", "a, b"), levels(d$site)))
cat(sprintf("%a", predict(fit, n)))
"""
TOML = """
[policy]
invalid = "na"
[policy.gear]
other = "4"
[policy.site]
null = "reject"
"""
RECORDS = [
    {"wt": 2.5, "gear": 4, "site": ""},
    {"wt": 3.1, "gear": 5.0, "site": "NA"},
    {"wt": "heavy", "gear": "3", "site": "007"},
    {"wt": 2, "gear": 6, "site": "a, b"},
]
CSV = b'site,wt,gear\n"",2.5,4\nNA,3.1,5\n007,heavy,3\n"a, b",2,6\n'
TOLD = [
    {"row": 2, "field": "wt", "value": "heavy", "became": None},
    {"row": 3, "field": "gear", "value": 6, "became": "4"},
]


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[float]]]:
    """A server with policies, and what a fresh R session predicts for RECORDS."""
    model = tmp_path_factory.mktemp("policies")
    printed = rscript(FIT, model).split()
    (model / "bridge.toml").write_text(TOML)
    with serving(model, tmp_path_factory.mktemp("log")) as server:
        yield server, [float.fromhex(text) for text in printed if text != "NA"]


@pytest.mark.parametrize("path", ["/invocations", "/invocations?road=long"])
def test_replaced_cells_are_counted(policies: tuple[Server, list[float]], path: str) -> None:
    server, _ = policies
    moved = difference(server.url, lambda: httpx.post(server.url + path, json=RECORDS))
    told = {name: count for (name, _), count in moved.items()}
    assert told["rbridge_replaced_cells_total"] == 2 and told["rbridge_requests_total"] == 1


def test_r_predicts_from_what_policies_made_of_the_request(
    policies: tuple[Server, list[float]],
) -> None:
    server, (first, second, last) = policies
    reply = server.invoke(RECORDS)
    assert reply.json() == {
        "predictions": [first, second, None, last],
        "replaced": TOLD,
        "replaced_count": 2,
    }
    assert reply.headers["rbridge-replaced"] == "2"


def test_csv_levels_match_as_written_and_the_header_tells(
    policies: tuple[Server, list[float]],
) -> None:
    server, (first, second, last) = policies
    reply = server.invoke(CSV, content_type="text/csv", accept="text/csv")
    assert reply.text.splitlines() == [repr(first), repr(second), '""', repr(last)]
    assert reply.headers["rbridge-replaced"] == "2"


def test_the_road_of_other_requests_tells_it_too(policies: tuple[Server, list[float]]) -> None:
    server, (*_, last) = policies
    reply = httpx.post(server.url + "/invocations?", json=RECORDS[3])
    assert reply.json()["predictions"] == [last]
    assert reply.headers["rbridge-replaced"] == "1"


def test_an_answer_to_what_fits_does_not_speak_of_it(policies: tuple[Server, list[float]]) -> None:
    server, (first, *_) = policies
    reply = server.invoke(RECORDS[0])
    assert reply.json() == {"predictions": [first]}
    assert "rbridge-replaced" not in reply.headers


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"wt": 2.5, "gear": 4, "site": None}, "missing_value"),
        ({"wt": 2.5, "gear": 4, "site": "7"}, "unseen_level"),
        ({"wt": 2.5, "gear": 4}, "missing_field"),
    ],
)
def test_what_no_policy_allows_is_refused(
    policies: tuple[Server, list[float]], record: dict[str, object], code: str
) -> None:
    reply = policies[0].invoke(record)
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, code)


def test_a_policy_for_a_field_that_the_model_lacks_stops_the_start(tmp_path: Path) -> None:
    rscript("saveRDS(lm(dist ~ speed, cars), 'cars.rds')", tmp_path)
    (tmp_path / "bridge.toml").write_text('[policy.sped]\ninvalid = "na"')
    status, text = refusal(tmp_path, tmp_path)
    assert status == 2 and "Traceback" not in text
    assert 'policy.sped: the model has no field "sped"; its fields are "speed"' in text
