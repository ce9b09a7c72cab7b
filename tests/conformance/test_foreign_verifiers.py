"""Deliveries of real runs, as they went over the wire, before verifiers that other people wrote."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from syncd.client import Consumer, MemoryStore, NotVerified
from tests.consumers import NODE, node
from tests.installations import ENVIRON, WEBHOOK_SECRET, Site, a_site, sources

OTHER = "whsec_" + base64.b64encode(b"another secret, also 32 bytes...").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A delivery as the endpoint received it."""

    body: bytes
    headers: dict[str, str]
    secret: str = WEBHOOK_SECRET

    def flipped(self) -> Captured:
        """One bit differs, and it is still JSON."""
        return replace(self, body=self.body.replace(b"e", b"d", 1))

    def under(self, name: str, value: str) -> Captured:
        return replace(self, headers={**self.headers, name: value})


Verifier = Callable[[Sequence[Captured]], list[bool]]


def python_library(captured: Sequence[Captured]) -> list[bool]:
    def is_genuine(delivery: Captured) -> bool:
        try:
            Webhook(delivery.secret).verify(delivery.body, delivery.headers)
        except WebhookVerificationError:
            return False
        return True

    return [is_genuine(delivery) for delivery in captured]


def our_client(captured: Sequence[Captured]) -> list[bool]:
    def is_genuine(delivery: Captured) -> bool:
        try:
            Consumer(secrets=[delivery.secret], store=MemoryStore()).receive(delivery.headers, delivery.body)
        except NotVerified:
            return False
        return True

    return [is_genuine(delivery) for delivery in captured]


def node_library(captured: Sequence[Captured], *, name: str) -> list[bool]:
    command = [node(), str(NODE / "verify.mjs"), name]
    if not (NODE / "node_modules" / name).is_dir():
        absent = f"npm's {name} is absent: npm ci --prefix tests/conformance/node"
        # In CI, absence is a failure: a verifier that is not asked proves nothing.
        pytest.fail(absent) if os.environ.get("SYNCD_CI") == "1" else pytest.skip(absent)
    asked = [
        {"secret": one.secret, "body": base64.b64encode(one.body).decode(), "headers": one.headers}
        for one in captured
    ]
    told = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    verdicts: list[bool] = json.loads(told.stdout)
    return verdicts


VERIFIERS: dict[str, Verifier] = {
    "PyPI standardwebhooks": python_library,
    "npm standardwebhooks": partial(node_library, name="standardwebhooks"),
    "npm svix": partial(node_library, name="svix"),
    "syncd.client": our_client,
}


@pytest.fixture(params=VERIFIERS)
def verify(request: pytest.FixtureRequest) -> Verifier:
    return VERIFIERS[request.param]


@pytest.fixture(scope="module", params=["one secret", "two secrets"])
def captured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Captured]:
    secrets = ["${OTHER_SECRET}", "${OKR_STORE_SECRET}"] if request.param == "two secrets" else []
    return capture(tmp_path_factory.mktemp("site"), secrets)


def capture(folder: Path, secrets: Sequence[str] = ()) -> list[Captured]:
    """Everything that a first sync, a failure and a change send, over real sockets."""
    with pytest.MonkeyPatch.context() as patch, sources() as running:
        for name, value in {**ENVIRON, "OTHER_SECRET": OTHER}.items():
            patch.setenv(name, value)
        running.reset()
        site = a_site(folder, running)
        if secrets:
            (endpoint,) = site.settings["endpoints"].values()
            endpoint["secret"] = secrets
            site.write_settings()
        run(site)
        received = running.consumer
        assert received.unverified == 0
        return [
            Captured(body=body, headers=dict(headers))
            for body, headers in zip(received.bodies, received.headers, strict=True)
        ]


def run(site: Site) -> None:
    site.sync()
    site.fail(site.sources.jira, "/rest/api", 401)
    site.sync(code=3)
    site.sources.jira.faults = []
    site.set_cell("Assistant users", 4_500)
    site.sync()


def test_every_delivery_is_accepted(verify: Verifier, captured: list[Captured]) -> None:
    types = {json.loads(one.body)["type"] for one in captured}

    assert {"key_result.progressed", "objective.progressed", "sync.failed", "sync.recovered"} <= types
    assert verify(captured) == [True] * len(captured)


def test_none_is_accepted_with_one_bit_flipped(verify: Verifier, captured: list[Captured]) -> None:
    assert verify([one.flipped() for one in captured]) == [False] * len(captured)


def test_none_is_accepted_once_it_is_old(verify: Verifier, tmp_path: Path) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=6)):
        old = capture(tmp_path)

    assert verify(old) == [False] * len(old)


def test_none_is_accepted_with_a_new_time_instead_of_its_own(
    verify: Verifier, captured: list[Captured]
) -> None:
    later = str(int((datetime.now(UTC) + timedelta(seconds=5)).timestamp()))

    assert verify([one.under("webhook-timestamp", later) for one in captured]) == [False] * len(captured)


def test_none_is_accepted_under_the_id_of_another(verify: Verifier, captured: list[Captured]) -> None:
    swapped = [
        one.under("webhook-id", other.headers["webhook-id"])
        for one, other in zip(captured, [*captured[1:], captured[0]], strict=True)
    ]

    assert verify(swapped) == [False] * len(captured)


def test_the_other_secret_is_good_only_while_it_signs_too(
    verify: Verifier, captured: list[Captured], request: pytest.FixtureRequest
) -> None:
    is_good = "two secrets" in request.node.name
    stranger = "whsec_" + base64.b64encode(b"nobody shares this one with us..").decode()

    assert verify([replace(one, secret=OTHER) for one in captured]) == [is_good] * len(captured)
    assert verify([replace(one, secret=stranger) for one in captured]) == [False] * len(captured)
