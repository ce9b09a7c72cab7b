"""The consumer's side of syncd's webhooks: verified, counted once, applied if newer.

Imports the standard library alone, and nothing else of syncd: a consumer may install syncd, or copy
this folder and import it under any name.

    consumer = Consumer(secrets=[SECRET], store=SqliteStore("okrs.db"), apply=save)
    outcome = consumer.receive(headers, body)      # Effect | Duplicate | Stale

errors.py     why a delivery is not taken
verify.py     signature and time
event.py      what a verified body says
decide.py     whether it is news, and what it changes; pure
store.py      what is remembered: the protocol, and one in memory
sqlite.py     the one that commits an effect together with its mark
consumer.py   all of it together
"""

from .consumer import Apply, Consumer
from .decide import Duplicate, Effect, Outcome, Stale
from .errors import (
    BadSecret,
    BadSignature,
    BadTimestamp,
    MissingHeader,
    NotTaken,
    NotUnderstood,
    NotVerified,
    TooNew,
    TooOld,
)
from .event import Event, Position, Subject
from .sqlite import SqliteMarks, SqliteStore
from .store import Marks, MemoryMarks, MemoryStore, Store
from .verify import TOLERANCE_S, Key, Verified, verify

__all__ = [
    "TOLERANCE_S",
    "Apply",
    "BadSecret",
    "BadSignature",
    "BadTimestamp",
    "Consumer",
    "Duplicate",
    "Effect",
    "Event",
    "Key",
    "Marks",
    "MemoryMarks",
    "MemoryStore",
    "MissingHeader",
    "NotTaken",
    "NotUnderstood",
    "NotVerified",
    "Outcome",
    "Position",
    "SqliteMarks",
    "SqliteStore",
    "Stale",
    "Store",
    "Subject",
    "TooNew",
    "TooOld",
    "Verified",
    "verify",
]
