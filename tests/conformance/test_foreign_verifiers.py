"""Deliveries as they go over the wire, before verifiers that other people wrote."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syncd.egress.addresses import to_networks
from syncd.egress.http import Poster
from syncd.sdk.testing.server import serve
from syncd.webhooks.attempt import attempt
from syncd.webhooks.sign import Secret
from tests.deliveries import SECRET, SOURCE, a_delivery, an_event

NODE = Path(__file__).parent / "node"
OTHER = "whsec_" + base64.b64encode(b"another secret, also 32 bytes...").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A delivery as the endpoint received it."""

    body: bytes
    headers: dict[str, str]
    secret: str = SECRET

    def flipped(self) -> Captured:
        """One bit differs, and it is still JSON."""
        return replace(self, body=self.body.replace(b"0.5", b"0.4"))

    def under(self, name: str, value: str) -> Captured:
        return replace(self, headers={**self.headers, name: value})


Verifier = Callable[[Sequence[Captured]], list[bool]]


def python_library(captured: Sequence[Captured]) -> list[bool]:
    return [_is_genuine(delivery) for delivery in captured]


def _is_genuine(delivery: Captured) -> bool:
    try:
        Webhook(delivery.secret).verify(delivery.body, delivery.headers)
    except WebhookVerificationError:
        return False
    return True


def node_library(captured: Sequence[Captured]) -> list[bool]:
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules" / "standardwebhooks").is_dir():
        absent = "node, or npm's standardwebhooks, is absent: npm ci --prefix tests/conformance/node"
        # In CI, absence is a failure: a verifier that is not asked proves nothing.
        pytest.fail(absent) if os.environ.get("SYNCD_CI") == "1" else pytest.skip(absent)
    asked = [
        {"secret": one.secret, "body": base64.b64encode(one.body).decode(), "headers": one.headers}
        for one in captured
    ]
    told = subprocess.run(
        [node, NODE / "verify.mjs"], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    verdicts: list[bool] = json.loads(told.stdout)
    return verdicts


@pytest.fixture(params=[python_library, node_library])
def verify(request: pytest.FixtureRequest) -> Verifier:
    verifier: Verifier = request.param
    return verifier


@pytest.fixture
async def captured() -> Captured:
    return await capture(SECRET)


async def capture(*secrets: str) -> Captured:
    """One delivery, sent over a real socket."""
    received: list[Captured] = []
    with endpoint(received) as url:
        async with Poster(user_agent="syncd/0", networks=to_networks(["127.0.0.0/8"])) as poster:
            await attempt(
                a_delivery(url=url, body=an_event(current=0.5).body(SOURCE)),
                poster,
                secrets=[Secret.parse(secret) for secret in secrets],
                clock=lambda: datetime.now(UTC),
            )
    return received[0]


@contextmanager
def endpoint(received: list[Captured]) -> Iterator[str]:
    async def receive(request: Request) -> Response:
        received.append(Captured(body=await request.body(), headers=dict(request.headers)))
        return Response(status_code=204)

    with serve(Starlette(routes=[Route("/hooks", receive, methods=["POST"])])) as base:
        yield f"{base}/hooks"


def test_a_delivery_is_accepted_and_one_flipped_byte_is_not(verify: Verifier, captured: Captured) -> None:
    assert verify([captured, captured.flipped()]) == [True, False]


def test_an_old_time_another_id_or_another_secret_is_not_accepted(
    verify: Verifier, captured: Captured
) -> None:
    earlier = str(int((datetime.now(UTC) - timedelta(minutes=6)).timestamp()))

    verdicts = verify(
        [
            captured.under("webhook-timestamp", earlier),
            captured.under("webhook-id", "msg_2"),
            replace(captured, secret=OTHER),
        ]
    )

    assert verdicts == [False, False, False]


async def test_both_secrets_are_good_while_one_replaces_the_other(verify: Verifier) -> None:
    captured = await capture(OTHER, SECRET)

    assert verify([captured, replace(captured, secret=OTHER)]) == [True, True]
