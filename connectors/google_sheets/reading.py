"""Reads many ranges of one spreadsheet in the fewest requests, whatever is wrong with some of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from connectors.google_sheets import a1
from connectors.google_sheets.answers import Outline, ValueRange
from connectors.google_sheets.client import SheetsClient
from connectors.google_sheets.refusals import RangesRefused
from syncd.sdk import MalformedResponse, QueryRejected, SourceUnavailable, Unauthorized

RANGES_PER_REQUEST = 100

Result = tuple[str, ValueRange | QueryRejected]


def read_ranges(client: SheetsClient, spreadsheet: str, ranges: Sequence[str]) -> Iterator[Result]:
    """Each range with its values, or with why it cannot be read; in any order, as they come.

    One request per 100 ranges. The API refuses a request for one bad range; then the outline of
    the spreadsheet tells at once which ones cannot be there (a renamed tab takes all its ranges
    along), and what is still refused is halved until the bad ones stand alone.

    Raises:
        SourceError: About the whole spreadsheet; the ranges that were not yielded have no answer.
    """
    for begin in range(0, len(ranges), RANGES_PER_REQUEST):
        part = ranges[begin : begin + RANGES_PER_REQUEST]
        try:
            values = client.read_values(spreadsheet, part)
        except RangesRefused as error:
            yield from _sorted_out(client, spreadsheet, part, error)
        else:
            yield from zip(part, values, strict=True)


def _sorted_out(
    client: SheetsClient, spreadsheet: str, ranges: Sequence[str], refusal: RangesRefused
) -> Iterator[Result]:
    outline = _outline(client, spreadsheet)
    reasons = {text: why_not(outline, text) for text in ranges} if outline else {}
    good = []
    for text in ranges:
        reason = reasons.get(text)
        if reason:
            yield text, reason
        else:
            good.append(text)
    if len(good) < len(ranges):
        yield from _asked(client, spreadsheet, good)
    else:
        yield from _halved(client, spreadsheet, good, refusal)


def _asked(client: SheetsClient, spreadsheet: str, ranges: Sequence[str]) -> Iterator[Result]:
    if not ranges:
        return
    try:
        values = client.read_values(spreadsheet, ranges)
    except RangesRefused as error:
        yield from _halved(client, spreadsheet, ranges, error)
    else:
        yield from zip(ranges, values, strict=True)


def _halved(
    client: SheetsClient, spreadsheet: str, ranges: Sequence[str], refusal: RangesRefused
) -> Iterator[Result]:
    """At most about 2 log2(n) requests for each bad one of n ranges."""
    if len(ranges) == 1:
        yield ranges[0], refusal
        return
    middle = len(ranges) // 2
    yield from _asked(client, spreadsheet, ranges[:middle])
    yield from _asked(client, spreadsheet, ranges[middle:])


def _outline(client: SheetsClient, spreadsheet: str) -> Outline | None:
    try:
        return client.read_outline(spreadsheet)
    except (QueryRejected, Unauthorized, MalformedResponse, SourceUnavailable):
        return None  # a shortcut that is closed; halving gets there too


def why_not(outline: Outline, text: str) -> QueryRejected | None:
    """Why a spreadsheet of that outline cannot have that range; None: it may."""
    tabs = {sheet.properties.title: sheet.properties.grid for sheet in outline.sheets}
    names = [named.name for named in outline.named_ranges]
    if text in names:
        return None
    area = a1.parse(text)
    if area is None:
        bare = a1.unquoted(text)
        if bare in tabs:
            return None
        return _gone("tab", bare, [*tabs]) if bare != text else _gone("named range", text, [*names, *tabs])
    if area.tab is None:
        return None
    if area.tab not in tabs:
        return _gone("tab", area.tab, [*tabs])
    rows, columns = tabs[area.tab].rows, tabs[area.tab].columns
    is_outside = (area.top or 0) >= rows > 0 or (area.left or 0) >= columns > 0
    return QueryRejected(f"{text} lies outside of its tab ({rows} x {columns} cells)") if is_outside else None


def _gone(what: str, name: str, known: Sequence[str]) -> QueryRejected:
    near = difflib.get_close_matches(name, known, n=1)
    return QueryRejected(
        f"there is no {what} {name!r} in the spreadsheet",
        hint=f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known[:20])}",
    )
