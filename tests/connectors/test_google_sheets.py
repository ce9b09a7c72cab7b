"""Google Sheets over real sockets: requests, what fails alone, what each refusal means."""

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from math import log2

import pytest

from connectors.google_sheets import plugin
from connectors.google_sheets.emulator import CLIENT_EMAIL, credentials, make
from syncd.sdk import (
    Failure,
    MalformedResponse,
    Query,
    QueryRejected,
    RateLimited,
    SourceError,
    SourceUnavailable,
    Unauthorized,
    Wire,
)
from syncd.sdk.emulator import Fault
from syncd.sdk.testing import serve

READ = r"/v4/.*:batchGet"


def spreadsheet(**more):
    return {
        "tabs": {
            "Adoption": [
                ["Metric", "Start", "Current"],
                ["Active customers", 10_000, 12_000],
                ["Assistant users", 2_000, 0],
                ["Ratio", "#DIV/0!", None],
            ],
            "Numbers": [[n] for n in range(300)],
        },
        "named_ranges": {"active": "Adoption!C2", "both": "Adoption!C2:C3"},
        **more,
    }


@dataclass
class Sheets:
    """A connector before an emulator, and what it asked."""

    connector: object
    emulator: object
    wire: Wire

    def measure(self, *written):
        """Answers in the order of the queries: a value, or the error."""
        queries = [Query(key=str(n), ask=ask(one)) for n, one in enumerate(written)]
        with self.wire.batch():
            try:
                answers = self.connector.measure(queries)
            except SourceError as error:  # about the whole batch
                answers = [Failure(key=query.key, error=error) for query in queries]
        found = {a.key: a.error if isinstance(a, Failure) else a.value for a in answers}
        return [found[query.key] for query in queries]

    def answers(self, *written):
        return list(
            self.connector.measure([Query(key=str(n), ask=ask(one)) for n, one in enumerate(written)])
        )

    def requests(self, path="/v4/"):
        return [e for e in self.emulator.exchanges if path in e.path]


def ask(written):
    (model,) = (model for kind, model in plugin.kinds.items() if kind in written)
    return model.model_validate(written)


@contextmanager
def connected(world, **config):
    emulator = make(world)
    with serve(emulator) as url:
        given = {"url": url, "credentials": json.dumps(credentials(url)), "spreadsheet": "one"} | config
        made = plugin.config.model_validate({key: value for key, value in given.items() if value is not None})
        wire = Wire(
            connection="usage",
            origins=[made.url, *plugin.origins(made)],
            networks=[ip_network("127.0.0.0/8")],
            read_posts=plugin.read_posts,
            rate_limit=plugin.rate_limit,
            sleep=lambda seconds: None,
        )
        yield Sheets(plugin.connect(made, wire), emulator, wire)


@pytest.fixture
def sheets():
    world = {"spreadsheets": {"one": spreadsheet(), "two": spreadsheet()}}
    with connected(world) as sheets:
        yield sheets


# ---------------------------------------------------------------------- requests


def test_all_kinds_of_one_spreadsheet_take_one_request(sheets):
    values = sheets.measure(
        {"cell": "Adoption!C2"},
        {"cell": {"tab": "Adoption", "row": "Active customers", "column": "Start"}},
        {"cell": {"tab": "Adoption", "row": "Assistant users", "column": "last"}},
        {"named_range": "active"},
        {"range": "Numbers!A2:A4", "aggregate": "sum"},
        {"range": "both", "aggregate": "max"},
        {"range": "Numbers", "aggregate": "count"},
    )

    assert values == [12_000, 10_000, 0, 12_000, 6, 12_000, 300]
    assert len(sheets.requests("/v4/")) == 1
    assert len(sheets.requests("/token")) == 1


def test_one_request_per_spreadsheet_and_hundred_ranges(sheets):
    cells = [{"cell": f"Numbers!A{n + 1}", "spreadsheet": s} for s in ("one", "two") for n in range(150)]

    values = sheets.measure(*cells)

    assert values == [float(n % 150) for n in range(300)]
    assert len(sheets.requests()) == 4


def test_equal_ranges_are_read_once_however_they_are_written(sheets):
    sheets.measure(
        {"cell": "Adoption!C2"}, {"cell": "'Adoption'!$c$2"}, {"range": "Adoption!C2:C2", "aggregate": "sum"}
    )

    (request,) = sheets.requests()
    assert request.query.count("ranges=") == 1


def test_the_token_is_kept_between_batches(sheets):
    sheets.measure({"cell": "Adoption!C2"})
    sheets.measure({"cell": "Adoption!C3"})

    assert len(sheets.requests("/token")) == 1


# ---------------------------------------------------------------------- what fails alone


def test_one_bad_range_fails_alone_and_costs_two_requests_more(sheets):
    good = [{"cell": f"Numbers!A{n + 1}"} for n in range(20)]

    *values, error = sheets.measure(*good, {"cell": "Adoptoin!C2"})

    assert values == [float(n) for n in range(20)]
    assert isinstance(error, QueryRejected)
    assert "no tab 'Adoptoin'" in str(error)
    assert error.hint == "did you mean 'Adoption'?"
    assert len(sheets.requests()) == 3  # refused, outline, again


def test_a_renamed_tab_with_all_its_ranges_costs_two_requests_more(sheets):
    bad = [{"cell": f"Old!A{n + 1}"} for n in range(40)]

    *errors, value = sheets.measure(*bad, {"cell": "Numbers!A8"})

    assert value == 7
    assert all(isinstance(error, QueryRejected) for error in errors)
    assert len(sheets.requests()) == 3


@pytest.mark.parametrize("bad", [1, 3])
def test_without_an_outline_the_bad_ranges_are_found_by_halving(sheets, bad):
    sheets.emulator.faults = [Fault(path=r"/v4/spreadsheets/one$", status=403, times=None)]
    places = [7, 50, 90][:bad]
    written = [{"cell": "Old!A1" if n in places else f"Numbers!A{n + 1}"} for n in range(100)]
    written = [{"cell": f"Old!A{n + 1}"} if n in places else one for n, one in enumerate(written)]

    values = sheets.measure(*written)

    assert [n for n, value in enumerate(values) if isinstance(value, SourceError)] == places
    assert all(value == n for n, value in enumerate(values) if n not in places)
    assert len(sheets.requests(":batchGet")) <= 2 * bad * log2(100) + 2


def test_bad_cells_fail_alone(sheets):
    values = sheets.measure(
        {"cell": "Adoption!B4"}, {"cell": "Adoption!C4"}, {"cell": "Adoption!A2"}, {"cell": "Adoption!C3"}
    )

    assert [type(value) for value in values] == [MalformedResponse] * 3 + [float]
    assert [value.code for value in values[:3]] == ["cell_error", "empty_cell", "not_a_number"]
    assert values[3] == 0  # a real zero


def test_a_named_range_of_several_cells_asks_for_an_aggregate(sheets):
    several, gone = sheets.measure({"named_range": "both"}, {"named_range": "aktive"})

    assert isinstance(several, QueryRejected)
    assert "`range: both`" in several.hint
    assert isinstance(gone, QueryRejected)
    assert gone.hint == "did you mean 'active'?"


def test_a_gone_and_an_unshared_spreadsheet_leave_the_others_answered():
    world = {"spreadsheets": {"one": spreadsheet(), "secret": spreadsheet(shared_with=["boss@acme.com"])}}

    with connected(world) as sheets:
        unshared, gone, value = sheets.measure(
            {"cell": "Adoption!C2", "spreadsheet": "secret"},
            {"cell": "Adoption!C2", "spreadsheet": "gone"},
            {"cell": "Adoption!C2"},
        )

    assert value == 12_000
    assert isinstance(unshared, Unauthorized)
    assert CLIENT_EMAIL in str(unshared)
    assert "share it" in unshared.hint
    assert isinstance(gone, QueryRejected)
    assert "no spreadsheet gone" in str(gone)


def test_an_outage_of_one_spreadsheet_leaves_the_others_answered(sheets):
    sheets.emulator.faults = [Fault(path=r"/v4/spreadsheets/one/", status=500, times=None)]

    down, value = sheets.measure({"cell": "Adoption!C2"}, {"cell": "Adoption!C2", "spreadsheet": "two"})

    assert isinstance(down, SourceUnavailable)
    assert value == 12_000


def test_a_query_without_a_spreadsheet_fails_alone():
    with connected({"spreadsheets": {"one": spreadsheet()}}, spreadsheet=None) as sheets:
        missing, value = sheets.measure(
            {"cell": "Adoption!C2"}, {"cell": "Adoption!C2", "spreadsheet": "one"}
        )

    assert isinstance(missing, QueryRejected)
    assert "names no spreadsheet" in str(missing)
    assert value == 12_000


# ---------------------------------------------------------------------- refusals


def google_error(code, status, *, reason=None, domain="usageLimits"):
    errors = [{"message": "m", "domain": domain, "reason": reason}] if reason else []
    return json.dumps({"error": {"code": code, "message": "m", "status": status, "errors": errors}})


@pytest.mark.parametrize(
    ("http", "body", "expected"),
    [
        (403, google_error(403, "PERMISSION_DENIED"), "not shared"),
        (403, google_error(403, "PERMISSION_DENIED", reason="accessNotConfigured"), "switched off"),
        (403, google_error(403, "PERMISSION_DENIED", reason="userRateLimitExceeded"), RateLimited),
        (403, google_error(403, "RESOURCE_EXHAUSTED"), RateLimited),
        (429, google_error(429, "RESOURCE_EXHAUSTED"), RateLimited),
        (404, google_error(404, "NOT_FOUND"), "no spreadsheet"),
    ],
)
def test_the_three_kinds_of_403_and_the_others_are_told_apart(sheets, http, body, expected):
    sheets.emulator.faults = [Fault(path=READ, status=http, body=body, times=None)]

    (error,) = sheets.measure({"cell": "Adoption!C2"})

    if isinstance(expected, str):
        assert expected in str(error)
        assert not isinstance(error, RateLimited)
    else:
        assert isinstance(error, expected)


def test_a_token_that_expired_early_is_renewed_once(sheets):
    sheets.emulator.faults = [Fault(path=READ, status=401, times=1)]

    (value,) = sheets.measure({"cell": "Adoption!C2"})

    assert value == 12_000
    assert len(sheets.requests("/token")) == 2


def test_a_token_that_is_never_accepted_is_not_renewed_for_ever(sheets):
    sheets.emulator.faults = [Fault(path=READ, status=401, times=None)]

    (error,) = sheets.measure({"cell": "Adoption!C2"})

    assert isinstance(error, Unauthorized)
    assert len(sheets.requests("/token")) == 2


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, '{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}', Unauthorized),
        (401, '{"error": "invalid_client"}', Unauthorized),
        (400, '{"error": "internal_failure"}', Unauthorized),  # google-auth would sleep and ask again
        (408, "", SourceUnavailable),  # likewise
        (500, "", SourceUnavailable),
        (429, "", RateLimited),
        (200, "{}", MalformedResponse),
        (200, "<html>", MalformedResponse),
    ],
)
def test_a_token_endpoint_that_refuses_ends_the_batch_at_once(sheets, status, body, expected, monkeypatch):
    sheets.emulator.faults = [Fault(path="/token", status=status, body=body, times=None)]
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)

    (error,) = sheets.measure({"cell": "Adoption!C2"})

    assert isinstance(error, expected)
    assert not sheets.requests("/v4/")
    assert not [seconds for seconds in slept if seconds >= 0.9]  # google-auth's first sleep is a second


def test_a_key_that_google_does_not_know_is_unauthorized():
    world = {"spreadsheets": {"one": spreadsheet()}, "service_accounts": {}}
    world["service_accounts"][CLIENT_EMAIL] = (
        "-----BEGIN PUBLIC KEY-----\n"
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDdlatRjRjogo3WojgGHFHYLugdUWAY9iR3fy4arWNA1KoS8kVw33cJibXr8bvwUAUp\n"
        "arCwlvdbH6dvEOfou0/gCFQsHUfQrSDv+MuSUMAe8jzKE4qW+jK+xQU9a03GUnKHkkle+Q0pX/g6jXZ7r1/xAK5Do2kQ+X5xK9cipRgE\n"
        "KwIDAQAB\n-----END PUBLIC KEY-----\n"
    )

    with connected(world) as sheets:
        (error,) = sheets.measure({"cell": "Adoption!C2"})

    assert isinstance(error, Unauthorized)
    assert "Invalid JWT Signature" in str(error)


@pytest.mark.parametrize(
    "given",
    ["{", "[]", '{"client_email": "a@b"}', "/nowhere/key.json", "-----BEGIN PRIVATE KEY-----", "\0"],
)
def test_credentials_that_are_none_are_refused_without_repeating_them(given):
    config = plugin.config.model_validate({"url": "https://sheets.example", "credentials": given})

    with pytest.raises(Unauthorized) as caught:
        plugin.origins(config)

    assert given not in str(caught.value)


def test_a_private_key_that_cannot_be_read_is_refused_without_repeating_it():
    key = {
        "type": "service_account",
        "client_email": "a@b",
        "private_key": "s3cret",
        "token_uri": "https://t/token",
    }
    config = plugin.config.model_validate(
        {"url": "https://sheets.example", "credentials": json.dumps(key), "spreadsheet": "one"}
    )
    connector = plugin.connect(
        config, Wire(connection="usage", origins=[config.url, *plugin.origins(config)])
    )

    with pytest.raises(Unauthorized, match="private key cannot be read") as caught:
        connector.check()

    assert "s3cret" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_credentials_may_be_a_file(tmp_path):
    file = tmp_path / "key.json"
    file.write_text(
        json.dumps({"client_email": "a@b", "private_key": "x", "token_uri": "https://t.example/token"})
    )

    config = plugin.config.model_validate({"credentials": str(file)})

    assert config.url == "https://sheets.googleapis.com"
    assert plugin.origins(config) == ["https://t.example", "https://www.googleapis.com"]


# ---------------------------------------------------------------------- answers


def test_fewer_answers_than_ranges_are_no_answers(sheets):
    body = json.dumps({"spreadsheetId": "one", "valueRanges": [{"range": "Numbers!A1", "values": [[0]]}]})
    sheets.emulator.faults = [Fault(path=READ, status=200, body=body, times=None)]

    errors = sheets.measure({"cell": "Numbers!A1"}, {"cell": "Numbers!A2"})

    assert all(isinstance(error, MalformedResponse) for error in errors)


def test_evidence_leads_to_the_cell_that_was_read(sheets):
    links = [
        answer.evidence_url.removeprefix("https://docs.google.com/spreadsheets/d/one/edit#range=")
        for answer in sheets.answers(
            {"cell": {"tab": "Adoption", "row": "Active customers", "column": "Current"}},
            {"named_range": "active"},
            {"range": "Numbers!A2:A4", "aggregate": "sum"},
        )
    ]

    assert sorted(links) == ["Adoption%21C2", "Adoption%21C2", "Numbers%21A2%3AA4"]


def test_an_aggregate_says_how_many_cells_it_is_made_of(sheets):
    total, count = sheets.answers(
        {"range": "Numbers!A2:A4", "aggregate": "sum"}, {"range": "Numbers!A1:A9", "aggregate": "count"}
    )

    assert (total.sample_size, total.unit) == (3, "number")
    assert (count.value, count.unit) == (9, "count")


def test_numbers_and_dates_are_asked_for_independent_of_the_locale(sheets):
    sheets.measure({"cell": "Adoption!C2"})

    (request,) = sheets.requests()
    assert "valueRenderOption=UNFORMATTED_VALUE" in request.query
    assert "dateTimeRenderOption=SERIAL_NUMBER" in request.query


def test_check_names_the_service_account_and_the_host(sheets):
    assert sheets.connector.check().startswith(f"{CLIENT_EMAIL} on 127.0.0.1:")


def test_browse_lists_tabs_and_named_ranges(sheets):
    everything = [(item.kind, item.name) for item in sheets.connector.browse(None)]
    tabs = [item.name for item in sheets.connector.browse("tabs")]

    assert everything == [
        ("tab", "Adoption"),
        ("tab", "Numbers"),
        ("named range", "active"),
        ("named range", "both"),
    ]
    assert tabs == ["Adoption", "Numbers"]
