"""A captured start of another measure, for people: what is so, and the two things to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.screen.terminal import number

Row = Mapping[str, Any]  # Any: JSON


def start_stays(row: Row) -> str:
    """`the start 9 days was captured on 2026-10-01 under another measure, and stays`."""
    start = row["start_of_another_measure"]
    return (
        f"the start {number(start['value'])} {row['unit']} was captured on {start['at'][:10]}"
        " under another measure, and stays"
    )


def keep_or_rebase(row: Row, *, after: str = "") -> str:
    """When that is right, and what makes it right else.

    Args:
        after: What has to be done before a rebase, as ` after ...`.
    """
    rebased = row["start_of_another_measure"]["if_rebased"]
    anew = (
        "the next value that is read" if rebased is None else f"{number(rebased)} {row['unit']}, from now on"
    )
    return (
        "keep it if both measure the same; if not,"
        f" `syncd rebase {row['id']}@{row['cycle']} --reason …`{after} makes it {anew}"
    )
