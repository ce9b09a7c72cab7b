"""One signed `ping` past the queue: does this endpoint take what we send?"""

from __future__ import annotations

from collections.abc import Sequence

from syncd.delivery.delivery import Delivery, Result
from syncd.okr import instance
from syncd.okr.event import Source
from syncd.store.endpoints import Endpoint
from syncd.webhooks.attempt import Clock, Sender, attempt
from syncd.webhooks.sign import Secret


async def ping(
    endpoint: Endpoint,
    sender: Sender,
    *,
    secrets: Sequence[Secret],
    source: Source,
    clock: Clock,
    token: str,
) -> Result:
    """Leaves no row behind; a failure is a result.

    Args:
        token: Unlike that of any other ping, so that no consumer takes this one for a repetition.
    """
    now = clock()
    # Nothing counts what is not stored; the time grows, so that no consumer takes it for an old one.
    event = instance.ping(endpoint.name, sequence=int(now.timestamp()), now=now)
    delivery = Delivery(
        id=0,
        endpoint_id=0,
        endpoint=endpoint.name,
        url=endpoint.url or "",
        webhook_id=f"msg_{token}",
        body=event.body(source),
        coalesced_from=None,
        attempts=0,
        refusals=0,
        due_at=now,
        first_failed_at=None,
        waits_for=None,
    )
    return await attempt(delivery, sender, secrets=secrets, clock=clock)
