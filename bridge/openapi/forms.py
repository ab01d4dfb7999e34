"""forms: the JSON bodies that a model reads, as schemas: one for each form of ``codecs``.

A form whose key is a field of the model is none. What JSON Schema cannot say, that columns
are of one length and rows as wide as their names, stands in the descriptions.
"""

from collections.abc import Iterator

from bridge.codecs.reading import PARAMETERS, TABLES
from bridge.openapi.facts import Facts, Json, component_names, ref
from bridge.openapi.fields import cell

_NO_ARRAY: Json = {"not": {"type": "array"}}
_BARE: Json = {"not": {"type": ["array", "object"]}}
_ROWS: Json = {"type": "array", "minItems": 1, "items": {"type": "array"}}
_NAMES: Json = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"type": "string"},
    "description": "The names of the cells of each row, in order.",
}


def schemas(facts: Facts) -> dict[str, Json]:
    """Every schema that a request needs; ``Request`` is a whole JSON body."""
    named = component_names(facts.schema)
    found = {named[p.name]: cell(p, facts.policies.of(p.name)) for p in facts.schema.predictors}
    found |= {"Parameters": _parameters(facts), "Record": _record(facts), "Row": _row(facts)}
    found["Records"] = {"anyOf": list(_arrays(facts)), "description": "Records, all in one form."}
    bodies = dict(_bodies(facts))
    return {**found, **bodies, "Request": {"anyOf": [ref(name) for name in bodies]}}


def _bodies(facts: Facts) -> Iterator[tuple[str, Json]]:
    """The forms of a whole body, by name."""
    beside = {key: ref("Parameters") for key in PARAMETERS if key in facts.conventions}
    yield "OneRecord", _of_fields(_one_record(facts, beside), facts)
    yield "Columns", _of_fields(_columns(facts, beside), facts)
    yield "Array", ref("Records")
    for name, keys in _tables(facts).items():
        if next(iter(keys)) in facts.conventions:
            yield name, _object({**keys, **beside}, list(keys))


def _tables(facts: Facts) -> dict[str, dict[str, Json]]:
    """The forms of others, with what each of their keys holds; the first makes the form."""
    inputs = {"anyOf": [ref("Records"), _one_record(facts, {}), _columns(facts, {})]}
    split = _object({"columns": _NAMES, "index": {}, "data": _ROWS}, ["columns", "data"])
    return {
        "Instances": {"instances": ref("Records")},
        "NamedInstances": {
            "instances": {"anyOf": [_ROWS, ref("Records")]},
            "feature_names": _NAMES,
        },
        "Features": {"features": {"anyOf": [ref("Row"), _array(ref("Row"))]}},
        "Data": {"data": _data(ref("Row"), *_bare(facts))},
        "DataframeSplit": {"dataframe_split": {"anyOf": [split, _split_in_order()]}},
        "DataframeRecords": {"dataframe_records": ref("Records")},
        "Inputs": {"inputs": inputs},
    }


def _data(*placed: Json) -> Json:
    values = _object({"values": {"anyOf": placed}}, ["values"])
    return _object({"features": {"anyOf": [*placed, values]}}, ["features"])


def _bare(facts: Facts) -> Iterator[Json]:
    """Of a model with one field a record may be a value."""
    fields = list(_fields(facts).values())
    if len(fields) == 1:
        yield {**fields[0], **_BARE}


def _split_in_order() -> Json:
    return _object({"index": {}, "data": _array(ref("Row"))}, ["data"])


def _object(properties: dict[str, Json], required: list[str]) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _array(items: Json) -> Json:
    return {"type": "array", "minItems": 1, "items": items}


def _fields(facts: Facts) -> dict[str, Json]:
    return {name: ref(component) for name, component in component_names(facts.schema).items()}


def _by_name(facts: Facts, properties: dict[str, Json], others: Json) -> Json:
    """An object with a key a field, beside ``others`` unless bridge.toml refuses them."""
    required = [n for n in facts.schema.names if facts.policies.of(n).absent is None]
    content = _object(properties, required)
    return {**content, "additionalProperties": not facts.schema.refuse_unknown and (others or True)}


def _record(facts: Facts) -> Json:
    return {**_by_name(facts, _fields(facts), {}), "description": "A record by name."}


def _one_record(facts: Facts, beside: dict[str, Json]) -> Json:
    """A record that stands alone: arrays in it would make it columns."""
    replaces = {n for n in facts.schema.names if facts.policies.of(n).invalid is not None}
    fields = {
        name: {**cell, **_NO_ARRAY} if name in replaces else cell
        for name, cell in _fields(facts).items()
    }
    content = _by_name(facts, {**fields, **beside}, _NO_ARRAY)
    return {**content, "description": "One record by name; no value is an array."}


def _columns(facts: Facts, beside: dict[str, Json]) -> Json:
    columns = {name: _array(cell) for name, cell in _fields(facts).items()}
    content = _by_name(facts, {**columns, **beside}, _array({}))
    return {**content, "minProperties": 1, "description": "Columns, all of the same length."}


def _of_fields(content: Json, facts: Facts) -> Json:
    """``content`` without the keys that make another form of a body."""
    others = sorted(facts.conventions.intersection(TABLES))
    return {**content, "propertyNames": {"not": {"enum": others}}} if others else content


def _row(facts: Facts) -> Json:
    fields = _fields(facts)
    row: Json = {
        "type": "array",
        "description": f"A record in the model's order: {', '.join(fields) or 'no fields'}.",
        "minItems": len(fields),
        "maxItems": len(fields),
    }
    return {**row, "prefixItems": list(fields.values())} if fields else row


def _arrays(facts: Facts) -> Iterator[Json]:
    """Records by name, in order, in SageMaker's wrapping or, of one field, as bare values."""
    yield _array(ref("Record"))
    yield _array(ref("Row"))
    forms = [ref("Row"), *_bare(facts)]
    wrapped = [("features", ref("Row")), *(("data", _data(form)) for form in forms)]
    yield from (
        _array(_object({key: value}, [key])) for key, value in wrapped if key in facts.conventions
    )
    yield from map(_array, _bare(facts))


def _parameters(facts: Facts) -> Json:
    properties: dict[str, Json] = {
        name: {"type": ["string", "number", "boolean"]} if values is True else {"enum": values}
        for name, values in facts.parameters.items()
    }
    told = "those that bridge.toml allows" if properties else "bridge.toml allows none"
    content = {**_object(properties, []), "description": f"Arguments of predict(): {told}."}
    return {**content, "type": ["object", "null"]}
