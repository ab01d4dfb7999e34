"""Hooks, failures and refusals with real R: what reaches the client, and that R goes on."""

from pathlib import Path

import pytest

from bridge.answer import Answer
from bridge.errors import InvalidInput, ModelNotServable
from bridge.frame import plain
from bridge.schema import Predictor
from bridge.wire import Failure
from tests.r.conftest import Fill
from tests.r.embedded import Embedded, Loaded

LINE = [2.5, 7.0]


def values(reply: Answer | Failure) -> list[object]:
    """The first column of an answer."""
    assert isinstance(reply, Answer), reply
    return plain(reply.frame.columns[0])


def failure(reply: Answer | Failure) -> Failure:
    assert isinstance(reply, Failure), reply
    return reply


def goes_on(model: Loaded) -> bool:
    """True if the model answers 1, 2 as y ~ x fitted in conftest does."""
    return values(model.columns(x=[1.0, 2.0]))[0] is not None


def refusal(r: Embedded, folder: Path) -> str:
    with pytest.raises(ModelNotServable) as caught:
        r.load(folder)
    return str(caught.value)


def test_rejected_rows_are_counted_from_0(r: Embedded, fill: Fill) -> None:
    script = """
    input_fn <- function(newdata) {
      reject("x must be positive: größer", rows = newdata$x <= 0, field = "x")
      newdata
    }
    """
    model = r.load(fill("line.rds", script=script))
    reply = model.columns(x=[-1.0, 1.0, 2.0, 0.0])
    assert reply == Failure("rejected", "x must be positive: größer", field="x", rows=(0, 3))
    assert goes_on(model)


def test_a_rejection_without_rows_refuses_them_all(r: Embedded, fill: Fill) -> None:
    model = r.load(fill("line.rds", script='output_fn <- function(p, n) reject("no")'))
    assert model.columns(x=LINE) == Failure("rejected", "no", rows=(0, 1))


def test_a_hook_that_stops_is_a_failure_with_details_for_the_log(r: Embedded, fill: Fill) -> None:
    script = 'input_fn <- function(newdata) if (newdata$x[1] < 0) stop("no luck") else newdata'
    model = r.load(fill("line.rds", script=script))
    failed = failure(model.columns(x=[-1.0]))
    assert (failed.kind, failed.message) == ("failed", "no luck")
    assert "simpleError" in failed.detail and "input_fn" in failed.detail
    assert goes_on(model)


def test_infinite_recursion_is_a_failure_and_r_goes_on(fresh_r: Embedded, fill: Fill) -> None:
    script = """
    deep <- function(x) deep(x) + 1
    input_fn <- function(newdata) if (newdata$x[1] < 0) deep(1) else newdata
    """
    model = fresh_r.load(fill("line.rds", script=script))
    for _ in range(2):
        failed = failure(model.columns(x=[-1.0]))
        assert failed.kind == "failed" and "stack" in failed.message + failed.detail
        assert goes_on(model)


def test_recursion_in_c_code_is_a_failure_and_r_goes_on(fresh_r: Embedded, fill: Fill) -> None:
    script = """
    options(expressions = 500000)
    deep <- function(x) do.call(Recall, list(x + 1))
    input_fn <- function(newdata) if (newdata$x[1] < 0) deep(1) else newdata
    """
    model = fresh_r.load(fill("line.rds", script=script))
    assert failure(model.columns(x=[-1.0])).kind == "failed"
    assert goes_on(model)


NO_ANSWERS = {
    "1": 'the answer\'s "prediction" has 1 values for 2 rows',
    "list(a = 1:3)": 'the answer\'s "a" has 3 values for 2 rows',
    "NULL": 'the answer\'s "prediction" has 0 values for 2 rows',
    "list(a = list(1, 2))": 'the answer\'s "a" is a list, not a vector',
    "complex(2)": 'the answer\'s "prediction" is a complex, not a vector',
    "as.raw(1:2)": 'the answer\'s "prediction" is a raw, not a vector',
}


def test_an_answer_that_is_none_is_a_failure(fresh_r: Embedded, fill: Fill) -> None:
    for value, message in NO_ANSWERS.items():
        script = f"output_fn <- function(prediction, newdata) {value}"
        model = fresh_r.load(fill("line.rds", script=script))
        failed = failure(model.columns(x=LINE))
        assert (failed.kind, failed.message) == ("failed", message)


def test_an_error_without_a_message_is_a_failure(r: Embedded, fill: Fill) -> None:
    script = """
    output_fn <- function(prediction, newdata) {
      stop(structure(class = c("odd", "error", "condition"), list(message = NULL, call = NULL)))
    }
    """
    assert failure(r.load(fill("line.rds", script=script)).columns(x=LINE)).kind == "failed"


def test_text_in_another_encoding_comes_out_as_utf8(r: Embedded, fill: Fill) -> None:
    script = """
    latin <- "caf\\xe9"
    Encoding(latin) <- "latin1"
    output_fn <- function(prediction, newdata) c(latin, "caf\\u00e9")
    """
    model = r.load(fill("line.rds", script=script))
    assert values(model.columns(x=LINE)) == ["café", "café"]


def test_levels_in_another_encoding_come_out_as_utf8(r: Embedded, fill: Fill) -> None:
    script = """
    model_fn <- function(model_dir) {
      level <- "caf\\xe9"
      Encoding(level) <- "latin1"
      lm(y ~ g, data.frame(y = c(1, 2, 3, 5), g = factor(rep(c("a", level), 2))))
    }
    """
    model = r.load(fill(script=script))
    assert model.schema.predictors == (Predictor("g", "factor", ("a", "café")),)
    assert len(values(model.columns(g=["café", "a"]))) == 2


def test_errors_in_another_encoding_are_told(r: Embedded, fill: Fill) -> None:
    script = """
    message <- "caf\\xe9"
    Encoding(message) <- "latin1"
    output_fn <- function(prediction, newdata) stop(message)
    """
    model = r.load(fill("line.rds", script=script))
    assert failure(model.columns(x=LINE)).message == "café"


def test_a_string_that_r_cannot_hold_is_refused_before_r(fresh_r: Embedded, fill: Fill) -> None:
    toml = '[inputs.s]\ntype = "string"\n'
    script = "predict_fn <- function(newdata, model) nchar(newdata$s)"
    model = fresh_r.load(fill("line.rds", script=script, toml=toml))
    with pytest.raises(InvalidInput):
        model.columns(s=["a\0b"])
    assert values(model.columns(s=["ab"])) == [2]


def test_hooks_that_print_and_warn_do_not_disturb(r: Embedded, fill: Fill) -> None:
    script = """
    input_fn <- function(newdata) { print(newdata); warning("odd"); message("m"); newdata }
    """
    assert goes_on(r.load(fill("line.rds", script=script)))


def test_warnings_that_are_errors_stay_warnings(fresh_r: Embedded, fill: Fill) -> None:
    script = 'options(warn = 2)\ninput_fn <- function(newdata) { warning("odd"); newdata }'
    assert goes_on(fresh_r.load(fill("line.rds", script=script)))


def test_model_fn_makes_the_model_from_its_folder(r: Embedded, fill: Fill) -> None:
    script = "model_fn <- function(model_dir) readRDS(file.path(model_dir, 'model.bin'))"
    folder = fill("line.rds", script=script)
    (folder / "line.rds").rename(folder / "model.bin")
    model = r.load(folder)
    assert model.schema.names == ("x",) and model.hooked is False and goes_on(model)


def test_the_object_that_bridge_toml_names_is_served(r: Embedded, fill: Fill) -> None:
    assert goes_on(r.load(fill("two.RData", toml='object = "other"')))


def test_a_missing_column_is_not_read_from_the_global_environment(
    fresh_r: Embedded, fill: Fill
) -> None:
    script = """
    assign("x", c(1, 2), envir = globalenv())
    x <- c(1, 2)
    input_fn <- function(newdata) { newdata$x <- NULL; newdata }
    """
    model = fresh_r.load(fill("line.rds", script=script))
    failed = failure(model.columns(x=LINE))
    assert failed.message == "newdata lacks what the model wants: x"


def test_a_column_that_is_not_declared_is_not_read_from_the_global_environment(
    fresh_r: Embedded, fill: Fill
) -> None:
    script = 'assign("x", c(1, 2), envir = globalenv())'
    folder = fill("line.rds", script=script, toml='[inputs.other]\ntype = "number"\n')
    model = fresh_r.load(folder)
    assert model.schema.names == ("x", "other")
    with pytest.raises(InvalidInput, match="x: is missing"):
        model.columns(other=LINE)


def test_hooks_see_no_global_variable_of_the_models_names(fresh_r: Embedded, fill: Fill) -> None:
    script = """
    assign("model", "not mine", envir = globalenv())
    output_fn <- function(prediction, newdata) rep(class(model), 2)
    """
    assert values(fresh_r.load(fill("line.rds", script=script)).columns(x=LINE)) == ["lm", "lm"]


def test_two_models_are_told_with_the_cure(r: Embedded, fill: Fill) -> None:
    assert refusal(r, fill("two.RData")) == (
        "the file holds 2 models: fitted (lm), other (lm); say which one to serve in "
        'bridge.toml:\nobject = "fitted"'
    )


def test_no_model_is_told_with_what_is_there(r: Embedded, fill: Fill) -> None:
    told = refusal(r, fill("none.RData"))
    assert "no object of the file has a predict method: it holds train (data.frame)" in told
    assert 'packages = ["PACKAGE"]' in told and "model_fn(model_dir)" in told


def test_a_damaged_file_is_told_by_its_name(r: Embedded, fill: Fill, saved: Path) -> None:
    folder = fill("two.RData")
    whole = (saved / "two.RData").read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"not a model at all", whole[::-1]):
        (folder / "two.RData").write_bytes(damaged)
        assert refusal(r, folder).startswith("two.RData cannot be read: ")


def test_a_wrong_object_name_is_told_with_the_right_ones(r: Embedded, fill: Fill) -> None:
    assert refusal(r, fill("two.RData", toml='object = "lm2"')) == (
        'bridge.toml names the object "lm2"; the file holds '
        "fitted (lm), other (lm), train (data.frame)"
    )


def test_levels_that_are_not_saved_are_told(r: Embedded, fill: Fill) -> None:
    toml = '[inputs.g]\ntype = "factor"\nlevels = "group"\n'
    assert refusal(r, fill("groups.rds", toml=toml)) == (
        'bridge.toml: inputs.g wants the levels "group"; factor_levels holds none'
    )


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ('stop("no such thing")', "inference.R stops with an error: no such thing"),
        ("library(not.installed)", "inference.R stops with an error: there is no package called"),
        ("f <- function( {", "inference.R stops with an error: 1:16: unexpected '{'"),
        ('model_fn <- function(dir) stop("gone")', "model_fn stops with an error: gone"),
        ('reject("too early")', "inference.R"),
    ],
)
def test_a_script_that_does_not_run_is_told(
    r: Embedded, fill: Fill, script: str, told: str
) -> None:
    assert refusal(r, fill("line.rds", script=script)).startswith(told)
