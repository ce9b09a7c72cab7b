"""Where a key result's number comes from, for people: from the number back to the sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syncd.screen.details import detail_lines
from syncd.screen.names import whole_name
from syncd.screen.numbers import unsent
from syncd.screen.origin import mapping_lines, sender_lines
from syncd.screen.starts import keep_or_rebase, start_stays
from syncd.screen.terminal import console, counted, number, share

Row = dict[str, Any]  # Any: JSON

BY_HAND = "set by hand"
MEETS = {
    "yes": "; that meets the target",
    "open": "; that may meet the target or miss it",
    "no": "; that misses the target",
}


def show_explanation(facts: Row) -> None:
    """From the number back to the sources, top down."""
    from rich.text import Text

    out = console()
    out.print(Text(f"{facts['id']}@{facts['cycle']}", style="bold"), Text(facts["title"]))
    for line in _heading(facts):
        out.print(f"  {line}", markup=False)
    if unheard := unsent(facts):
        since = f" since {facts['shadow_since']}" if facts["shadow_since"] else ""
        out.print(f"  {unheard}{since}: consumers hear nothing of it", style="magenta")
    if parts := facts["details"].get("shadow_parts"):
        out.print(f"  not counted, since they are in shadow: {', '.join(parts)}", markup=False)
    if facts["error"]:
        out.print(f"  {facts['error']['code']}: {facts['error']['message']}", style="red", markup=False)
    for line in detail_lines(facts["details"], facts["unit"]):
        out.print(f"  {line}", markup=False)
    if facts["start_of_another_measure"]:
        out.print(f"  {start_stays(facts)}", style="yellow", markup=False)
        out.print(f"    {keep_or_rebase(facts)}", markup=False)
    for line in _beside(facts):
        out.print(f"  {line}", markup=False)
    for used in facts["inputs"]:
        _show_input(used)
    for line in (*sender_lines(facts), *mapping_lines(facts)):
        out.print(f"  {line}", markup=False)
    for past in facts["history"]:
        out.print(
            f"  {past['at']}  {number(past['current'])}  {share(past['progress'])}  {past['origin']}"
            + (f"  {past['author']}" if past["author"] else "")
            + said_beside(past)
            + (f": {past['comment']}" if past["comment"] else ""),
            style="dim",
            markup=False,
        )


def _heading(facts: Row) -> Iterator[str]:
    """The number, what it is held against, and whether to believe it."""
    promised, age = promise(facts), belief(facts, facts["inputs"])
    yield f"{number(facts['current'])} {facts['unit']} ({promised}), progress {share(facts['progress'])}"
    yield f"pace {facts['pace'] or '—'}, {age}, as of {facts['as_of'] or '—'}"
    if facts["current"] is None and age == BY_HAND:
        yield f"nobody said a number yet: `syncd check-in {whole_name(facts)} --value NUMBER`"


def _beside(facts: Row) -> Iterator[str]:
    """What a person expects, what the trend says, and the formula."""
    if facts["confidence"] is not None:
        yield f"confidence {share(facts['confidence'])}"
    if facts["forecast"]:
        yield forecast_line(facts)
    if facts["formula"]:
        yield f"formula  {facts['formula']}"


def _show_input(used: Row) -> None:
    out = console()
    about = "~" if used["approximate"] else ""
    out.print(f"  {used['name']} = {about}{number(used['value'])} {used['unit']}", markup=False)
    out.print(f"    {used['connection']}: {used['query']}", style="dim", markup=False)
    read = f"    read {used['read_at'] or 'never'}  {used['evidence_url'] or ''}"
    out.print(read, style="dim", markup=False, soft_wrap=True)  # a link that is cut leads nowhere
    if used["error"]:
        out.print(
            f"    failing since {used['failing_since']}: {used['error']['message']}",
            style="red",
            markup=False,
        )


def promise(facts: Mapping[str, Any]) -> str:
    """`0.2 → 0.75`, `keep at_most 2, tolerance 3, by worst`, or the kind alone."""
    if facts["start"] is not None:
        return f"{number(facts['start'])} → {number(facts['target'])}"
    if facts["band"] is None:
        return str(facts["kind"])
    edges = [
        f"{name} {it if name == 'by' else number(it)}" for name, it in facts["band"].items() if it is not None
    ]
    return f"keep {', '.join(edges)}"


def belief(row: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]]) -> str:
    """How old the number is, or why it has no age.

    Args:
        row: Of a key result.
        inputs: What its formula is made of, with when each was read.
    """
    if row["freshness"]:
        return str(row["freshness"])
    if not inputs:
        return "nothing to read" if row["via"] or row["kind"] in _MADE_OF_OTHERS else BY_HAND
    if row["current"] is not None:
        return "nothing left to read"
    return "nothing recorded yet" if any(used["read_at"] for used in inputs) else "never read"


_MADE_OF_OTHERS = frozenset({"composite", "milestones"})


def forecast_line(facts: Row) -> str:
    """What the trend says, with what it is made of; never as if it were certain."""
    found = facts["forecast"]
    is_share = found["of"] == "progress"
    at_end, low, high = (
        share(found[name]) if is_share else number(found[name]) for name in ("at_end", "low", "high")
    )
    return (
        f"forecast {at_end} {'of its need' if is_share else facts['unit']} at the end ({low} to {high})"
        f", if it goes on as since {found['since']} ({counted(found['points'], 'day')} known)"
        + MEETS.get(found["would_meet"], "")
    )


def said_beside(past: Mapping[str, Any]) -> str:
    """Of a check-in, the one of the two numbers that is not the value: what was said, or computed."""
    if past["said"] is None or past["computed"] is None:
        return ""
    if past["origin"] == "person":
        return f" (computed {number(past['computed'])})"
    return f" says {number(past['said'])}"
