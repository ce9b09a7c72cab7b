"""Where a number is defined, and who told it if it is not computed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.screen.terminal import number

Row = Mapping[str, Any]  # Any: JSON


def sender_lines(facts: Row) -> Iterator[str]:
    """The syncd that told it and what that had read; nothing where it is ours."""
    sender = facts["sender"]
    if sender is None:
        return
    through = f", which has it from {' and '.join(sender['through'])}" if sender["through"] else ""
    yield f"told by {sender['instance']}{through}: its event {sender['sequence']} of epoch {sender['epoch']}"
    for one in facts.get("evidence", ()):
        about = "~" if one["approximate"] else ""
        yield f"{one['measurement']} = {about}{number(one['value'])} {one['unit']}"
        yield f"  {one['connection']}  {one['url'] or ''}".rstrip()


def mapping_lines(facts: Row) -> Iterator[str]:
    mapping = facts["mapping"]
    where = f" of {facts['sender']['instance']}" if facts["sender"] else ""
    yield f"mapping  {mapping['path']}:{mapping['line']}{where} ({mapping['digest'][:12]})"
    if not facts["sender"]:
        yield f"applied  {mapping['applied_at'] or '—'} by {mapping['applied_by'] or '—'}"
