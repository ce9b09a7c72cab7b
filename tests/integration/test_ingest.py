"""A subsidiary behind a firewall pushes to headquarters, and a third syncd's consumer hears of it there.

The subsidiary's deliveries are what its own drain sends, signed; headquarters is the real API.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from syncd.client import Consumer, Effect, Key, MemoryMarks, MemoryStore
from syncd.egress.answer import Answer
from syncd.errors import EndpointUnavailable
from syncd.okr.body import moment
from syncd.okr.event import Source, events_between, removals
from syncd.okr.lifecycle import Lifecycle
from syncd.okr.names import Subject
from syncd.okr.state import KeyResultState, State
from syncd.store.endpoints import Endpoint
from syncd.store.store import Store
from syncd.sync.silence import fallen_silent
from syncd.webhooks.drain import Outgoing, drain_all
from syncd.webhooks.sign import Secret, signed_headers
from tests.apis import Api, an_api
from tests.states import a_state, an_evidence, an_objective_state

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUJD" * 8
KEY_RESULT = Subject("2026-Q4", "product/faster/cycle-time")


@dataclass(slots=True)
class Line:
    """The connection between two syncds; cut, nothing gets through."""

    client: httpx.AsyncClient
    is_cut: bool = False
    answers: list[int] = field(default_factory=list)

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self.is_cut:
            raise EndpointUnavailable("cut")
        got = await self.client.post(url, content=body, headers=dict(headers))
        self.answers.append(got.status_code)
        return Answer(status=got.status_code, headers=dict(got.headers), body=got.content, seconds=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A syncd that publishes states and drains them to one endpoint."""

    store: Store
    source: Source
    clock: Any  # Any: tests.apis.Clock
    line: Line

    async def publish(self, *states: State, lifecycle: Lifecycle | None = None) -> None:
        async with self.store.transaction() as tx:
            before = await tx.states.get(lock=True)
            after = {
                state.subject: replace(
                    state, sequence=before[state.subject].sequence if state.subject in before else 0
                )
                for state in states
            }
            after, events = events_between(
                before, after, now=self.clock(), lifecycle=lifecycle or Lifecycle()
            )
            await tx.states.save(after.values(), at=self.clock(), sync_id=None)
            await tx.outbox.enqueue(events, source=self.source, at=self.clock())

    async def rename(self, old: Subject, state: State) -> None:
        async with self.store.transaction() as tx:
            await tx.states.move({state.subject: old}, at=self.clock())
        await self.publish(state, lifecycle=Lifecycle(moved={state.subject: old}))

    async def remove(self, subject: Subject) -> None:
        async with self.store.transaction() as tx:
            last, events = removals(await tx.states.get([subject], lock=True), now=self.clock())
            await tx.states.save(last.values(), at=self.clock(), sync_id=None)
            await tx.states.archive([subject], at=self.clock())
            await tx.outbox.enqueue(events, source=self.source, at=self.clock())

    async def drain(self) -> None:
        await drain_all(
            Outgoing(
                store=self.store,
                sender=self.line,
                secrets={"hq": [Secret.parse(SECRET)]},
                clock=self.clock,
                random=lambda: 0.0,
            )
        )


@asynccontextmanager
async def a_sender(store: Store, hq: Api, *, epoch: int = 100) -> AsyncIterator[Sender]:
    async with hq.client() as client:
        async with store.transaction() as tx:
            url = "http://syncd/api/v1/ingest/subsidiary"
            await tx.outbox.sync_endpoints(
                [Endpoint(name="hq", url=url, include=("individual",))], at=hq.clock()
            )
        yield Sender(
            store=store,
            source=Source(instance="subsidiary", epoch=epoch),
            clock=hq.clock,
            line=Line(client=client),
        )


@pytest.fixture
def hq(store: Store) -> Api:
    api = an_api(store)
    return replace(api, service=replace(api.service, senders={"subsidiary": [Key.read(SECRET)]}))


@pytest.fixture
async def subsidiary(hq: Api, tmp_path: Any) -> AsyncIterator[Sender]:
    url = f"sqlite:///{tmp_path / 'subsidiary.db'}"
    async with await Store.open(url, now=hq.clock()) as store, a_sender(store, hq) as sender:
        yield sender


async def kept(hq: Api) -> dict[Subject, State]:
    async with hq.store.reading() as tx:
        return dict(await tx.states.get(via="others"))


async def passed_on(hq: Api) -> list[dict[str, Any]]:
    """Bodies that headquarters told on, in order."""
    async with hq.store.reading() as tx:
        rows = await tx.connection.exec_driver_sql("SELECT body FROM events ORDER BY id")
        return [json.loads(bytes(row[0])) for row in rows]


async def test_what_a_subsidiary_says_stands_at_headquarters_with_its_origin(
    hq: Api, subsidiary: Sender
) -> None:
    said = a_state(current=20.0, progress=0.5, progress_unclamped=0.5)
    await subsidiary.publish(said, an_objective_state(progress=0.5, known=1, of=1))
    await subsidiary.drain()

    states = await kept(hq)
    there = states[said.subject]
    assert isinstance(there, KeyResultState)
    assert (there.current, there.progress, there.via) == (20.0, 0.5, "subsidiary")
    assert there.evidence == said.evidence
    assert len(states) == 2
    async with hq.store.reading() as tx:
        history = await tx.history.of(said.subject, limit=10)
    assert [check_in.current for check_in in history] == [20.0]
    assert set(subsidiary.line.answers) == {200}


async def test_it_is_listed_like_our_own_with_via(hq: Api, subsidiary: Sender) -> None:
    await hq.record(a_state("people/hire/time"))
    await subsidiary.publish(a_state())
    await subsidiary.drain()

    async with hq.client(await hq.key("read")) as client:
        listed = (await client.get("/api/v1/key-results")).json()["items"]

    assert {row["id"]: row["via"] for row in listed} == {
        "people/hire/time": None,
        "product/faster/cycle-time": "subsidiary",
    }


async def test_its_explanation_says_who_told_it_and_what_that_had_read(hq: Api, subsidiary: Sender) -> None:
    for current in (20.0, 25.0):
        await subsidiary.publish(
            a_state(
                current=current, path="mappings/theirs.yaml", line=7, evidence=(an_evidence(value=current),)
            )
        )
        await subsidiary.publish(an_objective_state(progress=current / 100, known=1, of=1))
    await subsidiary.drain()

    async with hq.client(await hq.key("read")) as client:
        got = (await client.get("/api/v1/key-results/product/faster/cycle-time/explain")).json()
        objective = (await client.get("/api/v1/objectives/product/faster/explain")).json()

    assert got["sender"] == {
        "instance": "subsidiary",
        "through": [],
        "epoch": 100,
        "sequence": 3,
        "alive_until": None,
    }
    assert [(one["connection"], one["value"]) for one in got["evidence"]] == [("tracker", 25.0)]
    assert (got["inputs"], got["mapping"]["path"], got["mapping"]["line"]) == ([], "mappings/theirs.yaml", 7)
    assert (objective["sender"]["instance"], objective["parts"]) == ("subsidiary", [])


async def test_headquarters_tells_it_on_with_its_own_name_and_sequence(hq: Api, subsidiary: Sender) -> None:
    for current in (20.0, 25.0, 30.0):
        await subsidiary.publish(a_state(current=current))
        await subsidiary.drain()

    told = await passed_on(hq)
    assert {body["source"]["instance"] for body in told} == {"acme"}
    assert {body["data"]["via"] for body in told} == {"subsidiary"}
    assert [body["data"]["sequence"] for body in told] == list(range(1, len(told) + 1))
    assert told[-1]["data"]["key_result"]["current"] == 30.0


async def test_what_was_said_while_the_line_was_cut_arrives_when_it_is_healed(
    hq: Api, subsidiary: Sender
) -> None:
    await subsidiary.publish(a_state(current=20.0))
    await subsidiary.drain()
    subsidiary.line.is_cut = True
    for current in (25.0, 30.0, 35.0):
        await subsidiary.publish(a_state(current=current))
        await subsidiary.drain()
        hq.clock.now += timedelta(minutes=1)
    assert (await kept(hq))[KEY_RESULT].current == 20.0  # type: ignore[union-attr]  # a key result

    subsidiary.line.is_cut = False
    for _ in range(10):
        hq.clock.now += timedelta(hours=1)
        await subsidiary.drain()

    assert (await kept(hq))[KEY_RESULT].current == 35.0  # type: ignore[union-attr]  # a key result


async def test_a_sender_restored_from_a_backup_is_heard_once_its_epoch_is_new(
    hq: Api, subsidiary: Sender, tmp_path: Any
) -> None:
    for current in (20.0, 25.0, 30.0):
        await subsidiary.publish(a_state(current=current))
        await subsidiary.drain()

    url = f"sqlite:///{tmp_path / 'restored.db'}"
    async with await Store.open(url, now=hq.clock()) as backup, a_sender(backup, hq, epoch=100) as forgetful:
        await forgetful.publish(a_state(current=21.0))
        await forgetful.drain()
        assert (await kept(hq))[KEY_RESULT].current == 30.0  # type: ignore[union-attr]  # a key result
        renewed = replace(forgetful, source=Source(instance="subsidiary", epoch=200))
        await renewed.publish(a_state(current=22.0))
        await renewed.drain()

    assert (await kept(hq))[KEY_RESULT].current == 22.0  # type: ignore[union-attr]  # a key result
    sequences = [body["data"]["sequence"] for body in await passed_on(hq)]
    assert sequences == list(range(1, len(sequences) + 1))


async def test_a_rename_and_a_removal_are_told_on(hq: Api, subsidiary: Sender) -> None:
    await subsidiary.publish(a_state(current=20.0))
    renamed = a_state("product/faster/lead-time", current=20.0)
    await subsidiary.rename(KEY_RESULT, renamed)
    await subsidiary.drain()
    assert list(await kept(hq)) == [renamed.subject]

    await subsidiary.remove(renamed.subject)
    await subsidiary.drain()

    assert await kept(hq) == {}
    types = [body["type"] for body in await passed_on(hq)]
    assert types[-2:] == ["key_result.moved", "key_result.removed"]


async def test_a_consumer_of_headquarters_ends_where_the_subsidiary_is(hq: Api, subsidiary: Sender) -> None:
    await subsidiary.publish(a_state(current=20.0), a_state("product/faster/other", current=1.0))
    await subsidiary.drain()
    await subsidiary.rename(KEY_RESULT, a_state("product/faster/lead-time", current=21.0))
    await subsidiary.remove(Subject("2026-Q4", "product/faster/other"))
    await subsidiary.drain()
    board: dict[str, float] = {}

    def apply(effect: Effect, _: MemoryMarks) -> None:
        if effect.drop:
            board.pop(effect.drop.id, None)
        if effect.put:
            board[effect.put.id] = effect.event.data["key_result"]["current"]

    consumer = Consumer(secrets=[SECRET], store=MemoryStore(), apply=apply, clock=lambda: 0.0)
    for n, body in enumerate(await passed_on(hq)):
        text = json.dumps(body).encode()
        at = datetime.fromtimestamp(0, tz=hq.clock().tzinfo)
        headers = signed_headers([Secret.parse(SECRET)], webhook_id=f"msg_{n}", at=at, body=text)
        consumer.receive(headers, text)

    assert board == {"product/faster/lead-time": 21.0}


async def send(
    hq: Api,
    body: bytes,
    *,
    secret: str = SECRET,
    to: str = "subsidiary",
    name: str = "msg_1",
    content_type: str = "application/json",
) -> httpx.Response:
    headers = signed_headers([Secret.parse(secret)], webhook_id=name, at=hq.clock(), body=body)
    async with hq.client() as client:
        return await client.post(
            f"/api/v1/ingest/{to}", content=body, headers={**headers, "content-type": content_type}
        )


def a_body(**changes: Any) -> bytes:
    _, events = events_between({}, {KEY_RESULT: a_state(current=20.0)}, now=a_time())
    body = json.loads(events[-1].body(Source(instance="subsidiary", epoch=100)))
    return json.dumps({**body, **changes}).encode()


def a_time() -> datetime:
    return datetime.fromisoformat("2026-11-02T09:00:00+00:00")


async def test_an_unknown_sender_and_a_wrong_signature_are_the_same_answer(hq: Api) -> None:
    body = a_body()

    answers = [await send(hq, body, secret=OTHER), await send(hq, body, to="stranger")]

    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json() == answers[1].json()
    assert await kept(hq) == {}


async def test_an_event_of_somebody_else_is_not_taken_under_this_name(hq: Api) -> None:
    body = a_body(source={"instance": "stranger", "epoch": 1})

    assert (await send(hq, body)).status_code == 401


@pytest.mark.parametrize("body", [b"{}", b"[]", b"\xff", b"[" * 10_000, b'{"type": "key_result.progressed"}'])
async def test_what_is_signed_and_no_event_changes_nothing(hq: Api, body: bytes) -> None:
    got = await send(hq, body)

    assert (got.status_code, got.json()["code"]) == (422, "event_not_understood")
    assert await kept(hq) == {}


async def test_the_same_event_twice_has_one_effect(hq: Api) -> None:
    outcomes = [(await send(hq, a_body())).json()["outcome"] for _ in range(3)]

    assert outcomes == ["applied", "duplicate", "duplicate"]


async def test_an_id_of_ours_is_not_given_away(hq: Api) -> None:
    await hq.record(a_state(current=1.0))

    got = await send(hq, a_body())

    assert (got.status_code, got.json()["code"]) == (409, "id_taken")
    async with hq.store.reading() as tx:
        ours = (await tx.states.get())[KEY_RESULT]
    assert isinstance(ours, KeyResultState)
    assert ours.current == 1.0


async def test_what_came_through_us_already_is_not_sent_in_circles(hq: Api) -> None:
    body = json.loads(a_body())
    body["data"]["via"] = "acme"

    got = await send(hq, json.dumps(body).encode())

    assert got.json()["outcome"] == "ours"
    assert await passed_on(hq) == []


async def alive(hq: Api, *, until: datetime, sequence: int) -> httpx.Response:
    body = {
        "type": "instance.alive",
        "timestamp": moment(hq.clock()),
        "data": {"alive_until": moment(until), "sequence": sequence},
        "source": {"instance": "subsidiary", "epoch": 100},
    }
    return await send(hq, json.dumps(body).encode(), name=f"msg_alive_{sequence}")


async def test_a_sender_that_falls_silent_is_not_believed_until_it_is_heard_again(hq: Api) -> None:
    await send(hq, a_body())
    fresh = (await kept(hq))[KEY_RESULT]
    await alive(hq, until=hq.clock() + timedelta(hours=2), sequence=1)
    hq.clock.now += timedelta(hours=3)

    async with hq.store.transaction() as tx:
        hushed = await fallen_silent(tx, site=hq.service.site)
        again = await fallen_silent(tx, site=hq.service.site)
    silent = (await kept(hq))[KEY_RESULT]
    await alive(hq, until=hq.clock() + timedelta(hours=2), sequence=2)
    back = (await kept(hq))[KEY_RESULT]

    assert isinstance(silent, KeyResultState)
    assert silent.error is not None
    assert (silent.freshness, silent.error.code) == ("stale", "sender_silent")
    assert [event.type for event in hushed] == ["key_result.freshness_changed"]
    assert again == []
    assert replace(back, sequence=0) == replace(fresh, sequence=0)
