"""A delivery with its attempts: the row that `deliveries --json` prints and the API answers."""

from __future__ import annotations

from typing import Any

from syncd.store.listing import KeptAttempt, KeptDelivery
from syncd.views.rows import moment

Row = dict[str, Any]  # Any: JSON


def delivery_row(delivery: KeptDelivery) -> Row:
    return {
        "id": delivery.id,
        "event": delivery.event_id,
        "endpoint": delivery.endpoint,
        "webhook_id": delivery.webhook_id,
        "type": delivery.type,
        "cycle": delivery.cycle or None,
        "subject": delivery.subject,
        "sequence": delivery.sequence,
        "coalesced_from": delivery.coalesced_from,
        "state": delivery.state,
        "reason": delivery.reason,
        "attempts": delivery.attempts,
        "refusals": delivery.refusals,
        "due_at": moment(delivery.due_at),
        "queued_at": moment(delivery.queued_at),
        "first_failed_at": moment(delivery.first_failed_at),
        "settled_at": moment(delivery.settled_at),
        "tried": [_attempt_row(attempt) for attempt in delivery.tried],
    }


def _attempt_row(attempt: KeptAttempt) -> Row:
    return {
        "number": attempt.number,
        "at": moment(attempt.at),
        "seconds": attempt.seconds,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "code": attempt.code,
        "message": attempt.message,
    }
