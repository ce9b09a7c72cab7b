"""The Google Sheets connector and its emulator against Google's discovery documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest

from connectors.google_sheets import plugin
from connectors.google_sheets.channels import DriveChannels
from connectors.google_sheets.connector import SheetsConnector
from connectors.google_sheets.emulator import credentials, make
from syncd.egress.wire import Wire
from syncd.errors import Unauthorized
from syncd.sdk.emulator import Exchange
from syncd.sdk.measurement import Failure, Query
from syncd.sdk.testing.server import serve
from syncd.sdk.testing.suite import LOOPBACK
from tests.conformance import discovery

TAB = [["Metric", "Current", "Share", "Done", "Note"], ["Users", 3210, 0.4, True, None], ["Gone", "#REF!"]]
WORLD: dict[str, Any] = {
    "spreadsheets": {
        "1AbC": {"title": "Usage", "tabs": {"Adoption": TAB}, "named_ranges": {"users": "Adoption!B2"}},
        "2DeF": {"tabs": {"It's empty": []}},
        "3GhI": {"tabs": {"Secret": [[1]]}, "shared_with": ["somebody@else"]},
    }
}
GOOD: list[dict[str, Any]] = [
    {"cell": "Adoption!B2"},
    {"cell": "Adoption!C2"},
    {"cell": {"tab": "Adoption", "row": "Users", "column": "Current"}},
    {"named_range": "users"},
    *(
        {"range": "Adoption!B2:B2", "aggregate": aggregate}
        for aggregate in ("sum", "mean", "count", "min", "max", "last")
    ),
    *({"cell": f"Adoption!B{row}"} for row in range(20, 130)),  # more than one request holds
]
BAD: list[dict[str, Any]] = [
    {"cell": "Adoption!B3"},  # an error value
    {"cell": "Renamed!B7"},
    {"cell": "Adoption!A5000"},  # outside of the grid
    {"named_range": "gone"},
    {"cell": "'It''s empty'!A1", "spreadsheet": "2DeF"},
    {"cell": "Secret!A1", "spreadsheet": "3GhI"},  # 403
    {"cell": "Adoption!B2", "spreadsheet": "4JkL"},  # 404
]
EMPTY = range(10, 120)
"""Of `GOOD`, those that have no value there: asked for their number, not for their answer."""


@cache
def _exchanges() -> Sequence[Exchange]:
    """Everything that a connector says and hears: who it is, all kinds of queries, browsing, Drive."""
    emulator = make(json.loads(json.dumps(WORLD)))
    with serve(emulator) as url:
        config = plugin.config.model_validate(
            {"url": url, "credentials": json.dumps(credentials(url)), "spreadsheet": "1AbC"}
        )
        wire = Wire(
            connection="usage",
            origins=[url],
            networks=[LOOPBACK],
            read_posts=plugin.read_posts,
            rate_limit=plugin.rate_limit,
        )
        connector = SheetsConnector(config, wire)
        connector.check()
        answers = {answer.key: answer for answer in connector.measure(_queries())}
        connector.browse(None)
        connector.browse("2DeF")
        _ask_drive(url, emulator.exchanges[0])
        _open_and_stop_channels(url, config)
    failed = {int(key) for key, answer in answers.items() if isinstance(answer, Failure)}
    assert failed == {*EMPTY, *range(len(GOOD), len(GOOD) + len(BAD))}
    return tuple(emulator.exchanges)


def _queries() -> list[Query[Any]]:
    return [
        Query(key=str(number), ask=_model(written).model_validate(written))
        for number, written in enumerate([*GOOD, *BAD])
    ]


def _model(written: dict[str, Any]) -> Any:  # Any: one of the connector's query models
    (model,) = [model for kind, model in plugin.kinds.items() if kind in written]
    return model


def _ask_drive(url: str, token: Exchange) -> None:
    """What the emulator answers for Drive; the connector does not ask it yet."""
    bearer = {"Authorization": f"Bearer {json.loads(token.response_body)['access_token']}"}
    fields = "version,modifiedTime"
    with httpx.Client(base_url=url, headers=bearer, trust_env=False) as client:
        client.get("/drive/v3/files/1AbC")
        client.get("/drive/v3/files/1AbC", params={"fields": fields}).raise_for_status()


def _open_and_stop_channels(url: str, config: Any) -> None:  # Any: the connector's configuration
    assert plugin.hooks is not None
    wire = Wire(
        connection="usage",
        origins=[url],
        networks=[LOOPBACK],
        read_posts=plugin.read_posts,
        writes=plugin.hooks.writes,
    )
    drive = DriveChannels(config, wire)
    until = datetime.now(UTC) + timedelta(days=1)
    asked = {"channel": "1", "address": "https://okr.acme.example/hooks/usage", "token": "t", "until": until}
    opened = drive.open("1AbC", **asked)
    again = drive.open("1AbC", **asked)  # 400, and no fault: it is open
    drive.stop("1", opened.resource)
    drive.stop("1", opened.resource)  # 404, as it is gone
    with pytest.raises(Unauthorized):
        drive.open("3GhI", **asked)
    assert abs(opened.expires_at - until) < timedelta(seconds=1)
    assert again.resource == ""


def _to(prefix: str) -> list[Exchange]:
    return [exchange for exchange in _exchanges() if exchange.path.startswith(prefix)]


@pytest.fixture(scope="module")
def sheets() -> discovery.Discovery:
    return discovery.load("google-sheets.v4.discovery.json")


@pytest.fixture(scope="module")
def drive() -> discovery.Discovery:
    return discovery.load("google-drive.v3.discovery.json")


def test_requests_to_sheets_and_their_answers_are_as_google_describes(sheets: discovery.Discovery) -> None:
    exchanges = _to("/v4/")

    faults = sheets.faults(exchanges)

    assert {200, 400, 403, 404} <= {exchange.status for exchange in exchanges}
    assert faults == []


def test_both_methods_of_sheets_are_called(sheets: discovery.Discovery) -> None:
    methods = [sheets.method_of(exchange) for exchange in _to("/v4/")]

    called = {method.id for method in methods if method}

    assert called == {"sheets.spreadsheets.get", "sheets.spreadsheets.values.batchGet"}


def test_requests_to_drive_and_their_answers_are_as_google_describes(drive: discovery.Discovery) -> None:
    faults = drive.faults(_to("/drive/"))

    assert [exchange.status for exchange in _to("/drive/")] == [200, 200, 200, 400, 204, 404, 403]
    assert faults == []


def test_nothing_but_the_token_endpoint_goes_unchecked() -> None:
    elsewhere = {exchange.path for exchange in _exchanges()} - {
        exchange.path for prefix in ("/v4/", "/drive/") for exchange in _to(prefix)
    }

    assert elsewhere == {"/token"}


def test_every_kind_of_query_is_asked() -> None:
    asked = {kind for written in GOOD for kind in written if kind in plugin.kinds}

    assert asked == set(plugin.kinds)


BATCH_GET = "/v4/spreadsheets/1AbC/values:batchGet"
FINE = (
    '{"spreadsheetId": "1AbC", "valueRanges": [{"range": "A!A1", "majorDimension": "ROWS", "values": [[1]]}]}'
)


@pytest.mark.parametrize(
    ("query", "answer", "expected"),
    [
        ("ranges=A1&ranges=B2", FINE, []),
        ("ranges=A1&valueRenderOption=RAW", FINE, ["query parameter 'valueRenderOption'"]),
        ("ranges=A1&majorDimension=ROWS&majorDimension=ROWS", FINE, ["stands 2 times"]),
        ("range=A1", FINE, ["no query parameter 'range'"]),
        ("ranges=A1", FINE.replace("[[1]]", "[1]"), ["$.valueRanges[0].values[0]"]),
        ("ranges=A1", FINE.replace('"spreadsheetId"', '"id"'), ["'id' was unexpected"]),
        ("ranges=A1", "<html>", ["not JSON"]),
    ],
)
def test_a_wrong_request_and_a_wrong_answer_are_seen(
    sheets: discovery.Discovery, query: str, answer: str, expected: list[str]
) -> None:
    faults = sheets.faults([_exchange(query, answer)])

    assert len(faults) == len(expected)
    assert all(part in fault for part, fault in zip(expected, faults, strict=True))


def test_a_path_that_google_does_not_have_is_seen(sheets: discovery.Discovery) -> None:
    wrong = _exchange("", FINE, path="/v4/spreadsheets/1AbC/values:batchRead")

    assert sheets.faults([wrong]) == [f"GET {wrong.path}: the API has no such path and method"]


def _exchange(query: str, answer: str, *, path: str = BATCH_GET) -> Exchange:
    return Exchange(
        method="GET",
        path=path,
        query=query,
        headers={},
        body="",
        status=200,
        response_headers={},
        response_body=answer,
    )
