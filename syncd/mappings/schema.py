"""The grammar of mapping files as JSON Schema, for editors (`# yaml-language-server: $schema=`).

It says what an editor can use: keys, words, types, and what they mean. The loader knows more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from pydantic.json_schema import models_json_schema

from syncd.okr.formula import FUNCTIONS
from syncd.sdk.ask import Ask
from syncd.sdk.plugin import Plugin

# Any: JSON Schema is JSON of many shapes.
Schema = dict[str, Any]

_NAME = "^[a-z0-9][a-z0-9-]{0,62}$"
_DURATION: Schema = {"type": "string", "pattern": "^[0-9]+[smhdw]$", "examples": ["5m", "12h", "28d"]}
_DATE: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_DONE_BY = ("done_on", "measure", "when")
_TEXT: Schema = {"type": "string", "minLength": 1}
_NUMBER: Schema = {"type": "number"}
_MODE: Schema = {
    "enum": ["live", "shadow"],
    "description": "In shadow it is computed and shown, and pushed to nobody. Handed down.",
}
_PUSH: Schema = {
    "type": "boolean",
    "description": "Whether its own events are sent; it counts in its objective either way. Handed down.",
}
_WINDOW: Schema = {
    "description": "Count only what falls inside.",
    "anyOf": [
        {"const": "cycle"},
        {"const": "period", "description": "Each period of the rate by itself."},
        {"type": "string", "pattern": "^[1-9][0-9]*[dw]$"},
        {
            "type": "object",
            "properties": {"from": _DATE, "to": _DATE},
            "required": ["from", "to"],
            "additionalProperties": False,
        },
    ],
}


def mapping_schema(plugins: Mapping[str, Plugin]) -> Schema:
    """The schema of one mapping file; connector name -> plugin."""
    definitions: Schema = {}
    kinds = [reference for plugin in plugins.values() for reference in _kinds(plugin, definitions)]
    definitions["query"] = {"anyOf": kinds}
    definitions["measures"] = {
        "type": "object",
        "description": "Measurements by name.",
        "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$", "not": {"enum": sorted(FUNCTIONS)}},
        "additionalProperties": {"$ref": "#/$defs/query"},
    }
    definitions["key_result"] = _key_result()
    definitions["objective"] = _objective()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "OKRs, and where their numbers come from",
        **_object(
            {
                "cycle": {**_TEXT, "description": "A cycle of syncd.yaml."},
                "team": _name("The team that these are of."),
                "individual": _name("The person that these are of."),
                "member_of": _name("The person's team."),
                "organisation": {"const": True, "description": "These are of the organisation as a whole."},
                "owner": {**_TEXT, "description": "Who answers for them, unless one says otherwise."},
                "mode": _MODE,
                "measures": {"$ref": "#/$defs/measures"},
                "objectives": _named("#/$defs/objective"),
            },
            required=["cycle", "objectives"],
        ),
        "oneOf": [
            {"required": ["team"]},
            {"required": ["individual", "member_of"]},
            {"required": ["organisation"]},
        ],
        "$defs": definitions,
    }


def _kinds(plugin: Plugin, definitions: Schema) -> Iterable[Schema]:
    """Adds the plugin's queries to the definitions and gives the references to them."""
    models, shared = models_json_schema(
        [(ask, "validation") for ask in plugin.queries], ref_template=f"#/$defs/{plugin.name}.{{model}}"
    )
    for name, schema in shared.get("$defs", {}).items():
        definitions[f"{plugin.name}.{name}"] = schema
    for ask in plugin.queries:
        reference = models[(ask, "validation")]["$ref"]
        _add_core_keys(definitions[reference.removeprefix("#/$defs/")], ask)
        yield {"$ref": reference}


def _add_core_keys(schema: Schema, ask: type[Ask]) -> None:
    core: Schema = {
        "from": {**_TEXT, "description": "A connection of syncd.yaml."},
        "min_value": {**_NUMBER, "description": "Below it there is no value."},
    }
    if ask.has_sample:
        core["min_sample"] = {
            "type": "integer",
            "minimum": 1,
            "description": "With a smaller sample there is no value.",
        }
    if ask.window is not None:
        core["window"] = _WINDOW
        if ask.window.by:
            core["by"] = {"enum": list(ask.window.by), "description": "Which moment falls into the window."}
            schema["dependentRequired"] = {"window": ["by"], "by": ["window"]}
    schema["properties"] = {**core, **schema["properties"]}
    schema["required"] = ["from", *schema.get("required", [])]


def _objective() -> Schema:
    return _object(
        {
            "title": _TEXT,
            "owner": _TEXT,
            "supports": {
                "type": "array",
                "description": "What it moves: team/objective or team/objective/key-result.",
                "items": _TEXT,
            },
            "rollup": {"enum": ["key_results", "supporters", "by_hand"]},
            "was": {**_TEXT, "description": "What it was called: team/objective. Its key results go along."},
            "mode": _MODE,
            "push": _PUSH,
            "key_results": _named("#/$defs/key_result"),
        },
        required=["title"],
    )


def _key_result() -> Schema:
    schema = _object(
        {
            "title": _TEXT,
            "unit": {**_TEXT, "examples": ["ratio", "count", "days", "hours", "minutes", "points", "EUR"]},
            "owner": _TEXT,
            "weight": {"type": "number", "minimum": 0},
            "start": {
                "description": "Value when the cycle began; `measured`: the first one read in it.",
                "anyOf": [_NUMBER, {"const": "measured"}, {"$ref": "#/$defs/query"}],
            },
            "target": {
                "description": "Value to reach, above or below the start; a query is asked once.",
                "anyOf": [_NUMBER, {"$ref": "#/$defs/query"}],
            },
            "change": {
                "description": "The target, seen from the start: a share of it, or so much more or less.",
                "anyOf": [_NUMBER, {"type": "string", "pattern": "^[-+]?[0-9]+([.][0-9]+)? ?%$"}],
            },
            "targets": {
                "type": "object",
                "description": "What pace expects by the end of a day.",
                "propertyNames": {"pattern": _DATE["pattern"]},
                "additionalProperties": _NUMBER,
            },
            "smooth": _smooth(),
            "guard": _guard(),
            "was": {
                **_TEXT,
                "description": "What it was called: team/objective/key-result. Its history goes on.",
            },
            "keep": _band(),
            "rate": _rate(),
            "milestones": {
                "type": "object",
                "description": "Named steps.",
                "minProperties": 1,
                "propertyNames": {"pattern": _NAME},
                "additionalProperties": _milestone(),
            },
            "observe": {"const": True, "description": "Measure first, target later."},
            "composite": _composite(),
            "measure": {"anyOf": [{"$ref": "#/$defs/query"}, {"$ref": "#/$defs/measures"}]},
            "value": {**_TEXT, "description": "Arithmetic over the measurements: done / scope"},
            "freshness": _object({"warn_after": _DURATION, "error_after": _DURATION}),
            "refresh": _DURATION,
            "mode": _MODE,
            "push": _PUSH,
        },
        required=["title"],
    )
    groups = [
        ["start", "target"],
        ["start", "change"],
        ["keep"],
        ["rate"],
        ["milestones"],
        ["observe"],
        ["composite"],
    ]
    return {**schema, "oneOf": [{"required": group} for group in groups]}


def _guard() -> Schema:
    schema = _object(
        {
            "min": {**_NUMBER, "description": "Less is not believed until a person confirms it."},
            "max": {**_NUMBER, "description": "Nor is more."},
            "max_jump": {
                "type": "number",
                "exclusiveMinimum": 0,
                "description": "Nor a larger move at once.",
            },
            "max_shrink": {
                "type": "number",
                "exclusiveMinimum": 0,
                "exclusiveMaximum": 1,
                "description": "Nor a divisor that shrank by a larger share at once.",
            },
        }
    )
    return {**schema, "minProperties": 1}


def _smooth() -> Schema:
    points = {"type": "integer", "minimum": 1, "description": "Days with a value, below which there is none."}
    mean = {"type": "string", "pattern": "^[1-9][0-9]*[dw]$", "examples": ["28d"]}
    return _object({"mean": mean, "min_points": points}, required=["mean"])


def _rate() -> Schema:
    return _object(
        {
            "at_least": {"type": "number", "exclusiveMinimum": 0},
            "every": {"enum": ["day", "week", "month"]},
            "carry_over": {"type": "boolean", "description": "A rich period lends to a poor one."},
            "of": {
                "enum": ["amount", "running_total"],
                "description": "The number is a period's amount, or a total that runs on.",
            },
        },
        required=["at_least", "every"],
    )


def _band() -> Schema:
    sides = dict.fromkeys(("at_least", "at_most", "above", "below"), _NUMBER)
    between = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
    tolerance = {"type": "number", "exclusiveMinimum": 0}
    return _object(
        {**sides, "between": between, "tolerance": tolerance, "by": {"enum": ["latest", "mean", "worst"]}}
    )


def _milestone() -> Schema:
    step = _object(
        {
            "title": _TEXT,
            "weight": {"type": "number", "minimum": 0},
            "due": {**_DATE, "description": "By the end of which day pace expects it."},
            "done_on": {**_DATE, "description": "A fact."},
            "measure": {"$ref": "#/$defs/query", "description": "Done at 1."},
            "when": {**_TEXT, "description": "Done for good once it holds: open == 0"},
        },
        required=["title"],
    )
    return {**step, "not": {"anyOf": [{"required": list(two)} for two in combinations(_DONE_BY, 2)]}}


def _composite() -> Schema:
    parts = {
        "type": "object",
        "description": "Ids of key results, each with its weight.",
        "minProperties": 1,
        "additionalProperties": {"type": "number", "minimum": 0},
    }
    return _object({"parts": parts, "take": {"enum": ["mean", "worst"]}}, required=["parts"])


def _object(properties: Schema, *, required: Iterable[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _named(reference: str) -> Schema:
    return {
        "type": ["object", "null"],
        "propertyNames": {"pattern": _NAME},
        "additionalProperties": {"$ref": reference},
    }


def _name(description: str) -> Schema:
    return {"type": "string", "pattern": _NAME, "description": description}
