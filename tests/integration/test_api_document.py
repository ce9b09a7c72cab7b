"""The OpenAPI document is valid, complete, and says what each route needs."""

from __future__ import annotations

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from syncd import cli
from syncd.api.app import ROUTERS, openapi_document
from syncd.api.routes import Route
from syncd.okr.event_schema import SCHEMAS


def test_the_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(openapi_document()).validate()


def test_every_route_and_every_event_type_is_in_the_document() -> None:
    document = openapi_document()

    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, Route)
            operations = document["paths"][route.path_format]
            assert {method.lower() for method in route.methods or ()} <= operations.keys()
    assert document["webhooks"].keys() == SCHEMAS.keys()


def test_every_operation_names_its_scope_its_problems_and_itself() -> None:
    operations = [operation for path in openapi_document()["paths"].values() for operation in path.values()]

    for operation in operations:
        assert operation["x-scope"] in ("none", "read", "check-in", "admin")
        assert ("security" in operation) is (operation["x-scope"] != "none")
        assert "application/problem+json" in operation["responses"]["4XX"]["content"]
        assert operation["description"]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))


def test_every_answer_to_a_get_has_an_etag_and_may_be_unchanged() -> None:
    reads = [path["get"] for path in openapi_document()["paths"].values() if "get" in path]

    assert all("ETag" in read["responses"][status]["headers"] for read in reads for status in ("200", "304"))


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["openapi"]) == 0

    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(openapi_document()))
