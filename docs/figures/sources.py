"""Finds things in the three sources, as a person would on their pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from days import at
from paper import paper
from world import WORLD, Thing

STORY_POINTS = "customfield_10016"


def tickets(project: str, type_: str, *, label: str = "", version: str = "") -> list[Thing]:
    return [
        {"key": issue["key"], "changelog": issue.get("changelog", []), **issue["fields"]}
        for issue in WORLD["jira"]["issues"]
        if issue["key"].startswith(f"{project}-")
        and type_ in ("", issue["fields"]["issuetype"])
        and (not label or label in issue["fields"]["labels"])
        and (not version or version in issue["fields"]["fixVersions"])
    ]


def ticket(key: str) -> Thing:
    return next(issue for issue in tickets(key.partition("-")[0], "") if issue["key"] == key)


def done(issues: Iterable[Thing]) -> list[Thing]:
    return [issue for issue in issues if issue["status"] == "Done"]


def points(issues: Iterable[Thing]) -> list[Fraction]:
    return [paper(issue[STORY_POINTS]) for issue in issues if issue.get(STORY_POINTS) is not None]


def moves(issue: Thing, to: str) -> list[datetime]:
    return sorted(at(move["at"]) for move in issue["changelog"] if move["to"] == to)


def things(repo: str, *, is_pr: bool) -> list[Thing]:
    return [one for one in WORLD["github"]["repos"][repo]["issues"] if bool(one.get("is_pr")) is is_pr]


def labelled(label: str) -> list[Thing]:
    return [one for one in things("acme/app", is_pr=False) if label in one["labels"]]


def is_open(one: Thing) -> bool:
    return "closed_at" not in one


def in_milestone(repo: str, title: str) -> list[Thing]:
    return [one for one in WORLD["github"]["repos"][repo]["issues"] if one.get("milestone") == title]


def rows(tab: str) -> list[list[Any]]:
    """The rows of a tab under its heading."""
    tabs = {
        name: found
        for one in WORLD["google_sheets"]["spreadsheets"].values()
        for name, found in one["tabs"].items()
    }
    below: list[list[Any]] = tabs[tab][1:]
    return below


def cells(tab: str, column: int) -> list[Any]:
    """What is filled of a column."""
    return [row[column] for row in rows(tab) if len(row) > column and row[column] not in (None, "")]


def numbers(tab: str, column: int) -> list[Fraction]:
    return [paper(cell) for cell in cells(tab, column)]


def cell(tab: str, label: str, column: int = -1) -> Fraction:
    return paper(next(row for row in rows(tab) if row[0] == label)[column])


def count(found: Iterable[object]) -> Fraction:
    return Fraction(sum(1 for _ in found))
