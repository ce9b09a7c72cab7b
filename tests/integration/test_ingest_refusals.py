"""What a sender says, signed and all, is held to what we publish; what people there said is kept.

On SQLite alone: nothing here asks the store for more than it is asked for elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from syncd.client import Key
from syncd.okr.body import moment
from syncd.okr.check_in import check_in_created
from syncd.okr.event import ENDPOINT_DISABLED, Event, Source, events_between, removals, sync_recovered
from syncd.okr.event_schema import SCHEMAS
from syncd.okr.instance import ALIVE_FOR, instance_alive, ping
from syncd.okr.lifecycle import Lifecycle
from syncd.okr.names import Subject
from syncd.okr.state import KeyResultState, State
from syncd.okr.word import Word
from syncd.store.store import Store
from syncd.webhooks.sign import Secret, signed_headers
from tests.apis import Api, an_api
from tests.states import NOW, a_state

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SENDER = Source(instance="subsidiary", epoch=100)
KEY_RESULT = Subject("2026-Q4", "product/faster/cycle-time")


@pytest.fixture
async def hq(sqlite_url: str) -> AsyncIterator[Api]:
    async with await Store.open(sqlite_url, now=NOW) as store:
        api = an_api(store)
        yield replace(api, service=replace(api.service, senders={"subsidiary": [Key.read(SECRET)]}))


async def send(
    hq: Api, body: Mapping[str, Any] | bytes, *, name: str = "msg_1", type_: str = "application/json"
) -> httpx.Response:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = signed_headers([Secret.parse(SECRET)], webhook_id=name, at=hq.clock(), body=text)
    async with hq.client() as client:
        return await client.post(
            "/api/v1/ingest/subsidiary", content=text, headers={**headers, "content-type": type_}
        )


async def outcome(hq: Api, event: Event, *, name: str = "msg_1") -> str:
    return str((await send(hq, event.body(SENDER), name=name)).json()["outcome"])


def progressed(state: State | None = None) -> Event:
    state = state or a_state(current=30.0, progress=0.8, progress_unclamped=0.8)
    return events_between({}, {state.subject: state}, now=NOW)[1][-1]


def a_body(*path: str, value: object) -> dict[str, Any]:
    """A genuine body, with another value at one place of it. Any: JSON."""
    body: dict[str, Any] = json.loads(progressed().body(SENDER))
    place = body
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return body


async def kept(hq: Api) -> dict[Subject, State]:
    async with hq.store.reading() as tx:
        return dict(await tx.states.get(via="others"))


async def passed_on(hq: Api) -> list[dict[str, Any]]:
    async with hq.store.reading() as tx:
        rows = await tx.connection.exec_driver_sql("SELECT body FROM events ORDER BY id")
        return [json.loads(bytes(row[0])) for row in rows]


IN_KEY_RESULT = ("data", "key_result")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*IN_KEY_RESULT, "progress"), 5),
        ((*IN_KEY_RESULT, "current"), "30"),
        ((*IN_KEY_RESULT, "id"), "../x/y"),
        ((*IN_KEY_RESULT, "id"), "a"),
        ((*IN_KEY_RESULT, "id"), "a/b/c/d"),
        ((*IN_KEY_RESULT, "id"), "support/zzz/w"),
        ((*IN_KEY_RESULT, "objective"), "product/other"),
        ((*IN_KEY_RESULT, "cycle"), "next summer"),
        ((*IN_KEY_RESULT, "team"), "support"),
        ((*IN_KEY_RESULT, "team"), None),
        ((*IN_KEY_RESULT, "tier"), "organisation"),
        ((*IN_KEY_RESULT, "title"), "\ud800"),
        ((*IN_KEY_RESULT, "details"), {"rate": 5}),
        (("data", "as_of"), "yesterday"),
        (("data", "evidence"), [{"value": 1}]),
        (("data", "mapping", "line"), -1),
        (("timestamp",), "2999-01-01T00:00:00Z"),
        (("source", "epoch"), 10**12),
    ],
)
async def test_what_is_no_event_of_ours_is_refused_and_says_where(
    hq: Api, path: tuple[str, ...], value: object
) -> None:
    got = await send(hq, a_body(*path, value=value))

    assert (got.status_code, got.json()["code"]) == (422, "event_not_understood"), got.text
    assert path[-1] in got.json()["detail"] or path[-1] == "title"
    assert await kept(hq) == {}
    assert await passed_on(hq) == []


@pytest.mark.parametrize(
    ("type_", "former"),
    [("key_result.removed", KEY_RESULT.id), ("key_result.moved", "../x/y"), ("key_result.moved", "a\0b")],
)
async def test_names_of_what_ends_or_moves_are_looked_at_too(hq: Api, type_: str, former: str) -> None:
    body = json.loads(replace(progressed(), type=type_).body(SENDER))
    body["data"]["from"] = {"id": former, "cycle": "2026-Q4"}
    if type_ == "key_result.removed":
        body["data"]["key_result"]["id"] = "a\0b"

    got = await send(hq, body)

    assert (got.status_code, got.json()["code"]) == (422, "event_not_understood")


async def test_a_person_belongs_to_a_team_of_another_name_and_the_organisation_to_none(hq: Api) -> None:
    person = a_state("anna/learn/books", tier="individual", team="product", current=1.0)
    company = a_state("company/calm/trust", tier="organisation", team=None, current=1.0)

    assert await outcome(hq, progressed(person), name="msg_1") == "applied"
    assert await outcome(hq, progressed(company), name="msg_2") == "applied"


async def test_a_sign_of_life_is_good_for_some_hours_and_not_for_ever(hq: Api) -> None:
    event = instance_alive(sequence=1, now=NOW)
    eternal = replace(event, data={**event.data, "alive_until": "2999-01-01T00:00:00Z"})

    refused = await send(hq, eternal.body(SENDER))
    taken = await send(hq, event.body(SENDER))

    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "body.data.alive_until")
    assert taken.json()["outcome"] == "applied"
    async with hq.store.reading() as tx:
        assert (await tx.senders.lives())["subsidiary"] == NOW + ALIVE_FOR


@pytest.mark.parametrize(
    "event",
    [
        replace(progressed(), type="foo.bar"),
        replace(progressed(), type="key_result.dreamt"),
        sync_recovered("tracker", since=NOW, sequence=1, now=NOW),
        ping("hq", sequence=1, now=NOW),
        replace(ping("hq", sequence=1, now=NOW), type=ENDPOINT_DISABLED),
    ],
    ids=lambda event: event.type,
)
async def test_what_means_nothing_here_is_answered_as_ignored(hq: Api, event: Event) -> None:
    assert [await outcome(hq, event) for _ in range(2)] == ["ignored", "ignored"]
    assert await kept(hq) == {}
    assert await passed_on(hq) == []


async def test_a_body_that_is_no_json_by_its_type_is_refused(hq: Api) -> None:
    got = await send(hq, progressed().body(SENDER), type_="text/plain")

    assert (got.status_code, got.json()["code"]) == (415, "not_json")


WORD = Word(
    subject=KEY_RESULT, author="anna", at=NOW, value=31.0, confidence=0.7, comment="two pilots signed"
)


def spoken(word: Word = WORD, *, sequence: int = 1, **changes: Any) -> Event:  # Any: fields of the state
    state = a_state(word.subject.id, current=word.value, progress=0.75, progress_unclamped=0.75, **changes)
    return check_in_created(word, state, sequence=sequence)


async def test_what_a_person_at_a_sender_said_is_kept_and_passed_on_once(hq: Api) -> None:
    await outcome(hq, progressed())

    outcomes = [await outcome(hq, spoken(), name="msg_2") for _ in range(2)]

    assert outcomes == ["applied", "duplicate"]
    async with hq.client(await hq.key("read")) as client:
        url = f"/api/v1/key-results/{KEY_RESULT.id}"
        newest, _ = (await client.get(f"{url}/history")).json()["items"]
        shown = (await client.get(url)).json()
    assert {name: newest[name] for name in ("said", "confidence", "comment", "origin", "author")} == {
        "said": 31.0,
        "confidence": 0.7,
        "comment": "two pilots signed",
        "origin": "person",
        "author": None,
    }
    assert (shown["confidence"], shown["via"]) == (0.7, "subsidiary")
    (told,) = [body for body in await passed_on(hq) if body["type"] == "check_in.created"]
    assert told["source"]["instance"] == "acme"
    assert (told["data"]["via"], told["data"]["sequence"]) == ("subsidiary", 1)
    assert told["data"]["check_in"]["comment"] == "two pilots signed"


async def test_a_word_that_comes_before_its_key_result_is_to_be_sent_again(hq: Api) -> None:
    early = await send(hq, spoken().body(SENDER))
    await outcome(hq, progressed(), name="msg_2")

    assert (early.status_code, early.json()["code"]) == (409, "key_result_unknown")
    assert await outcome(hq, spoken()) == "applied"


async def test_a_word_follows_its_key_result_to_another_name(hq: Api) -> None:
    renamed = a_state("product/faster/lead-time", current=30.0, sequence=2)
    states, lifecycle = {renamed.subject: renamed}, Lifecycle(moved={renamed.subject: KEY_RESULT})
    events = events_between(states, states, now=NOW, lifecycle=lifecycle)[1]
    await outcome(hq, progressed(a_state(current=30.0)), name="msg_1")
    await outcome(hq, events[0], name="msg_2")

    assert await outcome(hq, spoken(), name="msg_3") == "applied"
    async with hq.store.reading() as tx:
        newest, *_ = await tx.history.of(renamed.subject, limit=1)
    assert newest.comment == "two pilots signed"


async def test_a_word_of_what_was_removed_has_nowhere_to_go(hq: Api) -> None:
    state = a_state(current=30.0)
    await outcome(hq, progressed(state), name="msg_1")
    last = replace(state, sequence=9)
    await outcome(hq, removals({KEY_RESULT: last}, now=NOW)[1][0], name="msg_2")

    assert await outcome(hq, spoken(), name="msg_3") == "stale"


async def test_a_late_word_does_not_bring_an_older_confidence_back(hq: Api) -> None:
    await outcome(hq, progressed(), name="msg_1")
    hq.clock.now += timedelta(minutes=2)
    await outcome(hq, spoken(replace(WORD, at=NOW + timedelta(minutes=1))), name="msg_2")
    await outcome(hq, spoken(replace(WORD, confidence=0.1, at=NOW)), name="msg_3")

    state = (await kept(hq))[KEY_RESULT]
    assert isinstance(state, KeyResultState)
    assert state.confidence == 0.7


async def test_what_is_passed_on_is_as_published(hq: Api) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    await outcome(hq, progressed(), name="msg_1")
    await outcome(hq, spoken(), name="msg_2")

    for body in await passed_on(hq):
        jsonschema.validate(body, SCHEMAS[body["type"]])
    assert moment(NOW) in {body["timestamp"] for body in await passed_on(hq)}
