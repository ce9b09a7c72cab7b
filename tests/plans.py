"""How a database would carry statements out: which of them read a table that grows from end to end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from syncd.store.transaction import Transaction

GROWING = ("deliveries", "attempts", "events", "check_ins", "snapshots", "syncs")
"""Tables that time alone makes larger."""

# Any: the driver's own parameters.
Statement = tuple[str, Any]


async def whole_reads(tx: Transaction, seen: Sequence[Statement]) -> list[str]:
    """Lines of plans that read a whole table, or sort one; none where each statement has its index.

    On PostgreSQL as if reading and sorting a table cost much: small ones are read whole otherwise,
    whatever index there is.
    """
    is_postgresql = tx.connection.dialect.name == "postgresql"
    if is_postgresql:
        for setting in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
            await tx.connection.exec_driver_sql(f"SET LOCAL {setting} = off")
    whole = _POSTGRESQL if is_postgresql else _SQLITE
    found = []
    for text, parameters in seen:
        if not re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)\b", text):
            continue
        one = parameters[0] if isinstance(parameters, list) else parameters
        plan = await tx.connection.exec_driver_sql(f"{_WORD[is_postgresql]} {text}", one)
        found += [line for row in plan if whole.search(line := str(row[-1]))]
    return found


_WORD = {True: "EXPLAIN", False: "EXPLAIN QUERY PLAN"}
_NAMES = "|".join((*GROWING, "open", "head", "successor", "later"))
# An index of what is open, or has no number yet, is as long as that and no longer.
_SHORT = r"USING (?:COVERING )?INDEX (?:ix_deliveries_(?:due|queue|waits_for)|uq_deliveries|ix_events_u)"
_SQLITE = re.compile(rf"SCAN (?:{_NAMES})\b(?! {_SHORT})|TEMP B-TREE FOR ORDER BY")
_POSTGRESQL = re.compile(rf"Seq Scan on (?:{_NAMES})\b|Sort Key: (?:{_NAMES})\b")
