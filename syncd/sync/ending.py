"""The last moment of a cycle that a person closes."""

from __future__ import annotations

from syncd.store.transaction import Transaction
from syncd.sync.settle import settle
from syncd.sync.site import Site, active


async def judge_last(tx: Transaction, *, site: Site, author: str) -> None:
    """Judges everything once more by what was read so far; then nobody moves a number before `tx` ends.

    A sync that records now is waited for, and one that comes later finds the cycle closed: else it
    would save, after the closing, what it had made while the cycle was open.

    Raises:
        ConfigError: `no_active_version`.
    """
    await tx.cycles.lock()
    await settle(tx, site=site, mappings=await active(tx, site), cause="close", author=author)
