"""The API against requests made from its own document: no 500, and nothing undocumented."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from syncd.api.app import application, openapi_document
from syncd.api.service import Limits
from syncd.store.history import CheckIn
from syncd.store.store import Store
from tests.apis import Api, an_api
from tests.builders import a_key_result, mappings_of
from tests.deliveries import SOURCE, an_endpoint, an_event
from tests.states import NOW, a_state, a_subject, an_objective_state

THERE = {
    "team": "product",
    "objective": "faster",
    "key_result": "cycle-time",
    "name": "tracker",
    "sync_id": 1,
    "request_id": 1,
    "endpoint": "okr-store",
    "delivery_id": 1,
}
"""Parts of addresses that exist; all others are made up."""

DOCUMENT = schemathesis.openapi.from_dict(openapi_document())
OPERATIONS = {found.ok().label: found.ok() for found in DOCUMENT.get_all_operations()}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

bounded = settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A client in a loop of its own: what makes the requests knows no loops."""

    runner: asyncio.Runner
    client: httpx.AsyncClient

    def ask(self, case: Any) -> None:  # Any: schemathesis gives its cases no public type
        given = case.as_transport_kwargs(base_url="http://syncd")
        request = {name: given[name] for name in ("method", "url", "params", "json") if name in given}
        content = given.get("data")
        # A generated header may replace the type of the body, and is no place for a key.
        headers = {name: value for name, value in given["headers"].items() if name.lower() != "authorization"}
        answer = self.runner.run(
            self.client.request(
                **request, headers=headers, **({} if content is None else {"content": content})
            )
        )
        case.validate_response(answer, checks=CHECKS)


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    with asyncio.Runner() as runner:
        store = runner.run(Store.open(f"sqlite:///{tmp_path_factory.mktemp('api') / 'syncd.db'}", now=NOW))
        api = an_api(
            store,
            mappings=mappings_of(a_key_result()),
            limits=Limits(per_second=10_000, burst=10_000),
        )
        key = runner.run(_fill(api))
        transport = httpx.ASGITransport(app=application(api.service), raise_app_exceptions=False)
        client = httpx.AsyncClient(
            transport=transport, base_url="http://syncd", headers={"authorization": f"Bearer {key}"}
        )
        yield Asking(runner=runner, client=client)
        runner.run(client.aclose())
        runner.run(store.close())


async def _fill(api: Api) -> str:
    """Something of everything; an admin's key."""
    await api.apply()
    await api.record(
        a_state(unit="count", start=0.0, target=100.0, current=3.0, measure_digest="measure-1", sequence=3),
        an_objective_state(),
    )
    async with api.store.transaction() as tx:
        await tx.outbox.sync_endpoints([an_endpoint()], at=NOW)
        await tx.outbox.enqueue([an_event(sequence=n) for n in (1, 2, 3)], source=SOURCE, at=NOW)
        await tx.history.add([CheckIn(subject=a_subject(), at=NOW, current=3.0, progress=0.03)])
        sync_id = await tx.syncs.start(at=NOW, trigger="schedule")
        await tx.syncs.finish(sync_id, at=NOW, outcome="ok", record={"connections": {}})
        await tx.sync_requests.add(None, by="key:bot", at=NOW)
    return await api.key()


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_no_request_gets_an_answer_that_is_not_documented(asking: Asking, label: str) -> None:
    operation = OPERATIONS[label]
    mode = GenerationMode.NEGATIVE if operation.body or operation.query else GenerationMode.POSITIVE
    named = {part.name: THERE[part.name] for part in operation.path_parameters if part.name in THERE}

    @bounded
    @given(operation.as_strategy(GenerationMode.POSITIVE, path_parameters=named or None))
    def what_it_knows(case: Any) -> None:  # Any: as above
        asking.ask(case)

    @bounded
    @given(operation.as_strategy(mode))
    def what_it_does_not_know(case: Any) -> None:  # Any: as above
        asking.ask(case)

    what_it_knows()
    with contextlib.suppress(Unsatisfiable):  # nothing is wrong with it, whatever it is
        what_it_does_not_know()
