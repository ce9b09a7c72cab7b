"""`POST /hooks/{connection}`: answered at once, recorded once, refused alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import pytest

from connectors.github.hooks import hooks as github
from connectors.google_sheets.hooks import hooks as sheets
from connectors.jira.hooks import hooks as jira
from syncd.api.service import Limits
from syncd.inbox.door import Door, path_token
from syncd.inbox.inbox import Inbox
from syncd.inbox.judge import Taken, judge
from syncd.sdk.hooks import LARGE_BODY, SMALL_BODY
from syncd.store.store import Store
from tests.apis import Api, an_api
from tests.signing import (
    VENDORS_SECRET,
    an_issue_in,
    an_issue_of,
    from_drive,
    from_github,
    from_jira,
    mixed,
    to_bytes,
)

BODY = to_bytes(an_issue_of())


@dataclass(frozen=True, slots=True)
class Hooked:
    """An API with three connections that take hooks, and one (`closed`) that takes none."""

    api: Api
    inbox: Inbox
    roused: list[str] = field(default_factory=list)

    async def post(
        self, path: str, *, content: bytes = b"", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        async with self.api.client() as client:
            return await client.post(f"/hooks/{path}", content=content, headers=headers or {})

    async def recorded(self) -> dict[str, dict[str, int]]:
        """What waits for a sync, once everything that was taken is recorded."""
        await record_all(self.inbox)
        async with self.api.store.reading() as tx:
            return await tx.hints.all()


async def record_all(inbox: Inbox) -> None:
    waiting = inbox.take_waiting()
    if waiting:
        await inbox.record(waiting)


def hooked(store: Store, *, limits: Limits | None = None) -> Hooked:
    api, roused = an_api(store, limits=limits), list[str]()
    kinds = {"code": github, "tracker": jira, "usage": sheets}
    inbox = Inbox(
        store,
        doors={
            name: Door(connection=name, hooks=hooks, secrets=(VENDORS_SECRET,))
            for name, hooks in kinds.items()
        },
        rouse=roused.append,
        clock=api.clock,
    )
    return Hooked(replace(api, service=replace(api.service, inbox=inbox)), inbox, roused)


@pytest.fixture
def site(store: Store) -> Hooked:
    return hooked(store)


async def test_a_signed_hook_is_taken_and_rouses_its_connection(site: Hooked) -> None:
    got = await site.post("code", content=BODY, headers=mixed(from_github(BODY)))

    assert (got.status_code, got.content) == (202, b"")
    assert await site.recorded() == {"code": {"issues *": 1, "issues acme/app": 1}}
    assert site.roused == ["code"]


async def test_what_is_kept_of_a_hook_is_its_id_a_digest_and_keys(site: Hooked) -> None:
    body = to_bytes(an_issue_of(title="the secret plan"))
    await site.post("code", content=body, headers=from_github(body))
    await site.recorded()

    async with site.api.store.reading() as tx:
        (row,) = [tuple(row) for row in await tx.connection.exec_driver_sql("SELECT * FROM receipts")]

    assert (row[0], row[1], row[3]) == ("code", "d-1", "issues")
    assert "secret plan" not in repr(row)


async def test_jira_and_drive_are_taken_by_their_own_proofs(site: Hooked) -> None:
    issue = to_bytes(an_issue_in("PHX"))
    token = path_token(VENDORS_SECRET, connection="tracker")

    got = [
        await site.post("tracker", content=issue, headers=from_jira(issue, delivery="j-1")),
        await site.post(f"tracker/{token}?user_id=anna&user_key=anna", content=issue),
        await site.post("usage", headers=from_drive("1AbC")),
    ]

    assert [answer.status_code for answer in got] == [202, 202, 202]
    assert (await site.recorded()).keys() == {"tracker", "usage"}


async def test_the_same_id_twice_is_taken_and_has_no_second_effect(site: Hooked) -> None:
    for _ in range(2):
        assert (await site.post("code", content=BODY, headers=from_github(BODY))).status_code == 202

    assert (await site.recorded())["code"]["issues acme/app"] == 1


async def test_an_id_is_known_after_a_restart_and_for_seven_days(site: Hooked) -> None:
    await site.post("code", content=BODY, headers=from_github(BODY))
    seen = (await site.recorded())["code"]
    async with site.api.store.transaction() as tx:
        await tx.hints.settle("code", seen)
    again = hooked(site.api.store)
    for days in (6, 8):
        async with site.api.store.transaction() as tx:
            await tx.receipts.forget_old(now=site.api.clock() + timedelta(days=days))
        await again.post("code", content=BODY, headers=from_github(BODY))
        if days == 6:
            assert await again.recorded() == {}

    assert (await again.recorded()).keys() == {"code"}


async def test_the_same_id_at_another_connection_is_another_hook(site: Hooked) -> None:
    issue = to_bytes(an_issue_in("PHX"))
    await site.post("code", content=BODY, headers=from_github(BODY, delivery="1"))
    await site.post("tracker", content=issue, headers=from_jira(issue, delivery="1"))

    assert (await site.recorded()).keys() == {"code", "tracker"}


async def test_refusals_are_one_and_the_same_answer(site: Hooked) -> None:
    forged = from_github(BODY, secret="another")

    got = [
        await site.post("code", content=BODY, headers=forged),
        await site.post("code", content=BODY),
        await site.post("nobody", content=BODY, headers=from_github(BODY)),
        await site.post("closed", content=BODY, headers=from_github(BODY)),
        await site.post("tracker", content=BODY, headers=forged),
        await site.post("tracker/guessed", content=BODY),
        await site.post("usage", content=BODY, headers=forged),
        await site.post("usage", content=b"x" * (sheets.max_bytes + 1), headers=from_drive("1AbC")),
        await site.post("nobody/guessed", content=BODY),
    ]

    assert {
        (answer.status_code, answer.content, tuple(sorted(answer.headers.items()))) for answer in got
    } == {(404, got[0].content, tuple(sorted(got[0].headers.items())))}
    assert got[0].json()["code"] == "hook_refused"
    assert await site.recorded() == {}


@pytest.mark.parametrize(
    "body",
    [b"[" * 10_000 + b"]" * 10_000, b'{"a": NaN}', b"{", b'{"a": 1e999}'],
    ids=lambda body: repr(body[:9]),
)
async def test_what_is_signed_and_no_json_is_told_so(site: Hooked, body: bytes) -> None:
    got = await site.post("code", content=body, headers=from_github(body))

    assert (got.status_code, got.json()["code"]) == (400, "malformed_hook")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
@pytest.mark.parametrize("name", ["code", "nobody"])
async def test_an_encoded_body_is_refused(site: Hooked, name: str, encoding: str) -> None:
    got = await site.post(name, content=BODY, headers={**from_github(BODY), "content-encoding": encoding})

    assert (got.status_code, got.json()["code"]) == (415, "encoded_body")


async def test_25_mib_are_read_and_one_byte_more_is_refused_whether_announced_or_not(site: Hooked) -> None:
    # A string of spaces around the JSON is JSON, too.
    largest = BODY + b" " * (LARGE_BODY - len(BODY))

    async def dripped(size: int) -> AsyncIterator[bytes]:
        for _ in range(0, size, SMALL_BODY):
            yield b" " * SMALL_BODY
        yield b" "

    async with site.api.client() as client:
        got = await client.post("/hooks/code", content=largest, headers=from_github(largest))
        announced = await client.post("/hooks/code", content=largest + b" ", headers=from_github(BODY))
        streamed = await client.post("/hooks/nobody", content=dripped(LARGE_BODY), headers=from_github(BODY))

    assert got.status_code == 202
    assert [(one.status_code, one.json()["code"]) for one in (announced, streamed)] == [
        (413, "body_too_large")
    ] * 2


async def test_a_slow_body_is_cut_off(store: Store) -> None:
    site = hooked(store, limits=Limits(body_s=0.1))

    async def never_ends() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    async with site.api.client() as client:
        got = await client.post("/hooks/code", content=never_ends(), headers=from_github(BODY))

    assert (got.status_code, got.json()["code"]) == (408, "body_too_slow")


async def test_large_bodies_have_few_places_and_small_ones_do_not_wait(site: Hooked) -> None:
    while not site.inbox.large.locked():
        await site.inbox.large.acquire()
    large = BODY + b" " * SMALL_BODY

    refused = await site.post("code", content=large, headers=from_github(large))
    taken = await site.post("code", content=BODY, headers=from_github(BODY))
    site.inbox.large.release()
    later = await site.post("code", content=large, headers=from_github(large))

    assert (refused.status_code, refused.json()["code"]) == (503, "too_many_hooks")
    assert refused.headers["retry-after"]
    assert (taken.status_code, later.status_code) == (202, 202)


async def test_more_hooks_than_can_wait_are_put_off(site: Hooked) -> None:
    async with site.api.client() as client:
        first = await client.post("/hooks/code", content=BODY, headers=from_github(BODY))
        while site.inbox.put(a_taken()):
            pass
        got = await client.post("/hooks/code", content=BODY, headers=from_github(BODY, delivery="d-2"))

    assert (first.status_code, got.status_code, got.json()["code"]) == (202, 503, "too_many_hooks")


async def test_the_inbox_records_by_itself_what_comes(site: Hooked) -> None:
    running = asyncio.create_task(site.inbox.run())

    await site.post("code", content=BODY, headers=from_github(BODY))
    async with asyncio.timeout(10):
        while not site.roused:  # noqa: ASYNC110  # what it does is seen by a list alone
            await asyncio.sleep(0)
    running.cancel()

    assert site.roused == ["code"]


async def test_a_store_that_fails_loses_hooks_and_not_the_inbox(site: Hooked) -> None:
    async with site.api.store.transaction() as tx:
        await tx.connection.exec_driver_sql("ALTER TABLE hints RENAME TO gone")
    running = asyncio.create_task(site.inbox.run())
    await site.post("code", content=BODY, headers=from_github(BODY))
    async with site.api.store.transaction():
        pass  # behind the one that fails
    async with site.api.store.transaction() as tx:
        await tx.connection.exec_driver_sql("ALTER TABLE gone RENAME TO hints")
    await site.post("code", content=BODY, headers=from_github(BODY, delivery="d-2"))
    async with asyncio.timeout(10):
        while not site.roused:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0)
    running.cancel()

    assert site.roused == ["code"]


async def test_a_thousand_hints_rouse_a_connection_once_per_record_and_are_two_rows(site: Hooked) -> None:
    for start in range(0, 1_000, 100):
        await site.inbox.record([a_taken(f"d-{number}") for number in range(start, start + 100)])

    assert site.roused == ["code"] * 10
    seen = (await site.recorded())["code"]
    await site.inbox.record([a_taken("later")])
    async with site.api.store.transaction() as tx:
        await tx.hints.settle("code", seen)
    assert (await site.recorded())["code"] == {"issues *": 11, "issues acme/app": 11}


def a_taken(delivery: str = "d-0") -> Taken:
    door = Door(connection="code", hooks=github, secrets=(VENDORS_SECRET,))
    taken = judge(door, headers=from_github(BODY, delivery=delivery), body=BODY, token=None)
    assert isinstance(taken, Taken)
    return taken
