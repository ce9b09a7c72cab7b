from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from syncd.mappings.document import parse_document
from syncd.mappings.findings import Findings
from syncd.mappings.nodes import to_plain
from syncd.mappings.schema import mapping_schema
from tests.plugins import PLUGINS

HERE = Path(__file__).parent
VALIDATOR = Draft202012Validator(mapping_schema(PLUGINS))


def plain(path: Path) -> object:
    node = parse_document(path.read_text(), path=path.name, findings=Findings())
    assert node is not None
    return to_plain(node)


def test_the_schema_is_a_schema_and_plain_json() -> None:
    schema = mapping_schema(PLUGINS)

    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("path", sorted((HERE / "valid").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_schema_admits_what_the_loader_reads(path: Path) -> None:
    assert list(VALIDATOR.iter_errors(plain(path))) == []


@pytest.mark.parametrize(
    "name",
    [
        "file-unknown-key",
        "file-no-cycle",
        "file-two-owners",
        "file-person-without-team",
        "objective-bad-id",
        "objective-without-title",
        "kind-none",
        "kind-mixture",
        "kind-start-is-text",
        "kind-rate-of-nothing",
        "kind-rate-without-every",
        "kind-rate-every-year",
        "key-result-unknown-key",
        "key-result-refresh-number",
        "query-misspelt-kind",
        "query-two-kinds",
        "query-unknown-option",
        "query-wrong-choice",
        "query-window-without-by",
        "query-window-refused",
        "query-by-refused",
        "measure-in-capitals",
        "milestone-two-ways",
        "milestone-without-title",
        "milestone-name-in-capitals",
        "milestone-measure-is-text",
        "milestones-empty-map",
        "composite-wrong-take",
        "composite-no-parts",
        "composite-negative-weight",
    ],
)
def test_an_editor_sees_many_mistakes_without_syncd(name: str) -> None:
    assert not VALIDATOR.is_valid(plain(HERE / "invalid" / f"{name}.yaml"))
