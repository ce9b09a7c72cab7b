"""Checks requests and responses against an API description that its vendor publishes (OpenAPI 3.0).

    jira = openapi.load("jira-cloud.openapi.json")      # skips the test where the folder is missing
    assert jira.faults(emulator.exchanges) == []

The descriptions are no part of this repository: `SYNCD_SPECS` names their folder, else it is
looked for beside the project. Where it is missing, a test skips and says so; with `SYNCD_CI=1`
it fails instead.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

PROJECT = Path(__file__).resolve().parents[2]
BESIDE_THE_PROJECT = PROJECT.parent / "shared" / "specs"

# Any, throughout: an OpenAPI document is JSON whose shape is the vendor's.
Document = dict[str, Any]


class Exchange(Protocol):
    """What an emulator remembers of one request and its answer."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def response_body(self) -> str: ...


def specs() -> Path:
    """The folder of the vendors' descriptions; skips the test without it, fails it in CI."""
    folder = Path(os.environ.get("SYNCD_SPECS", BESIDE_THE_PROJECT))
    if folder.is_dir():
        return folder
    reason = f"no API descriptions at {folder}; SYNCD_SPECS names their folder"
    if os.environ.get("SYNCD_CI") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def load(name: str, *, base: str = "") -> OpenApi:
    """The description in file `name`; `base` is the path under which a server offers it."""
    return OpenApi(document=_read(specs() / name), base=base)


@cache
def _read(path: Path) -> Document:
    if not path.is_file():
        pytest.fail(f"{path} is missing")
    document: Document = _to_json_schema(json.loads(path.read_text()))
    return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path, as described."""

    pointer: str
    described: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...]
    in_path: Mapping[str, str]


class OpenApi:
    """Finds what is wrong with an exchange; a list of sentences, empty when all is well."""

    def __init__(self, *, document: Document, base: str = "") -> None:
        self._document = document
        self._base = base
        resource = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource("urn:api", resource)
        self._templates = sorted(
            ((_template(path), path) for path in document["paths"]),
            key=lambda pair: pair[1].count("{"),  # a literal path wins over one with parameters
        )

    def faults(self, exchanges: Iterable[Exchange]) -> list[str]:
        """All that is wrong in requests and answers."""
        return [
            f"{exchange.method} {exchange.path}: {fault}"
            for exchange in exchanges
            for fault in (*self.request_faults(exchange), *self.response_faults(exchange))
        ]

    def request_faults(self, exchange: Exchange) -> list[str]:
        operation = self._operation(exchange)
        if operation is None:
            return ["the API has no such path and method"]
        return [*self._parameter_faults(operation, exchange), *self._body_faults(operation, exchange)]

    def response_faults(self, exchange: Exchange) -> list[str]:
        operation = self._operation(exchange)
        if operation is None:
            return []  # said about the request already
        responses = operation.described["responses"]
        status = next(
            (s for s in (str(exchange.status), f"{exchange.status // 100}XX", "default") if s in responses),
            None,
        )
        if status is None:
            # No vendor lists every refusal (429, 410, 5xx), each lists every success.
            return [] if exchange.status >= 400 else [f"status {exchange.status} is not described"]
        described = responses[status]
        pointer = f"{operation.pointer}/responses/{status}"
        if "$ref" in described:
            pointer = str(described["$ref"]).removeprefix("#")
            described = self._at(pointer)
        if "application/json" not in described.get("content", {}):
            return []
        if exchange.status >= 400 and not exchange.response_body.startswith(("{", "[")):
            return []  # a refusal of something in front of the API
        return [
            f"answer {exchange.status}: {fault}"
            for fault in self._json_faults(
                exchange.response_body, f"{pointer}/content/application~1json/schema"
            )
        ]

    def _operation(self, exchange: Exchange) -> Operation | None:
        if not exchange.path.startswith(self._base):
            return None
        path = exchange.path.removeprefix(self._base)
        for pattern, template in self._templates:
            match = pattern.fullmatch(path)
            item = self._document["paths"][template]
            described = item.get(exchange.method.lower())
            if match is None or described is None:
                continue
            listed = (*item.get("parameters", ()), *described.get("parameters", ()))
            return Operation(
                pointer=f"/paths/{_escaped(template)}/{exchange.method.lower()}",
                described=described,
                parameters=tuple(self._resolved(parameter) for parameter in listed),
                in_path=match.groupdict(),
            )
        return None

    def _parameter_faults(self, operation: Operation, exchange: Exchange) -> Iterator[str]:
        given = parse_qsl(exchange.query, keep_blank_values=True)
        known = {p["name"]: p for p in operation.parameters if p["in"] == "query"}
        for name, text in given:
            if name not in known:
                yield f"the API has no query parameter {name!r}"
                continue
            schema = known[name].get("schema", {})
            if fault := self._fault(_typed(text, self._resolved(schema)), schema):
                yield f"query parameter {name!r}: {fault}"
        for name, parameter in known.items():
            if parameter.get("required") and name not in dict(given):
                yield f"query parameter {name!r} is required"

    def _body_faults(self, operation: Operation, exchange: Exchange) -> list[str]:
        described = operation.described.get("requestBody")
        if described is None:
            return [f"a body that the API does not know: {exchange.body[:80]}"] if exchange.body else []
        if not exchange.body:
            return ["a body is required"] if self._resolved(described).get("required") else []
        pointer = f"{operation.pointer}/requestBody/content/application~1json/schema"
        return [f"body: {fault}" for fault in self._json_faults(exchange.body, pointer)]

    def _json_faults(self, text: str, pointer: str) -> list[str]:
        try:
            value = json.loads(text)
        except ValueError as error:
            return [f"not JSON: {error}"]
        fault = self._fault(value, {"$ref": f"urn:api#{quote(pointer, safe='/~')}"})
        return [fault] if fault else []

    def _fault(self, value: Any, schema: Mapping[str, Any]) -> str | None:
        absolute = _absolute(schema)
        validator = Draft202012Validator(
            absolute, registry=self._registry, format_checker=FormatChecker(["date", "uuid", "email"])
        )
        error: ValidationError | None = best_match(validator.iter_errors(value))
        return None if error is None else f"{error.json_path}: {error.message[:300]}"

    def _resolved(self, described: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in described:
            described = self._at(str(described["$ref"]).removeprefix("#"))
        return described

    def _at(self, pointer: str) -> Mapping[str, Any]:
        here: Any = self._document
        for part in pointer.strip("/").split("/"):
            here = here[part.replace("~1", "/").replace("~0", "~")]
        found: Mapping[str, Any] = here
        return found


def _to_json_schema(node: Any) -> Any:
    """OpenAPI 3.0's own `nullable` in the words of JSON Schema; the rest means the same in both."""
    if isinstance(node, list):
        return [_to_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _to_json_schema(value) for key, value in node.items()}
    # `nullable` is also a legal name of a property, which then holds a schema.
    if plain.get("nullable") is not True:
        return plain
    del plain["nullable"]
    if isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]
        if "enum" in plain and None not in plain["enum"]:
            plain["enum"] = [*plain["enum"], None]
        return plain
    return {"anyOf": [plain, {"type": "null"}]}


def _absolute(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_absolute(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"urn:api{value}"
        if key == "$ref" and isinstance(value, str) and value[:1] == "#"
        else _absolute(value)
        for key, value in schema.items()
    }


def _template(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile(
        "".join(re.escape(part) if i % 2 == 0 else f"(?P<{part}>[^/]+)" for i, part in enumerate(parts))
    )


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _typed(text: str, schema: Mapping[str, Any]) -> Any:
    """A query parameter's text as what its schema means by it."""
    kind = schema.get("type")
    if kind == "array":
        return [_typed(item, schema.get("items", {})) for item in text.split(",")]
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    return text
