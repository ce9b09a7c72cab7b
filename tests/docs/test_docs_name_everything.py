"""What can be written, called, answered or received stands in the guides."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import connectors
import syncd
from syncd.bootstrap import plugins
from syncd.errors import SyncdError
from syncd.mappings.kinds import GROUPS
from syncd.mappings.queries import CORE_KEYS
from syncd.mappings.schema import mapping_schema
from syncd.okr.definition import Calendar
from syncd.okr.event_schema import SCHEMAS
from syncd.settings.connections import CORE_KEYS as CONNECTION_KEYS
from tests.guides import ROOT, codes, page, program, rows, section

ADMIN = page("docs/admin.md")
SOURCES = sorted([*(ROOT / "syncd").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")])


def command_rows() -> dict[str, str]:
    listed = rows(section(ADMIN, "Commands and exit codes"))
    return {cells[0].strip("`").removeprefix("syncd "): " ".join(cells[1:]) for cells in listed}


@pytest.mark.parametrize("name", sorted(program()))
def test_every_command_stands_in_the_admin_guide_with_its_options(name: str) -> None:
    options = {
        word for parameter in program()[name].params for word in parameter.opts if word.startswith("--")
    }

    assert name in command_rows()
    assert options - {"--help"} <= codes(command_rows()[name])


def test_the_admin_guide_lists_no_command_that_is_not_there() -> None:
    assert command_rows().keys() <= program().keys()


# Methods of syncd.mappings.fields.Fields that read a key.
READS = re.compile(
    r"\.(?:text|required_text|number|flag|duration|day|name|choice|map|items|texts|get|require)"
    r'\(\s*"([a-z_]+)"'
)
NOT_READ = {"models.py", "schema.py"}  # what they look up are pydantic's words
NOT_WRITTEN = {"literal_path"}  # a mark on a connector's model


def keys_read(folder: str) -> set[str]:
    modules = [path for path in (ROOT / "syncd" / folder).glob("*.py") if path.name not in NOT_READ]
    return {key for path in modules for key in READS.findall(path.read_text())} - NOT_WRITTEN


def keys_of_schema(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from keys_of_schema(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from keys_of_schema(inner)


def test_every_key_of_syncd_yaml_stands_in_the_admin_guide() -> None:
    told = {key for cells in rows(section(ADMIN, "syncd.yaml")) for key in codes(" ".join(cells[:2]))}
    of_pace = {field.name for field in fields(Calendar)} - {"zone", "holidays", "count"}
    of_connectors = {name for plugin in plugins().values() for name in plugin.config.model_fields}

    found = keys_read("settings") | CONNECTION_KEYS | of_pace | of_connectors

    assert {"organisation", "refresh", "include", "too_early", "spreadsheet"} <= found
    assert found - told == set()


def test_every_key_of_mapping_files_stands_in_the_guides() -> None:
    told = codes(section(ADMIN, "Mapping files"))
    of_queries = page("docs/queries.md")
    told |= codes(of_queries) | set(re.findall(r"\b([a-z_]+):", of_queries))

    written = keys_of_schema(mapping_schema(plugins()))
    found = {*keys_read("mappings"), *GROUPS, *CORE_KEYS, *written}

    assert {"cycle", "tolerance", "warn_after", "jql", "take", "min_sample", "guard", "change"} <= found
    assert found - told == set()


@pytest.mark.parametrize("name", sorted(plugins()))
def test_every_kind_of_query_stands_in_the_guide_with_its_moments(name: str) -> None:
    plugin = plugins()[name]
    text = section(page("docs/queries.md"), plugin.title)
    listed = {kind: cells for cells in rows(text) for kind in codes(cells[0])}

    for kind, ask in plugin.kinds.items():
        assert kind in listed
        assert re.search(rf"\b{kind}: ", text), f"no example of {kind}"
        assert set(ask.window.by if ask.window else ()) <= codes(listed[kind][-1])
        assert (listed[kind][-1] == "none") == (ask.window is None)
    assert listed.keys() <= plugin.kinds.keys()
    assert plugin.later.keys() <= codes(text)


def test_every_code_stands_in_the_admin_guide() -> None:
    assert codes_of_findings() <= told_under("Findings of check")
    assert codes_of_errors() | codes_of_classes() <= told_under("Codes")


def test_the_admin_guide_lists_no_code_that_is_not_there() -> None:
    assert told_under("Codes") <= codes_of_findings() | codes_of_errors() | codes_of_classes()


def test_the_admin_guide_says_who_acts_as_the_code_does() -> None:
    told = {
        code: cells[1]
        for cells in rows(section(ADMIN, "Codes"))
        for code in codes(cells[0])
        if cells[1] in ACTORS
    }

    codes_of_classes()  # imports them all
    by_name = {error.__name__: error for error in classes(SyncdError)}
    found = {(error.code, error.actor) for error in by_name.values()}
    for path in SOURCES:
        for call in calls(path):
            error = by_name.get(getattr(call.func, "id", ""))
            for keyword in call.keywords if error else ():
                if keyword.arg == "code":
                    found |= {(text, error.actors.get(text, error.actor)) for text in texts(keyword.value)}

    assert ("empty_cell", "operator") in found
    assert [(code, actor) for code, actor in sorted(found) if told.get(code, actor) != actor] == []


ACTORS = {"operator", "author", "receiver", "nobody"}


def told_under(heading: str) -> set[str]:
    return {code for cells in rows(section(ADMIN, heading)) for code in codes(cells[0])}


def codes_of_classes() -> set[str]:
    for package in (syncd, connectors):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not re.search(r"__main__|migrations|emulat|\.testing|\.demo\.consumer", module.name):
                importlib.import_module(module.name)
    return {error.code for error in classes(SyncdError)}


def classes(error: type[SyncdError]) -> Iterator[type[SyncdError]]:
    yield error
    for below in error.__subclasses__():
        if below.__module__.startswith(("syncd.", "connectors.")):
            yield from classes(below)


def codes_of_errors() -> set[str]:
    """Every `code="..."` that an error is made with."""
    return {
        text
        for path in SOURCES
        for call in calls(path)
        for keyword in call.keywords
        if keyword.arg == "code"
        for text in texts(keyword.value)
    }


def codes_of_findings() -> set[str]:
    """The second argument of `findings.error(place, code, message)` and of its like; formulas' codes too."""
    told = {
        text
        for path in SOURCES
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"error", "warn", "_stop"}
        if len(call.args) >= 3
        for text in texts(call.args[1])
    }
    assert {"unknown_key", "alias", "circle", "plain_http"} <= told
    return told


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def texts(node: ast.expr) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def test_every_event_stands_in_the_consumer_guide_with_its_data() -> None:
    listed = {cells[0].strip("`"): cells for cells in rows(section(page("docs/consumer.md"), "Events"))}

    assert listed.keys() == SCHEMAS.keys()
    for name, schema in SCHEMAS.items():
        told = codes(listed[name][2])
        if told:  # else it says: the same as above
            assert set(schema["properties"]["data"]["required"]) <= told


def test_every_environment_variable_stands_in_the_admin_guide() -> None:
    programs = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *ROOT.glob("*.yml"), ROOT / ".ci" / "run"]
    found = {name for path in programs for name in re.findall(r"\bSYNCD_[A-Z_]+\b", path.read_text())}

    told = {name for cells in rows(section(ADMIN, "Environment variables")) for name in codes(cells[0])}

    assert "SYNCD_LOG_LEVEL" in found
    assert told == found


def test_every_target_of_make_stands_in_contributing() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", page("Makefile"), re.MULTILINE))

    told = codes(section(page("CONTRIBUTING.md"), "Set up"))

    assert {f"make {target}" for target in targets - {"help"}} | {"make"} <= told


def test_every_decision_stands_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"

    missing = [p.name for p in folder.glob("0*.md") if p.name not in page("docs/decisions/README.md")]

    assert missing == []
