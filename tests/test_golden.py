"""golden: which lines of golden.jsonl are used, and a made-up row for any schema."""

import json
from pathlib import Path

import pytest
from hypothesis import given

from bridge.coerce import Coercer
from bridge.golden import MOST, golden_frames, sample_frame
from bridge.schema import Predictor, Schema
from tests.strategies import schemas

COERCE = Coercer(Schema((Predictor("x", "number"),)))


def line(request: object, status: int = 200) -> str:
    return json.dumps({"request": request, "status": status, "response": {}})


def used(folder: Path, *lines: str) -> list[list[float]]:
    """The column x of each request that is used."""
    path = folder / "golden.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return [list(frame.columns[0]) for frame in golden_frames(path, COERCE)]  # type: ignore[arg-type]


def test_requests_in_every_shape_are_used(tmp_path: Path) -> None:
    requests = [{"x": 1}, [{"x": 2.5}, {"x": 3}], {"x": [4, 5]}]
    assert used(tmp_path, *map(line, requests)) == [[1.0], [2.5, 3.0], [4.0, 5.0]]


def test_a_folder_without_golden_answers_has_none() -> None:
    assert golden_frames(None, COERCE) == []


def test_only_requests_that_are_answered_and_whole_are_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [line({"x": 1}), line({"x": "no"}, 422), line({"x": None}), line({"x": "word"})]
    assert used(tmp_path, *lines) == [[1.0]]
    assert "golden.jsonl" in caplog.text and '"word" is not a number' in caplog.text
    assert '"no"' not in caplog.text


def test_no_more_are_used_than_a_start_has_time_for(tmp_path: Path) -> None:
    assert len(used(tmp_path, *[line({"x": i}) for i in range(500)])) == MOST


@pytest.mark.parametrize("bad", ["", "  ", "{", '{"status": 200}'])
def test_a_line_that_is_no_golden_answer_does_not_stop_the_start(tmp_path: Path, bad: str) -> None:
    assert used(tmp_path, line({"x": 1}), bad, line({"x": 2})) == [[1.0], [2.0]]


@given(schemas())
def test_a_sample_fits_its_schema_and_is_whole(schema: Schema) -> None:
    frame = sample_frame(schema)
    assert (frame.names, frame.rows, frame.missing) == (schema.names, 1, False)
