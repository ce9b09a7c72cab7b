"""One signed `ping` past the queue: does this endpoint take what we send?"""

from __future__ import annotations

from collections.abc import Sequence

from syncd.delivery.delivery import Delivery, Result
from syncd.okr import instance
from syncd.okr.event import Source, webhook_id
from syncd.store.endpoints import Endpoint
from syncd.store.schema import to_micros
from syncd.webhooks.attempt import Clock, Sender, attempt
from syncd.webhooks.sign import Secret


async def ping(
    endpoint: Endpoint,
    sender: Sender,
    *,
    secrets: Sequence[Secret],
    source: Source,
    clock: Clock,
) -> Result:
    """Leaves no row behind, paused or disabled as the endpoint may be; a failure is a result."""
    now = clock()
    # Nothing counts what is not stored. Microseconds grow, so that each ping has an id of its own, and
    # stay below 2**53: consumers read them as numbers of JavaScript.
    event = instance.ping(endpoint.name, sequence=to_micros(now), now=now)
    delivery = Delivery(
        id=0,
        endpoint_id=0,
        endpoint=endpoint.name,
        url=endpoint.url or "",
        webhook_id=webhook_id(source, endpoint.name, event.subject, event.sequence),
        body=event.body(source),
        coalesced_from=None,
        attempts=0,
        refusals=0,
        due_at=now,
        first_failed_at=None,
        waits_for=None,
    )
    return await attempt(delivery, sender, secrets=secrets, clock=clock)
