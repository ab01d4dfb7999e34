"""Schema: names in order, and the way through JSON from zygote to server."""

import json
from dataclasses import asdict

from hypothesis import given

from bridge.schema import Predictor, Schema
from tests.strategies import schemas


@given(schemas())
def test_a_schema_comes_back_from_json_as_it_was(schema: Schema) -> None:
    assert Schema.from_json(json.loads(json.dumps(asdict(schema)))) == schema


def test_names_are_in_the_order_in_which_r_gets_the_fields() -> None:
    schema = Schema((Predictor("z", "number"), Predictor("a", "factor", ("F", "M"))))
    assert schema.names == ("z", "a")


def test_ordered_levels_keep_their_order() -> None:
    schema = Schema((Predictor("size", "factor", ("S", "M", "L"), ordered=True),), True)
    back = Schema.from_json(json.loads(json.dumps(asdict(schema))))
    assert back.predictors[0].levels == ("S", "M", "L")
    assert back.predictors[0].ordered and back.refuse_unknown
