"""The map at the entrance names every part, and every part says what it is."""

from __future__ import annotations

import ast
import configparser
import importlib
import itertools
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

import syncd
from syncd import sdk

PROJECT = Path(__file__).resolve().parents[2]
PARTS = sorted(part.name for part in pkgutil.iter_modules(syncd.__path__) if part.name != "__main__")
SOURCES = sorted(
    path for package in ("syncd", "connectors", "benchmarks") for path in (PROJECT / package).rglob("*.py")
)


def test_the_map_names_every_part_and_no_other() -> None:
    named = re.findall(r"^    (\w+) {2,}\S", syncd.__doc__ or "", re.MULTILINE)

    assert sorted(named) == PARTS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


def test_the_folder_of_the_connectors_holds_no_code() -> None:
    (docstring,) = ast.parse((PROJECT / "connectors" / "__init__.py").read_text()).body

    assert isinstance(docstring, ast.Expr)


@pytest.mark.parametrize("name", sdk.__all__)
def test_every_public_name_of_the_contract_is_there_and_documented(name: str) -> None:
    meant = getattr(sdk, name)
    home = importlib.import_module(sdk._WHERE[name])

    if isinstance(meant, type | FunctionType):
        assert meant.__doc__
        assert not meant.__doc__.startswith(f"{name}("), "the signature is no documentation"
    else:  # an alias of a type has no docstring: a text stands under it
        assert name in _documented_aliases(Path(home.__file__ or ""))


def _documented_aliases(path: Path) -> set[str]:
    body = ast.parse(path.read_text()).body
    return {
        target.id
        for before, after in itertools.pairwise(body)
        for target in _targets(before)
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
    }


def _targets(statement: ast.stmt) -> Iterator[ast.Name]:
    if isinstance(statement, ast.Assign):
        yield from (target for target in statement.targets if isinstance(target, ast.Name))


def test_everything_but_the_contract_is_closed_to_connectors() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(PROJECT / ".importlinter")
    closed = contracts["importlinter:contract:connectors-know-the-sdk-alone"]["forbidden_modules"].split()

    assert sorted(closed) == [f"syncd.{part}" for part in PARTS if part != "sdk"]


def test_no_test_replaces_parts_behind_their_back() -> None:
    importing = re.compile(
        r"^\s*(from unittest(\.mock)? import .*mock|import unittest\.mock|.*\bmocker\b)", re.M
    )

    found = [path for path in (PROJECT / "tests").rglob("*.py") if importing.search(_without_this(path))]

    assert found == []


HOSTS = re.compile(
    r"(?:https?://|index-url\W+)[\w.-]*(?:pypi|pythonhosted|npmjs|registry)[\w.-]*", re.IGNORECASE
)


def test_no_file_names_the_host_of_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: nobody knows what is committed")

    files = [PROJECT / name for name in listed.stdout.splitlines() if (PROJECT / name).is_file()]
    found = {
        str(path.relative_to(PROJECT)): HOSTS.findall(_without_this(path))
        for path in files
        if HOSTS.search(_without_this(path))
    }

    assert len(files) > 100
    assert found == {}


def _without_this(path: Path) -> str:
    return "" if path == Path(__file__) else path.read_text(errors="replace")
