"""What is seen before anything is asked: it decides which queries are, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from syncd.okr.definition import Mappings, QueryKey
from syncd.okr.judging.ends import asked_by
from syncd.okr.reading import Reading
from syncd.okr.state import States
from syncd.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Attributes:
    readings: All that was read so far.
    states: At least those that hold frozen ends.
    """

    mappings: Mappings
    readings: Mapping[QueryKey, Reading]
    states: States


async def sight_of(tx: Transaction, mappings: Mappings) -> Sight:
    asking = [subject for subject, it in mappings.key_results.items() if any(asked_by(it))]
    states = await tx.states.get(asking) if asking else {}
    return Sight(mappings=mappings, readings=await tx.readings.get(), states=states)
