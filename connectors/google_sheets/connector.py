"""Answers queries from spreadsheets: one request per spreadsheet and 100 ranges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never
from urllib.parse import quote, urlsplit

from connectors.google_sheets import a1, cells
from connectors.google_sheets.answers import ValueRange
from connectors.google_sheets.cells import Found
from connectors.google_sheets.client import SheetsClient
from connectors.google_sheets.config import SheetsConfig, service_account
from connectors.google_sheets.labels import labelled
from connectors.google_sheets.queries import Cell, Labels, NamedRange, Range, SheetsAsk
from connectors.google_sheets.reading import read_ranges
from connectors.google_sheets.refusals import NotShared
from syncd.sdk import (
    Answer,
    Answers,
    Item,
    MalformedResponse,
    Query,
    QueryRejected,
    SourceError,
    SourceUnavailable,
    Wire,
)

SheetsQuery = Query[SheetsAsk]

_NO_SPREADSHEET = QueryRejected(
    "the query names no spreadsheet, and its connection neither",
    hint="add `spreadsheet:` with the id or the link, to the connection or to the query",
)


class SheetsConnector:
    """One service account. The client, and with it the private key, is made at the first request."""

    def __init__(self, config: SheetsConfig, wire: Wire) -> None:
        self._config, self._wire = config, wire
        self._made: SheetsClient | None = None

    @property
    def _client(self) -> SheetsClient:
        if self._made is None:
            account = service_account(self._config)
            self._made = SheetsClient(url=self._config.url, account=account, wire=self._wire)
        return self._made

    def measure(self, queries: Sequence[SheetsQuery]) -> Sequence[Answer]:
        with Answers(queries) as answers:
            for spreadsheet, asked in self._by_spreadsheet(queries).items():
                try:
                    for text, result in read_ranges(self._client, spreadsheet, list(asked)):
                        for query in asked[text]:
                            _answer(answers, query, spreadsheet, result)
                # About one spreadsheet. A 401 or a quota is about all, and ends the batch.
                except (NotShared, QueryRejected, MalformedResponse, SourceUnavailable) as error:
                    unread = {query.key for of_range in asked.values() for query in of_range}
                    for query in answers.open:
                        if query.key in unread:
                            answers.fail(query, error)
            for query in answers.open:
                answers.fail(query, _NO_SPREADSHEET)
        return answers.all()

    def check(self) -> str:
        if self._config.spreadsheet:
            self._client.read_outline(self._config.spreadsheet)
        else:
            self._client.log_in()
        return f"{self._client.email} on {urlsplit(self._config.url).netloc}"

    def browse(self, about: str | None) -> Sequence[Item]:
        """`tabs` and `named_ranges` of the connection's spreadsheet, or of the one that `about` names."""
        wanted = about if about in ("tabs", "named_ranges") else None
        spreadsheet = self._config.spreadsheet if wanted or not about else about
        if spreadsheet is None:
            raise _NO_SPREADSHEET
        outline = self._client.read_outline(spreadsheet)
        items = {
            "tabs": [
                Item(
                    kind="tab",
                    name=sheet.properties.title,
                    detail=f"{sheet.properties.grid.rows} x {sheet.properties.grid.columns} cells",
                )
                for sheet in outline.sheets
            ],
            "named_ranges": [Item(kind="named range", name=named.name) for named in outline.named_ranges],
        }
        return items[wanted] if wanted else [*items["tabs"], *items["named_ranges"]]

    def _by_spreadsheet(self, queries: Sequence[SheetsQuery]) -> dict[str, dict[str, list[SheetsQuery]]]:
        """Spreadsheet -> range -> its queries. A range that several ask for is read once."""
        grouped: dict[str, dict[str, list[SheetsQuery]]] = {}
        for query in queries:
            spreadsheet = query.ask.spreadsheet or self._config.spreadsheet
            if spreadsheet:
                grouped.setdefault(spreadsheet, {}).setdefault(_range_of(query.ask), []).append(query)
        return grouped


def _range_of(ask: SheetsAsk) -> str:
    """What to ask the API for, in one spelling for equal ranges."""
    match ask:
        case NamedRange():
            return ask.named_range
        case Range():
            return _spelt(ask.range)
        case Cell():
            return a1.whole(ask.cell.tab) if isinstance(ask.cell, Labels) else _spelt(ask.cell)
        case _:
            assert_never(ask)


def _spelt(text: str) -> str:
    area = a1.parse(text)
    return str(area) if area else text


def _answer(answers: Answers, query: SheetsQuery, spreadsheet: str, result: ValueRange | SourceError) -> None:
    if isinstance(result, SourceError):
        answers.fail(query, result)
        return
    try:
        found = _found(query.ask, result)
    except (QueryRejected, MalformedResponse) as error:
        answers.fail(query, error)
        return
    is_count = isinstance(query.ask, Range) and query.ask.aggregate == "count"
    answers.measured(
        query,
        found.value,
        unit="count" if is_count else "number",
        sample_size=found.sample_size,
        evidence_url=f"https://docs.google.com/spreadsheets/d/{spreadsheet}/edit#range={quote(found.where)}",
    )


def _found(ask: SheetsAsk, read: ValueRange) -> Found:
    match ask:
        case NamedRange():
            return _of_named_range(ask.named_range, read)
        case Range():
            return cells.aggregated(
                read.values, aggregate=ask.aggregate, condition=ask.where, where=_range_of(ask)
            )
        case Cell():
            if isinstance(ask.cell, Labels):
                return labelled(read.values, ask.cell)
            return cells.only_cell(read.values, where=_range_of(ask))
        case _:
            assert_never(ask)


def _of_named_range(name: str, read: ValueRange) -> Found:
    area = a1.parse(read.range)
    if (area and not area.is_cell) or sum(map(len, read.values)) > 1:
        raise QueryRejected(
            f"named range {name!r} holds several cells",
            hint=f"write `range: {name}` with an `aggregate` to make one number of them",
        )
    return cells.only_cell(read.values, where=str(area) if area else name)
