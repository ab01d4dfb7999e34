"""RModel answers as R does: the bits of a fresh Rscript's predict(), and golden answers."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
import pytest

from bridge.answer import Answer
from bridge.coerce import Coercer
from bridge.frame import Frame, RawFrame, plain
from bridge.wire import Failure, pack
from tests.r.conftest import Fill
from tests.r.embedded import Embedded, Loaded
from tests.serving import MARATHON, ORIGINAL, rscript

TRAIN = """
n <- 40
train <- data.frame(x = seq(1, 20.5, 0.5), z = (seq_len(n) * 7 %% 13) / 8)
train$g <- factor(rep(c("north", "south", "NA", "naïve"), 10), c("south", "north", "NA", "naïve"))
train$o <- factor(rep(c("S", "M", "L"), length.out = n), c("S", "M", "L"), ordered = TRUE)
train$s <- rep(c("b", "a", "TRUE", "007", "a"), 8)
train$flag <- rep(c(TRUE, FALSE, FALSE), length.out = n)
train$y <- sin(train$x) * 3 + train$x / 4 + as.integer(train$g) / 3 + train$flag
train$hit <- train$y + cos(train$x * 5) > 3
train$count <- round(abs(train$y)) + 1
"""
X = [1.5, 2.0625, 0.1, 20.3, -3.7, 1e-5, 7.0]


@dataclass(frozen=True)
class Case:
    """A model, as R code that fits it to ``train``, and what it is asked."""

    name: str
    fit: str
    columns: dict[str, list[object]]
    arguments: str = ""
    rows: int = field(default=7)


CASES = [
    Case("lm", "lm(y ~ x + z, train)", {"x": list(X), "z": list(X[::-1])}),
    Case("one row", "lm(y ~ x, train)", {"x": [0.1]}, rows=1),
    Case("poly", "lm(y ~ poly(x, 3), train)", {"x": list(X)}),
    Case("ns", "lm(y ~ splines::ns(x, 4), train)", {"x": list(X)}),
    Case(
        "bs",
        "lm(y ~ splines::bs(x, df = 5), train)",
        {
            "x": [1.5, 2.25, 20.1],
        },
        rows=3,
    ),
    Case(
        "log",
        "lm(log(count) ~ log(x + 5) + I(x^2) + sqrt(abs(z)), train)",
        {"x": list(X), "z": list(X)},
    ),
    Case(
        "factor",
        "lm(y ~ g * x, train)",
        {"g": ["naïve", "NA", "south", "north"], "x": list(X[:4])},
        rows=4,
    ),
    Case("ordered", "lm(y ~ o + x, train)", {"o": ["L", "S", "M"], "x": list(X[:3])}, rows=3),
    Case("character", "lm(y ~ s, train)", {"s": ["007", "TRUE", "a", "b"]}, rows=4),
    Case(
        "logical",
        "lm(y ~ flag + x, train)",
        {"flag": [True, False, True], "x": list(X[:3])},
        rows=3,
    ),
    Case("no predictor", "lm(y ~ 1, train)", {}, rows=3),
    Case("no intercept", "lm(y ~ 0 + x, train)", {"x": list(X)}),
    Case(
        "missing",
        "lm(y ~ poly(x, 2) + g + flag + s, train)",
        {
            "x": [1.5, None, 2.5, 3.5, 4.5],
            "g": ["NA", "NA", None, "south", "south"],
            "flag": [True, True, True, None, False],
            "s": ["a", "a", "a", "a", None],
        },
        rows=5,
    ),
    Case(
        "binomial",
        "glm(hit ~ x + g, binomial, train)",
        {"x": list(X), "g": ["NA"] * 7},
        'type = "response"',
    ),
    Case(
        "saturated",
        "glm(hit ~ x, binomial, train)",
        {"x": [1e5, -1e5, 0.5]},
        'type = "response"',
        rows=3,
    ),
    Case(
        "poisson",
        "glm(count ~ x + offset(log(z + 1)), poisson, train)",
        {"x": list(X[:3]), "z": [0.5, 2.0, 0.1]},
        'type = "response"',
        rows=3,
    ),
    Case("loess", "loess(y ~ x, train)", {"x": [1.5, 20.1, 99.0]}, rows=3),
    Case("nls", "nls(y ~ a + b * x, train, list(a = 1, b = 1))", {"x": list(X)}),
    Case(
        "many rows",
        "lm(y ~ poly(x, 3) + g, train)",
        {"x": [i / 7 for i in range(3000)], "g": ["south", "NA", "north"] * 1000},
        rows=3000,
    ),
]
# Models whose fields the file does not tell.
TOML = {"nls": '[inputs.x]\ntype = "number"\n'}


def literal(value: object) -> str:
    """``value`` in R's language; numbers in hexadecimal, so that no digit is rounded."""
    if value is None:
        return "NA"
    if isinstance(value, bool):
        return str(value).upper()
    return value.hex() if isinstance(value, float) else orjson.dumps(value).decode()


def newdata(case: Case) -> str:
    columns = [f"{n} = c({', '.join(map(literal, v))})" for n, v in case.columns.items()]
    return f"data.frame({', '.join([*columns, f'row.names = seq_len({case.rows})'])})"


def code(case: Case, number: int) -> str:
    """R code that saves the model, and prints the bits of its predictions."""
    return f"""
    model <- {case.fit}
    saveRDS(model, "{number}.rds")
    newdata <- {newdata(case)}
    for (name in names(Filter(is.factor, train[names(newdata)])))
      newdata[[name]] <- factor(newdata[[name]], levels(train[[name]]),
                                ordered = is.ordered(train[[name]]))
    bits <- predict({", ".join(filter(None, ["model", "newdata", case.arguments]))})
    cat(paste(writeBin(as.double(bits), raw(), endian = "little"), collapse = ""), "\\n")
    """


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes]]:
    """The folder with every case's model, and the bits that a fresh Rscript predicts."""
    folder = tmp_path_factory.mktemp("fitted")
    script = folder / "fit.R"
    script.write_text(TRAIN + "".join(code(case, i) for i, case in enumerate(CASES)), "utf-8")
    printed = rscript('source("fit.R", encoding = "UTF-8")', folder)
    return folder, [bytes.fromhex(line) for line in printed.splitlines()]


@pytest.fixture
def asked(
    request: pytest.FixtureRequest, r: Embedded, fitted: tuple[Path, list[bytes]], tmp_path: Path
) -> tuple[Loaded, Case, bytes]:
    """A case's model, loaded; the case; and the bits that are right."""
    case: Case = request.param
    folder, expected = fitted
    number = CASES.index(case)
    (tmp_path / "model.rds").write_bytes((folder / f"{number}.rds").read_bytes())
    (tmp_path / "bridge.toml").write_text(TOML.get(case.name, ""))
    return r.load(tmp_path), case, expected[number]


def frame_of(model: Loaded, case: Case) -> Frame:
    return Coercer(model.schema)(RawFrame(dict(case.columns), case.rows))


all_cases = pytest.mark.parametrize("asked", CASES, indirect=True, ids=lambda case: case.name)


@all_cases
def test_predictions_have_the_bits_of_a_fresh_r(asked: tuple[Loaded, Case, bytes]) -> None:
    model, case, expected = asked
    assert set(model.schema.names) == set(case.columns)
    answer = model.predict(frame_of(model, case))
    assert isinstance(answer, Answer) and answer.frame.rows == case.rows
    assert np.asarray(answer.frame.columns[0]).tobytes() == expected
    assert (answer.layout, answer.frame.names) == ("values", ("prediction",))


@all_cases
def test_rows_asked_one_by_one_get_the_same_bits(asked: tuple[Loaded, Case, bytes]) -> None:
    model, case, expected = asked
    frame = frame_of(model, case)
    for row in range(min(case.rows, 20)):
        one = Frame(frame.names, tuple(c[row : row + 1] for c in frame.columns), 1, frame.missing)
        answer = model.predict(one)
        assert isinstance(answer, Answer)
        # A missing value anywhere in a call may change the last bit of every row.
        right = np.frombuffer(expected)[row : row + 1]
        got = np.asarray(answer.frame.columns[0])
        assert np.allclose(got, right, 1e-12, equal_nan=True)
        assert case.name == "missing" or got.tobytes() == right.tobytes()


def test_merged_requests_get_the_same_bits_or_are_asked_apart(
    r: Embedded, fitted: tuple[Path, list[bytes]], tmp_path: Path
) -> None:
    folder, expected = fitted
    number = next(i for i, case in enumerate(CASES) if case.name == "many rows")
    (tmp_path / "model.rds").write_bytes((folder / f"{number}.rds").read_bytes())
    model = r.load(tmp_path)
    answer = model.predict(frame_of(model, CASES[number]), requests=3000)
    assert isinstance(answer, Answer)
    assert np.asarray(answer.frame.columns[0]).tobytes() == expected[number]
    assert model.columns(2, x=[1.5, None], g=["NA", "NA"]) == Failure("apart", "")
    alone = model.columns(1, x=[1.5, None], g=["NA", "NA"])
    assert isinstance(alone, Answer) and plain(alone.frame.columns[0])[1] is None


def test_the_original_model_gives_all_golden_answers_byte_for_byte(
    r: Embedded, tmp_path: Path
) -> None:
    for path in (
        ORIGINAL / "marathon_model.RData",
        MARATHON / "inference.R",
        MARATHON / "bridge.toml",
    ):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    model = r.load(tmp_path)
    assert model.hooked and not model.merge_obstacle
    lines = (ORIGINAL / "golden.jsonl").read_bytes().splitlines()
    assert len(lines) == 15
    for golden in map(orjson.loads, lines):
        assert model.invoke(orjson.dumps(golden["request"])) == orjson.dumps(golden["response"])


def test_the_models_own_golden_answers_are_right(r: Embedded) -> None:
    model = r.load(MARATHON)
    lines = (MARATHON / "golden.jsonl").read_bytes().splitlines()
    right = [golden for golden in map(orjson.loads, lines) if golden["status"] == 200]
    assert len(right) >= 2
    for golden in right:
        assert model.invoke(orjson.dumps(golden["request"])) == orjson.dumps(golden["response"])


def test_the_models_own_answers_are_those_of_the_original(r: Embedded) -> None:
    model = r.load(MARATHON)
    for line in (ORIGINAL / "golden.jsonl").read_bytes().splitlines():
        golden = orjson.loads(line)
        assert model.invoke(orjson.dumps(golden["request"])) == orjson.dumps(golden["response"])


@pytest.mark.parametrize("requests", [1, 2])
def test_a_call_without_rows_is_no_crash(r: Embedded, fill: Fill, requests: int) -> None:
    model = r.load(fill("line.rds"))
    reply = model.predict(Frame(("x",), (np.empty(0),), 0), requests)
    assert isinstance(reply, Failure) or reply.frame.rows == 0


def test_columns_of_every_type_go_there_and_back(r: Embedded, fill: Fill) -> None:
    types = ["number", "integer", "string", "boolean", "date"]
    toml = "".join(f'[inputs.{kind}]\ntype = "{kind}"\n' for kind in types)
    toml += '[inputs.factor]\ntype = "factor"\nlevels = ["NA", "größer"]\n'
    script = "predict_fn <- function(newdata, model) 0\noutput_fn <- function(p, newdata) newdata"
    model = r.load(fill("line.rds", script=script, toml=toml))
    record = {
        "number": 0.1,
        "integer": -(2**31) + 1,
        "string": "日本 \U0001f600",
        "boolean": True,
        "date": "1969-12-31",
        "factor": "größer",
    }
    records = [record, dict.fromkeys(record), {**record, "boolean": False, "string": ""}]
    assert orjson.loads(model.invoke(orjson.dumps(records))) == {"predictions": records}


TEXT = ["größer", "", "日本 \U0001f600", "NA", "a", ""]
PASTED = """
predict_fn <- function(newdata, model) newdata$s
output_fn <- function(p, newdata) list(
  s = p, plain = rep("b", length(p)), rows = as.character(seq_along(p)), same = Encoding(p),
  gap = ifelse(p == "a", NA, p)
)
"""


@pytest.fixture
def texts(r: Embedded, fill: Fill) -> Loaded:
    """A model that answers with the strings ``s`` that it is asked, and with others."""
    toml = '[inputs.s]\ntype = "string"\n'
    return r.load(fill("line.rds", script=PASTED, toml=toml))


LARGE = ["a" * 70000, "é" * 70000]


@pytest.mark.parametrize("asked", [TEXT, TEXT[1:2], TEXT * 9, [""] * 40, LARGE, LARGE * 9, []])
def test_text_without_na_goes_there_and_back(texts: Loaded, asked: list[str]) -> None:
    answer = texts.predict(Frame(("s",), (list(asked),), len(asked)))
    assert isinstance(answer, Answer) and answer.frame.rows == len(asked)
    s, plain, rows, same, gap = answer.frame.columns
    assert s == asked and plain == ["b"] * len(asked)
    assert rows == [str(i + 1) for i in range(len(asked))]
    assert same == ["unknown" if cell.isascii() else "UTF-8" for cell in asked]
    assert list(gap) == [None if cell == "a" else cell for cell in asked]


@pytest.mark.parametrize("times", [1, 9])
def test_text_with_na_goes_there_and_back(texts: Loaded, times: int) -> None:
    asked = [*TEXT, None] * times
    answer = texts.predict(Frame(("s",), (asked,), len(asked), missing=True))
    assert isinstance(answer, Answer) and answer.frame.columns[0] == asked


def test_text_is_the_same_in_a_process_without_a_locale(fill: Fill) -> None:
    toml = '[inputs.s]\ntype = "string"\n'
    script = """
    predict_fn <- function(newdata, model) newdata$s == "größer"
    output_fn <- function(prediction, newdata) list(s = paste0("é", newdata$s), same = prediction)
    """
    folder = fill("line.rds", script=script, toml=toml)
    with Embedded(LC_ALL="C", LANG="C") as r:
        answer = r.load(folder).invoke('{"s": "größer"}'.encode())
    assert orjson.loads(answer) == {"s": ["égrößer"], "same": [True]}


def test_answers_stay_the_same_when_r_collects_garbage_all_the_time(
    fresh_r: Embedded, fill: Fill
) -> None:
    script = """
    calls <- 0
    input_fn <- function(newdata) {
      calls <<- calls + 1
      if (calls > 1) gctorture2(40)
      newdata
    }
    output_fn <- function(prediction, newdata) list(
      p = prediction, s = paste(newdata$g, "x"),
      i = seq_along(prediction), t = as.character(seq_along(prediction))
    )
    """
    model = fresh_r.load(fill("groups.rds", script=script))
    first, again = (model.columns(x=[0.1, 7.5], g=["a", "b"]) for _ in range(2))
    assert isinstance(first, Answer) and first.frame.columns[1] == ["a x", "b x"]
    assert isinstance(again, Answer) and pack(again) == pack(first)
