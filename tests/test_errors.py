"""The tree of errors: its drawing in the docstring, its codes, and its texts."""

import inspect
import re

import pytest

from bridge import errors
from bridge.errors import BridgeError, InvalidInput, PredictionFailed, Problem, Rejected

_BRANCH = re.compile(r"^    (?P<indent>[│├└─ ]*)(?P<name>[A-Z]\w+)")


def tree() -> set[type[BridgeError]]:
    """Every class below BridgeError, and itself."""
    found, new = {BridgeError}, [BridgeError]
    while new:
        below = new.pop().__subclasses__()
        found.update(below)
        new += below
    return found


def leaves(base: type[BridgeError]) -> set[type[BridgeError]]:
    return {error for error in tree() if issubclass(error, base) and not error.__subclasses__()}


def drawn() -> dict[str, str]:
    """Class and parent as the docstring of ``bridge.errors`` draws them."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = [(-1, "Exception")]
    for line in (errors.__doc__ or "").splitlines():
        if branch := _BRANCH.match(line):
            depth = len(branch["indent"])
            while above[-1][0] >= depth:
                above.pop()
            parents[branch["name"]] = above[-1][1]
            above.append((depth, branch["name"]))
    return parents


def test_the_drawing_lists_exactly_the_classes_that_exist() -> None:
    exist = {error.__name__: error.__bases__[0].__name__ for error in tree()}
    assert drawn() == exist


def test_every_error_is_defined_in_bridge_errors_and_says_when_it_is_raised() -> None:
    for error in tree():
        assert error.__module__ == "bridge.errors"
        assert inspect.getdoc(error) and error.__doc__ != Exception.__doc__


def test_codes_are_the_names_in_snake_case_and_no_two_are_alike() -> None:
    codes = {error: error.code for error in tree()}
    assert len(set(codes.values())) == len(codes)
    assert errors.TruncatedJson.code == "truncated_json"
    assert errors.UnsupportedMediaType.code == "unsupported_media_type"
    for error, code in codes.items():
        assert code.replace("_", "") == error.__name__.lower()


@pytest.mark.parametrize("error", [InvalidInput, Rejected])
def test_the_text_of_an_error_with_problems_is_that_of_the_first_three(
    error: type[Rejected],
) -> None:
    problems = [Problem("wrong_type", f"x: {i} is no date", "x", i) for i in range(9)]
    raised = error(problems)
    assert raised.problems == problems
    assert str(raised) == "; ".join(f"x: {i} is no date (row {i})" for i in range(3))


def test_a_problem_of_the_whole_column_names_no_row() -> None:
    assert str(Problem("missing_field", "x: is missing", "x")) == "x: is missing"


def test_the_code_of_invalid_input_is_that_of_its_problems_where_they_agree() -> None:
    one, other = Problem("wrong_type", "a"), Problem("unseen_level", "b")
    assert InvalidInput([one, one]).code == "wrong_type"
    assert InvalidInput([one, other]).code == "invalid_input" == InvalidInput.code
    assert Rejected([one]).code == "rejected"


def test_what_is_for_the_log_is_not_in_the_text() -> None:
    failed = PredictionFailed("object 'x' not found", "simpleError in eval(x)")
    assert str(failed) == "object 'x' not found" and failed.detail == "simpleError in eval(x)"
