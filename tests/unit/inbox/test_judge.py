"""Is a hook genuine: by the vendors' own examples, and by what forgers do."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.github.hooks import hooks as github
from connectors.google_sheets.hooks import hooks as sheets
from connectors.jira.hooks import hooks as jira
from syncd.inbox.door import Door, path_token
from syncd.inbox.judge import Judgement, Malformed, Refused, Taken, judge
from tests.signing import (
    VENDORS_SECRET,
    an_issue_in,
    an_issue_of,
    from_drive,
    from_github,
    from_jira,
    signature,
    to_bytes,
)

CODE = Door(connection="code", hooks=github, secrets=(VENDORS_SECRET,))
TRACKER = Door(connection="tracker", hooks=jira, secrets=(VENDORS_SECRET,))
USAGE = Door(connection="usage", hooks=sheets, secrets=(VENDORS_SECRET,))


def judged(
    door: Door | None, headers: dict[str, str], body: bytes = b"", token: str | None = None
) -> Judgement:
    return judge(door, headers=headers, body=body, token=token)


def test_the_example_of_githubs_documentation_is_genuine() -> None:
    signed = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    assert github.verify({"x-hub-signature-256": signed}, b"Hello, World!", VENDORS_SECRET)


def test_the_example_of_jiras_documentation_is_genuine() -> None:
    signed = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"

    assert jira.verify({"x-hub-signature": signed}, b"Hello World!", VENDORS_SECRET)


@given(st.binary(max_size=50), st.integers(min_value=0), st.integers(0, 7))
def test_a_flipped_bit_fails(body: bytes, place: int, bit: int) -> None:
    headers = from_github(body)
    flipped = bytearray(body or b"x")
    flipped[place % len(flipped)] ^= 1 << bit

    assert github.verify(headers, body, VENDORS_SECRET)
    assert not github.verify(headers, bytes(flipped), VENDORS_SECRET)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "sha256=ü"},
        {"x-hub-signature-256": signature(b"{}", "another secret")},
        {"x-hub-signature-256": signature(b"{}", VENDORS_SECRET).removeprefix("sha256=")},
        {"x-hub-signature-256": signature(b"{}", VENDORS_SECRET).upper()},
        {"x-hub-signature": signature(b"{}", VENDORS_SECRET)},
    ],
)
def test_a_hook_of_github_without_its_signature_is_refused(given: dict[str, str]) -> None:
    headers = {"x-github-event": "issues", **given}

    assert judged(CODE, headers, b"{}") == Refused(reason="unproved")


def test_an_unknown_connection_is_refused_whatever_is_signed() -> None:
    assert judged(None, from_github(b"{}"), b"{}") == Refused(reason="unknown")


@pytest.mark.parametrize("secrets", [("new", VENDORS_SECRET), (VENDORS_SECRET, "new")])
def test_both_secrets_are_taken_while_one_is_replaced(secrets: tuple[str, str]) -> None:
    door = Door(connection="code", hooks=github, secrets=secrets)
    body = to_bytes(an_issue_of())

    assert isinstance(judged(door, from_github(body), body), Taken)


def test_the_decoy_that_evens_out_time_proves_nothing() -> None:
    body = to_bytes(an_issue_of())

    got = judged(CODE, from_github(body, secret="nobody signs with this"), body)

    assert got == Refused(reason="unproved")


def test_a_taken_hook_has_the_vendors_id_the_digest_and_the_keys() -> None:
    body = to_bytes(an_issue_of("Acme/App"))

    got = judged(CODE, from_github(body, delivery="72d3162e"), body)

    assert isinstance(got, Taken)
    assert (got.hint.id, got.hint.kind, len(got.digest)) == ("72d3162e", "issues", 64)
    assert got.hint.keys == {"issues acme/app", "issues *"}


def test_a_hook_without_an_id_is_named_by_its_body() -> None:
    body = to_bytes(an_issue_of())

    one, other = (judged(CODE, from_github(body, delivery=given), body) for given in ("", "x" * 500))

    assert isinstance(one, Taken)
    assert isinstance(other, Taken)
    assert one.hint.id == other.hint.id == f"sha256:{one.digest}"


@pytest.mark.parametrize("event", ["ping", "push", "star", ""])
def test_other_events_of_github_are_taken_and_touch_nothing(event: str) -> None:
    got = judged(CODE, from_github(b"whatever", event=event), b"whatever")

    assert isinstance(got, Taken)
    assert got.hint.keys == frozenset()


def test_a_form_of_github_carries_the_same_event() -> None:
    body = urlencode({"payload": to_bytes(an_issue_of()).decode()}).encode()
    headers = {**from_github(body), "content-type": "application/x-www-form-urlencoded"}

    got = judged(CODE, headers, body)

    assert isinstance(got, Taken)
    assert "issues acme/app" in (got.hint.keys or ())


def test_an_issue_that_is_transferred_touches_both_repositories() -> None:
    body = to_bytes(an_issue_of(changes={"new_repository": {"full_name": "acme/other"}}))

    got = judged(CODE, from_github(body), body)

    assert isinstance(got, Taken)
    assert {"issues acme/app", "issues acme/other"} <= (got.hint.keys or set())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"\xff",
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
)
@pytest.mark.parametrize("door", [CODE, TRACKER], ids=["github", "jira"])
def test_what_is_signed_and_no_json_is_malformed(door: Door, body: bytes) -> None:
    headers = from_github(body) if door is CODE else from_jira(body)

    assert isinstance(judged(door, headers, body), Malformed)


@pytest.mark.parametrize("body", [{}, {"repository": 7}, {"repository": {"full_name": 7}, "changes": []}])
def test_an_event_of_github_without_a_repository_touches_what_is_bound_to_none(
    body: dict[str, object],
) -> None:
    got = judged(CODE, from_github(body), to_bytes(body))

    assert isinstance(got, Taken)
    assert got.hint.keys == {"issues *"}


def test_a_body_over_the_connectors_limit_is_refused_like_a_forged_one() -> None:
    body = b"x" * (sheets.max_bytes + 1)

    assert judged(USAGE, from_drive("1AbC"), body) == Refused(reason="too_large")


def test_jira_may_prove_itself_by_its_address() -> None:
    body = to_bytes(an_issue_in("PHX"))
    token = path_token(VENDORS_SECRET, connection="tracker")

    assert isinstance(judged(TRACKER, {}, body, token), Taken)
    assert VENDORS_SECRET not in token


@pytest.mark.parametrize(
    "token",
    [
        "",
        VENDORS_SECRET,
        path_token(VENDORS_SECRET, connection="other"),
        path_token("x", connection="tracker"),
    ],
)
def test_another_address_proves_nothing(token: str) -> None:
    body = to_bytes(an_issue_in("PHX"))

    assert judged(TRACKER, {}, body, token) == Refused(reason="unproved")
    assert judged(TRACKER, from_jira(body), body, token) == Refused(reason="unproved")


def test_github_signs_always_so_no_address_is_enough() -> None:
    body = to_bytes(an_issue_of())
    token = path_token(VENDORS_SECRET, connection="code")

    assert judged(CODE, from_github(body), body, token) == Refused(reason="unproved")


def test_an_issue_of_jira_touches_its_project_by_every_name() -> None:
    body = to_bytes(an_issue_in("PHX", number=12))

    got = judged(TRACKER, from_jira(body), body)

    assert isinstance(got, Taken)
    assert got.hint.keys == {
        "project *",
        "project phx",
        "project the phx project",
        "project 10000",
        "issue phx-12",
    }


def test_an_issue_that_moved_touches_what_it_left() -> None:
    items = [
        {"field": "Key", "fromString": "OLD-7", "toString": "PHX-1"},
        {"field": "project", "from": "10001", "fromString": "The old one"},
    ]
    body = to_bytes(an_issue_in("PHX", changelog={"items": items}))

    got = judged(TRACKER, from_jira(body), body)

    assert isinstance(got, Taken)
    assert {"issue old-7", "project old", "project 10001", "project the old one"} <= (got.hint.keys or set())


@pytest.mark.parametrize(
    ("event", "keys"),
    [
        ("jira:version_released", {"version"}),
        ("jira:version_deleted", {"version"}),
        ("sprint_closed", {"sprint"}),
        ("comment_created", set()),
        ("", set()),
    ],
)
def test_other_events_of_jira_touch_what_they_are_about(event: str, keys: set[str]) -> None:
    body = to_bytes({"webhookEvent": event})

    got = judged(TRACKER, from_jira(body), body)

    assert isinstance(got, Taken)
    assert got.hint.keys == keys


def test_a_channel_of_drive_touches_its_spreadsheet() -> None:
    got = judged(USAGE, from_drive("1AbC", number=7))

    assert isinstance(got, Taken)
    assert (got.hint.id, got.hint.keys) == ("channel-1/7", {"1AbC"})


def test_the_first_notification_of_a_channel_touches_nothing() -> None:
    got = judged(USAGE, from_drive("1AbC", number=1, state="sync"))

    assert isinstance(got, Taken)
    assert got.hint.keys == frozenset()


def test_a_channel_that_somebody_else_opened_is_refused() -> None:
    headers = from_drive("1AbC") | {"x-goog-channel-id": "channel-2"}

    assert judged(USAGE, headers) == Refused(reason="unproved")
    assert judged(USAGE, {}) == Refused(reason="unproved")
