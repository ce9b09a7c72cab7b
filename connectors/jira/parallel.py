"""Several requests at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from syncd.sdk import SourceError

T = TypeVar("T")


def as_they_come(tasks: Sequence[Callable[[], T]], *, at_most: int) -> Iterator[T]:
    """Results in the order in which they are there.

    The first `SourceError` lets no further task begin. Those under way may still finish, and
    their results come too, before it is raised.
    """
    first: SourceError | None = None
    with ThreadPoolExecutor(max_workers=at_most, thread_name_prefix="jira") as pool:
        futures = [pool.submit(task) for task in tasks]
        for future in as_completed(futures):
            if future.cancelled():
                continue
            try:
                yield future.result()
            except SourceError as error:
                first = first or error
                for waiting in futures:
                    waiting.cancel()
    if first:
        raise first
