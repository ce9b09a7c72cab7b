"""Checks requests and answers against a Google API's discovery document.

    sheets = discovery.load("google-sheets.v4.discovery.json")    # skips the test without the folder
    assert sheets.faults(emulator.exchanges) == []

A discovery document describes requests and successful answers; refusals have no schema in it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from tests.conformance.openapi import Exchange, specs

# Any, throughout: a discovery document is JSON whose shape is Google's.
Document = Mapping[str, Any]

_PATTERNS = {
    # Google writes 64-bit integers as texts, since JSON's numbers are too small for them.
    "int64": r"^-?\d+$",
    "uint64": r"^\d+$",
    "date": r"^\d{4}-\d\d-\d\d$",
    "date-time": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
    "google-datetime": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$",
}


def load(name: str) -> Discovery:
    """The document in file `name`."""
    path = specs() / name
    if not path.is_file():
        pytest.fail(f"{path} is missing")
    return Discovery(json.loads(path.read_text()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of the API; `pattern` is the path under which a server offers it."""

    id: str
    verb: str
    pattern: re.Pattern[str]
    parameters: Document
    request: str | None
    response: str | None


class Discovery:
    """Finds what is wrong with an exchange; a list of sentences, empty when all is well."""

    def __init__(self, document: Document) -> None:
        self._schemas = {name: to_json_schema(schema) for name, schema in document["schemas"].items()}
        self._methods = [
            Method(
                id=method["id"],
                verb=method["httpMethod"],
                pattern=_template(document["servicePath"] + method.get("flatPath", method["path"])),
                parameters={**document["parameters"], **method.get("parameters", {})},
                request=method.get("request", {}).get("$ref"),
                response=method.get("response", {}).get("$ref"),
            )
            for method in _methods(document)
        ]

    def faults(self, exchanges: Iterable[Exchange]) -> list[str]:
        """All that is wrong in requests and answers."""
        return [
            f"{exchange.method} {exchange.path}: {fault}"
            for exchange in exchanges
            for fault in (*self.request_faults(exchange), *self.response_faults(exchange))
        ]

    def request_faults(self, exchange: Exchange) -> list[str]:
        method = self.method_of(exchange)
        if method is None:
            return ["the API has no such path and method"]
        return [*_parameter_faults(method, exchange), *self._body_faults(method, exchange)]

    def _body_faults(self, method: Method, exchange: Exchange) -> list[str]:
        if method.request is None:
            return ["a body, which no read has"] if exchange.body else []
        try:
            value = json.loads(exchange.body)
        except ValueError as error:
            return [f"the body is not JSON: {error}"]
        fault = _fault(value, {"$ref": f"#/$defs/{method.request}", "$defs": self._schemas})
        return [f"the body: {fault}"] if fault else []

    def response_faults(self, exchange: Exchange) -> list[str]:
        method = self.method_of(exchange)
        if method is None or method.response is None or exchange.status >= 400:
            return []
        try:
            value = json.loads(exchange.response_body)
        except ValueError as error:
            return [f"answer {exchange.status} is not JSON: {error}"]
        schema = {"$ref": f"#/$defs/{method.response}", "$defs": self._schemas}
        fault = _fault(value, schema)
        return [f"answer {exchange.status}: {fault}"] if fault else []

    def method_of(self, exchange: Exchange) -> Method | None:
        """The method that a request calls."""
        for method in self._methods:
            if method.verb == exchange.method and method.pattern.fullmatch(exchange.path):
                return method
        return None


def to_json_schema(schema: Any) -> Any:
    """A discovery document's schema in the words of JSON Schema.

    An object has the properties that it lists and no others, so that an invented one is noticed.
    """
    if "$ref" in schema:
        return {"$ref": f"#/$defs/{schema['$ref']}"}
    plain = {key: schema[key] for key in ("type", "enum", "pattern") if key in schema}
    if plain.get("type") == "any":
        del plain["type"]
    if pattern := _PATTERNS.get(schema.get("format", "")):
        plain["pattern"] = pattern
    if "items" in schema:
        plain["items"] = to_json_schema(schema["items"])
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        plain["properties"] = {name: to_json_schema(each) for name, each in properties.items()}
        others = schema.get("additionalProperties")
        plain["additionalProperties"] = to_json_schema(others) if others else False
    return plain


def _methods(resource: Document) -> Iterator[Document]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def _template(path: str) -> re.Pattern[str]:
    # A value in a path never holds a slash or a colon: `values:batchGet` is not the range `values`.
    parts = re.split(r"\{\w+\}", path)
    return re.compile("/" + "[^/:]+".join(re.escape(part) for part in parts))


def _parameter_faults(method: Method, exchange: Exchange) -> Iterator[str]:
    given = parse_qsl(exchange.query, keep_blank_values=True)
    known = {name: each for name, each in method.parameters.items() if each["location"] == "query"}
    times = Counter(name for name, _ in given)
    for name, text in given:
        if name not in known:
            yield f"{method.id} has no query parameter {name!r}"
        elif fault := _fault(_typed(text, known[name]), to_json_schema(known[name])):
            yield f"query parameter {name!r}: {fault}"
    for name, parameter in known.items():
        if times[name] > 1 and not parameter.get("repeated"):
            yield f"query parameter {name!r} stands {times[name]} times, and may stand once"
        if parameter.get("required") and not times[name]:
            yield f"query parameter {name!r} is required"


def _typed(text: str, parameter: Document) -> Any:
    """A query parameter's text as what its type means by it."""
    kind = parameter.get("type")
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def _fault(value: Any, schema: Mapping[str, Any]) -> str | None:
    error: ValidationError | None = best_match(Draft202012Validator(schema).iter_errors(value))
    return None if error is None else f"{error.json_path}: {error.message[:300]}"
