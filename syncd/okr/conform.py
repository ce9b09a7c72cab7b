"""Whether JSON is what a schema says, in those words of JSON Schema that `event_schema` uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from syncd.errors import excerpt

Schema = Mapping[str, Any]  # Any: JSON

_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_FORMATS: Final = {"date-time": datetime.fromisoformat, "date": date.fromisoformat}


def mistakes(value: object, schema: Schema, *, where: str = "body") -> Iterator[tuple[str, str]]:
    """Where, and what; nothing when it conforms. Fields that the schema does not name may be there."""
    if "anyOf" in schema:
        if all(any(mistakes(value, each)) for each in schema["anyOf"]):
            yield where, f"{_shown(value)} is none of what it can be"
        return
    if (wrong := _wrong(value, schema)) is not None:
        yield where, wrong
    elif isinstance(value, dict):
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{where}.{name}", "is missing"
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        for name, item in value.items():
            yield from mistakes(item, known.get(name, others), where=f"{where}.{excerpt(name, 100)}")
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from mistakes(item, schema.get("items", {}), where=f"{where}.{n}")


def _wrong(value: object, schema: Schema) -> str | None:
    """What is wrong with the value itself, whatever is in it."""
    types = schema.get("type", ())
    types = (types,) if isinstance(types, str) else types
    if types and not any(_is(value, name) for name in types):
        return f"{_shown(value)} is not of the type {' or '.join(types)}"
    if "const" in schema and value != schema["const"]:
        return f"{_shown(value)} is not {schema['const']!r}"
    if "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
        return f"{_shown(value)} is none of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, int | float) and not (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
    ):
        bounds = (f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema)
        return f"{_shown(value)} is not {' and '.join(bounds)}"
    if isinstance(value, str) and not _is_written(value, schema):
        return f"{_shown(value)} is no {schema.get('format', 'text')} as it is written here"
    return None


_BOUNDS: Final = {"minimum": "at least", "maximum": "at most"}


def _is(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[name])


def _same(value: object, other: object) -> bool:
    return type(value) is type(other) and value == other


def _is_written(text: str, schema: Schema) -> bool:
    if "pattern" in schema and not re.search(schema["pattern"], text):
        return False
    try:
        _FORMATS.get(schema.get("format", ""), str)(text)
    except ValueError:
        return False
    return True


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return excerpt(repr(value), 60)
