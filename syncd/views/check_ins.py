"""Check-ins as `syncd explain --json` and the history of the API show them."""

from __future__ import annotations

from syncd.store.history import CheckIn
from syncd.views.rows import Row, moment


def check_in_row(check_in: CheckIn) -> Row:
    return {
        "at": moment(check_in.at),
        "current": check_in.current,
        "progress": check_in.progress,
        "origin": check_in.origin,
        "author": check_in.author,
        "comment": check_in.comment,
        "confidence": check_in.confidence,
        "said": check_in.said,
        "computed": check_in.computed,
        "digest": check_in.digest,
    }
