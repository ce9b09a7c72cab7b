"""Where work runs: the port. Rows in the store are the only truth; an engine only wakes.

A task is idempotent and finds out by itself what is to be done: `drain_endpoint` of one key means
"look whether anything is due there", never "send that event". So a wake that is lost is made up
for by `reconcile`, and one too many does no harm.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

Task = Callable[[str], Awaitable[None]]
"""What runs for a key: a connection's name, an endpoint's."""

Tasks = Mapping[str, Task]
"""By the name that `wake` uses.

`sync_connection`, `requested_sync`, `drain_endpoint`, `housekeep`, `keep_channels`.
"""


class Wake(Protocol):
    """What others see of an engine."""

    def __call__(self, task: str, key: str, at: datetime | None = None) -> None:
        """Let `task` run for `key`, at once or not before `at`.

        At most one run and one waiting wake per (task, key): a wake during a run makes it run
        once more; of several waiting ones the earliest stands.
        """


class Engine(Protocol):
    def wake(self, task: str, key: str, at: datetime | None = None) -> None:
        """As `Wake`."""

    async def run(self) -> None:
        """Work until cancelled; what runs then may finish."""
