"""What a body may cost is judged by the dearest that its cells can be."""

import pytest

from bridge.cost import LOOP_SECONDS, THREAD_SECONDS, Cost
from bridge.policy import Policies, read_policies
from bridge.schema import FieldType, Predictor, Schema

KEEP = Policies()


def cost(*types: FieldType, policies: Policies = KEEP) -> Cost:
    return Cost(Schema(tuple(Predictor(f"f{i}", kind) for i, kind in enumerate(types))), policies)


NUMBERS = cost("number", "number")


def rows(count: int, row: bytes = b"1.25,2.5") -> bytes:
    return b"\n".join([row] * count)


@pytest.mark.parametrize("dense", [b"1,", b"1\n", b"{},", b"[],", b'{"f0":1},', b"x"])
@pytest.mark.parametrize(
    "judge", [NUMBERS, cost("datetime"), cost(), cost("number", "date", "string", "factor")]
)
def test_a_body_of_few_bytes_is_for_the_loop_whatever_it_holds(judge: Cost, dense: bytes) -> None:
    body = (dense * judge.few_bytes)[: judge.few_bytes]
    assert len(body) > 500
    for is_text in (True, False):
        assert judge.seconds(body, is_text) < 1.01 * LOOP_SECONDS


def test_a_thousand_rows_are_for_the_loop_and_ten_thousand_for_a_thread() -> None:
    assert 0 < NUMBERS.seconds(rows(1000), True) < LOOP_SECONDS
    assert LOOP_SECONDS < NUMBERS.seconds(rows(10_000), True) < THREAD_SECONDS
    assert NUMBERS.seconds(rows(60_000, b"1,2"), True) > THREAD_SECONDS


def test_one_long_text_costs_no_more_than_a_short_one() -> None:
    long = b'{"f0": 1, "f1": "' + b"x" * 200_000 + b'"}'
    assert NUMBERS.seconds(long, True) < LOOP_SECONDS


@pytest.mark.parametrize(
    "record", [b'{"f0":1,"f1":1}', b"[1,1]", b'{"features":[1]}', b"1", b"{}", b"[]"]
)
@pytest.mark.parametrize("separator", [b",", b"\n"])
def test_records_of_every_form_are_counted(record: bytes, separator: bytes) -> None:
    few, many = (separator.join([record] * count) for count in (10_000, 20_000))
    assert NUMBERS.seconds(few, True) > LOOP_SECONDS
    assert NUMBERS.seconds(many, True) == pytest.approx(2 * NUMBERS.seconds(few, True), rel=0.01)


def test_fields_that_records_lack_are_counted() -> None:
    fifty: list[FieldType] = ["number"] * 50
    wide, records = cost(*fifty), b",".join([b"{}"] * 1000)
    assert wide.seconds(records, True) >= 24 * NUMBERS.seconds(records, True) > 0


@pytest.mark.parametrize("dearer", [cost("number", "date"), cost("number", "datetime")])
def test_the_dearest_field_counts(dearer: Cost) -> None:
    assert dearer.seconds(rows(1000), True) > NUMBERS.seconds(rows(1000), True)


def test_cells_that_policies_may_replace_cost_more() -> None:
    replacing = cost("number", "number", policies=read_policies({"f0": {"invalid": "na"}}))
    assert replacing.seconds(rows(1000), True) > LOOP_SECONDS


def test_in_binary_bodies_any_byte_may_be_a_cell() -> None:
    assert NUMBERS.seconds(bytes(100_000), False) > LOOP_SECONDS > NUMBERS.seconds(bytes(8), False)
