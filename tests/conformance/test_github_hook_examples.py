"""GitHub's own examples of hooks: each is signed, posted and taken, and wakes exactly what it touches."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.github import plugin
from syncd.inbox.door import Door
from syncd.inbox.inbox import Inbox
from syncd.okr.definition import AskedQuery, Mappings, QueryKey
from syncd.store.store import Store
from syncd.sync.hinted import hinted
from tests.apis import Api, an_api
from tests.conformance import openapi
from tests.signing import VENDORS_SECRET, from_github, to_bytes
from tests.states import NOW

HELLO, OCTO, OTHER = "Codertocat/Hello-World", "octo-org/octo-repo", "acme/app"
REPOS = (HELLO, OCTO, OTHER)
assert plugin.hooks is not None
HOOKS = plugin.hooks
DOOR = Door(connection="code", hooks=HOOKS, secrets=(VENDORS_SECRET,))

# Any, throughout: queries as YAML says them, and a vendor's JSON.
KINDS: Mapping[str, Any] = {
    "issues": lambda repo: {"issues": {"repo": repo}},
    "pulls": lambda repo: {"pull_requests": {"repo": repo}},
    "milestone": lambda repo: {"milestone": {"repo": repo, "title": "v1", "of": "share"}},
    "releases": lambda repo: {"releases": {"repo": repo}},
    "runs": lambda repo: {"workflow_runs": {"repo": repo}},
    "deployments": lambda repo: {"deployments": {"repo": repo, "environment": "production"}},
    "lead-time": lambda repo: {
        "duration": {"pull_requests": {"repo": repo}, "from": "created", "to": "merged"}
    },
    "search": lambda repo: {"count": f"repo:{repo} is:open"},
    "stars": lambda repo: {"stars": repo},
}
ANYWHERE = {"anywhere": {"count": "org:acme is:open label:bug"}}

TOUCHED: Mapping[str, set[str]] = {
    "issues": {"issues", "milestone", "search", "anywhere"},
    "pull_request": {"pulls", "milestone", "lead-time", "search", "anywhere"},
    "milestone": {"milestone", "search", "anywhere"},
    "release": {"releases"},
    "workflow_run": {"runs"},
    "deployment_status": {"deployments"},
    "ping": set(),
}


def a_query(name: str, query: Mapping[str, Any]) -> tuple[QueryKey, AskedQuery]:
    (kind,) = plugin.kinds.keys() & query.keys()
    key = QueryKey(connection="code", digest=name)
    ask = plugin.kinds[kind].model_validate(query)
    return key, AskedQuery(key=key, kind=kind, ask=ask, text=name, unit="count")


MAPPINGS = Mappings(
    queries=dict(
        [
            *(
                a_query(f"{name} {repo}", of(repo))
                for name, of in KINDS.items()
                for repo in (HELLO, OCTO, OTHER)
            ),
            *(a_query(name, query) for name, query in ANYWHERE.items()),
        ]
    )
)


def examples() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(
        (openapi.specs() / "github-webhook-examples.json").read_text()
    )
    return found


def numbered() -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Each example: its event, which one of them it is, its body."""
    for event, bodies in sorted(examples().items()):
        yield from ((event, number, body) for number, body in enumerate(bodies))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooked:
    """The API of an installation whose connection `code` takes hooks."""

    api: Api
    inbox: Inbox
    roused: list[str]

    async def post(self, sent: bytes, *, event: str, delivery: str, secret: str = VENDORS_SECRET) -> int:
        headers = from_github(sent, event=event, delivery=delivery, secret=secret)
        return (await self.send(sent, headers)).status_code

    async def send(self, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        async with self.api.client() as client:
            return await client.post("/hooks/code", content=body, headers=headers)

    async def woken(self) -> set[str]:
        """The questions that a sync would ask now, whatever is due; from then on none."""
        if waiting := self.inbox.take_waiting():
            await self.inbox.record(waiting)
        async with self.api.store.transaction() as tx:
            hints = await tx.hints.all()
            for name, seen in hints.items():
                await tx.hints.settle(name, seen)
        return {key.digest for key in hinted(MAPPINGS, hints, lambda _, ask: HOOKS.touched_by(ask))}


@pytest.fixture
async def hooked(tmp_path: Path) -> AsyncIterator[Hooked]:
    async with await Store.open(f"sqlite:///{tmp_path / 'syncd.db'}", now=NOW) as store:
        api, roused = an_api(store), list[str]()
        inbox = Inbox(store, doors={"code": DOOR}, rouse=roused.append, clock=api.clock)
        yield Hooked(api=replace(api, service=replace(api.service, inbox=inbox)), inbox=inbox, roused=roused)


def test_there_are_examples_of_every_event_that_is_understood() -> None:
    assert examples().keys() == TOUCHED.keys()


async def test_each_example_is_taken_and_wakes_exactly_what_it_touches(hooked: Hooked) -> None:
    for event, number, body in numbered():
        status = await hooked.post(to_bytes(body), event=event, delivery=f"{event} {number}")

        repo = body.get("repository", {}).get("full_name")
        expected = {name if name in ANYWHERE else f"{name} {repo}" for name in TOUCHED[event]}
        assert (event, number, status, await hooked.woken()) == (event, number, 202, expected)
        assert hooked.roused == (["code"] if expected else [])
        hooked.roused.clear()


async def test_an_example_that_is_sent_again_wakes_nothing(hooked: Hooked) -> None:
    async def send_all() -> set[int]:
        return {
            await hooked.post(to_bytes(body), event=event, delivery=f"{event} {number}")
            for event, number, body in numbered()
        }

    first = await send_all()
    assert await hooked.woken()
    hooked.roused.clear()
    second = await send_all()

    assert first == second == {202}
    assert (await hooked.woken(), hooked.roused) == (set(), [])


async def test_no_example_is_taken_when_it_is_changed_or_signed_by_somebody_else(hooked: Hooked) -> None:
    for event, number, body in numbered():
        sent = to_bytes(body)

        forged = await hooked.post(sent, event=event, delivery="1", secret="another")
        changed = (await hooked.send(sent + b" ", from_github(sent, event=event))).status_code

        assert (event, number, forged, changed) == (event, number, 404, 404)
    assert (await hooked.woken(), hooked.roused) == (set(), [])
