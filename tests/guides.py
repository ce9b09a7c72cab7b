"""The guides as data: their code blocks, tables and links; and the commands that they speak of."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import typer.main
from typer.core import TyperCommand, TyperGroup

from syncd.cli.app import MODULES, app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "connectors").rglob("*.md")],
)

_BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"(?<![\w./-])syncd ([a-z][a-z-]*)((?: (?:--?[a-z-]+|'[^']*'|[\w./@\"-]+))*)")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, info: str) -> list[str]:
    """The code blocks whose fence says `info`."""
    return [found["body"] for found in _BLOCK.finditer(text) if found["info"].strip() == info]


def prose(text: str) -> str:
    return _BLOCK.sub("", text)


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    start = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert start, f"there is no heading {heading!r}"
    rest = text[start.end() :]
    end = re.search(rf"^#{{1,{len(start[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, heads and rulers left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    tables = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rulers = {n for n, cells in enumerate(tables) if all(re.fullmatch(r"-+", cell) for cell in cells)}
    return [cells for n, cells in enumerate(tables) if n not in rulers and n + 1 not in rulers]


def codes(text: str) -> set[str]:
    """Everything that stands in `backticks`."""
    return set(re.findall(r"`([^`\n]+)`", text))


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each `syncd COMMAND` with the options that it is called with: in code, not in sentences."""
    code = [found["body"] for found in _BLOCK.finditer(text)] + sorted(codes(prose(text)))
    for piece in code:
        for line in piece.splitlines():
            for found in _COMMAND.finditer(line.partition("  #")[0]):
                name, words = found[1], found[2].split()
                if name in groups() and words:
                    name, words = f"{name} {words[0]}", words[1:]
                yield name, [word for word in words if word.startswith("--")]


def program() -> dict[str, TyperCommand]:
    """Every command of syncd by its whole name, as `check` or `cycle close`."""
    return dict(_commands_of(_whole()))


@lru_cache(maxsize=1)
def groups() -> frozenset[str]:
    """Commands that are made of commands."""
    return frozenset(name for name, it in _whole().commands.items() if isinstance(it, TyperGroup))


def _whole() -> TyperGroup:
    for module in MODULES:
        importlib.import_module(f"syncd.cli.{module}")
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def _commands_of(group: TyperGroup, *, around: str = "") -> Iterator[tuple[str, TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands_of(command, around=f"{around}{name} ")
        else:
            yield f"{around}{name}", command


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(text))


def anchors(text: str) -> set[str]:
    """What `#...` may say, as forges make it of headings."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
