"""What was said at a past moment, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncd.screen.details import detail_lines
from syncd.screen.explanation import belief
from syncd.screen.terminal import console, number, share

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]  # Any: JSON

CAUSES = {
    "sync": "a sync",
    "check_in": "a check-in",
    "confirm": "a confirmation",
    "apply": "new mappings",
    "rebase": "a rebase",
    "close": "closing the cycle",
    "time": "the time that had passed",
    "person": "a person",
    "import": "an import",
}


def show_replayed(facts: Row) -> None:
    """What was said, what it was made of, and whether it comes out the same today."""
    from rich.text import Text

    out = console()
    said = facts["said"]["row"]
    out.print(
        Text(f"{facts['id']}@{facts['cycle']}", style="bold"),
        Text(f"{said.get('title', '')} at {facts['at']}"),
    )
    for line in (*_names(facts), *_said(facts["said"], said, inputs=facts["inputs"])):
        out.print(f"  {line}", markup=False)
    if said.get("error"):
        out.print(f"  {said['error']['code']}: {said['error']['message']}", style="red", markup=False)
    for line in detail_lines(said.get("details") or {}, said.get("unit", "")):
        out.print(f"  {line}", markup=False)
    if facts["formula"]:
        out.print(f"  formula  {facts['formula']}", markup=False)
    for used in facts["inputs"]:
        _show_input(used)
    for part in facts["parts"]:
        beside = "" if part["counts"] else " (in shadow: does not count)"
        out.print(f"  {part['id']}: {share(part['progress'])}{beside}", markup=False)
    mapping = facts["mapping"]
    if mapping["version"]:
        out.print(f"  mapping  {mapping['path']}:{mapping['line']} ({mapping['version'][:12]})", markup=False)
        out.print(
            f"  applied  {mapping['applied_at'] or '—'} by {mapping['applied_by'] or '—'}", markup=False
        )
    _show_replay(facts)


def _names(facts: Row) -> Iterator[str]:
    if facts["today"]:
        yield f"today it is called {facts['today']}"
    if facts["another"]:
        yield f"then this id was that of another one, today {facts['another']}"


def _said(how: Row, said: Row, *, inputs: list[Row]) -> Iterator[str]:
    if "known" in said:
        yield f"progress {share(said['progress'])}, {said['known']} of {said['of']} known"
    elif "kind" not in said:
        yield f"{number(said['current'])}, progress {share(said['progress'])}"
    else:
        has_way = said["start"] is not None
        way = f"{number(said['start'])} → {number(said['target'])}" if has_way else said["kind"]
        yield (
            f"{number(said['current'])} {said['unit']} ({way}), progress {share(said['progress'])}"
            + (f", unclamped {share(said['progress_unclamped'])}" if _is_clamped(said) else "")
        )
        yield (f"pace {said['pace'] or '—'}, {belief(said, inputs)}, as of {said['as_of'] or '—'}")
        if said["confidence"] is not None:
            yield f"confidence {share(said['confidence'])}"
    by = CAUSES[how["cause"]]
    if how["sync"]:
        by += f" ({how['sync']['id']}, {how['sync']['trigger']})"
    if how["author"]:
        by += f" of {how['author']}"
    yield f"said {how['at']} after {by}" + (f": {how['comment']}" if how["comment"] else "")


def _is_clamped(said: Row) -> bool:
    return bool(said["progress"] != said["progress_unclamped"])


def _show_input(used: Row) -> None:
    out = console()
    about = "~" if used["approximate"] else ""
    period = f" {used['period']}" if used["period"] else ""
    name = used["name"] or "value"
    out.print(f"  {name}{period} = {about}{number(used['value'])} {used['unit'] or ''}", markup=False)
    if used["query"]:
        out.print(f"    {used['connection']}: {used['query']}", style="dim", markup=False)
    out.print(
        f"    read {used['read_at'] or 'never'}  {used['evidence_url'] or ''}", style="dim", markup=False
    )
    if used["error"]:
        failing = f"    failing since {used['failing_since']}: {used['error']['message']}"
        out.print(failing, style="red", markup=False)


def _show_replay(facts: Row) -> None:
    out = console()
    if facts["same"]:
        out.print("  replayed: same", style="green")
        return
    if facts["not_replayed"]:
        out.print(f"  not replayed: {facts['not_replayed']['message']}", style="yellow", markup=False)
        return
    out.print("  REPLAYED: NOT THE SAME", style="bold red")
    said, replayed = facts["said"]["row"], facts["replayed"]
    for name in facts["differs"]:
        out.print(
            f"    {name}: said {said[name]!r}, comes out as {replayed[name]!r}", style="red", markup=False
        )
