"""A consumer of webhooks, as small as one can be: verifies, deduplicates, applies what is newer.

    POST /hooks/syncd   a delivery: 204 taken, 400 not verified
    GET /               what was counted
    GET /state          the newest that is known of each subject

`SYNCD_CONSUMER_SECRET_FILE` names the file with the secret that it shares with syncd.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SECRET_FILE = "SYNCD_CONSUMER_SECRET_FILE"  # noqa: S105  # a name, not a secret

KEPT_IDS = 100_000
"""Ids are remembered for longer than syncd retries; here: by number."""

# Any: JSON.
Event = dict[str, Any]
Key = tuple[str, str]
"""The instance that speaks, and what it speaks of: sequences are counted per subject of an instance."""


@dataclass(slots=True)
class Counts:
    """accepted: verified. rejected: not verified. duplicates: an id seen before. out_of_order: older
    than what was known. applied: the rest.
    """

    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    applied: int = 0


class Consumer:
    """The ASGI app. `counts` and `state` are open to tests in the same process."""

    def __init__(self, secret: str) -> None:
        self.counts = Counts()
        self.state: dict[Key, Event] = {}
        self._webhook = Webhook(secret)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self.asgi = Starlette(
            routes=[
                Route("/hooks/syncd", self._receive, methods=["POST"]),
                Route("/", self._show_counts),
                Route("/state", self._show_state),
            ]
        )

    def take(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether the delivery is genuine. One that was seen before, or is older, changes nothing."""
        try:
            event = self._webhook.verify(body, dict(headers))
        except (WebhookVerificationError, ValueError):  # ValueError: what stands for a signature is none
            self.counts.rejected += 1
            return False
        self.counts.accepted += 1
        if self._is_duplicate(headers["webhook-id"]):
            self.counts.duplicates += 1
        elif not self._apply(event):
            self.counts.out_of_order += 1
        else:
            self.counts.applied += 1
        return True

    def _apply(self, event: Event) -> bool:
        key = (event["source"]["instance"], subject_of(event["data"]))
        known = self.state.get(key)
        if known is not None and position(known) >= position(event):
            return False
        self.state[key] = event
        return True

    def _is_duplicate(self, webhook_id: str) -> bool:
        if webhook_id in self._seen:
            return True
        self._seen[webhook_id] = None
        if len(self._seen) > KEPT_IDS:
            self._seen.popitem(last=False)
        return False

    async def _receive(self, request: Request) -> Response:
        # The signature is over the bytes as they came, so they are verified before they are parsed.
        return Response(status_code=204 if self.take(await request.body(), request.headers) else 400)

    async def _show_counts(self, _: Request) -> Response:
        return JSONResponse(asdict(self.counts))

    async def _show_state(self, _: Request) -> Response:
        return JSONResponse([event for _, event in sorted(self.state.items())])


def subject_of(data: Mapping[str, Any]) -> str:  # Any: JSON
    """What an event is about, as one text."""
    if "check_in" in data:  # a log of its own, with a sequence of its own
        return f"check-ins/{data['key_result']['id']}@{data['key_result']['cycle']}"
    for kind in ("key_result", "objective"):
        if kind in data:
            return f"{data[kind]['id']}@{data[kind]['cycle']}"
    if "cycle" in data:
        return f"cycle/{data['cycle']['name']}"
    if "endpoint" in data:  # of a ping too, which means nothing
        return f"endpoint/{data['endpoint']}" if "reason" in data else f"ping/{data['endpoint']}"
    return f"connection/{data['connection']}" if "connection" in data else "instance"


def position(event: Event) -> tuple[int, int]:
    """What decides which of two events is newer. The epoch comes first: sequences restart with it."""
    return event["source"]["epoch"], event["data"]["sequence"]


def __getattr__(name: str) -> Starlette:
    # `app` for `uvicorn syncd.demo.consumer:app`; made on demand, since importing needs no secret.
    if name != "app":
        raise AttributeError(name)
    return Consumer(Path(os.environ[SECRET_FILE]).read_text().strip()).asgi
