"""Several requests at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from typing import TypeVar

from syncd.sdk import SourceError

T = TypeVar("T")


def as_they_come(tasks: Sequence[Callable[[], T]], *, at_most: int) -> Iterator[T]:
    """Results in the order in which they are there.

    After the first `SourceError` no further task begins. Those under way may still finish, and
    their results come too, before it is raised.
    """
    failed = threading.Event()

    def unless_failed(task: Callable[[], T]) -> T:
        # Looked at by the worker itself: whoever waits for results learns of a failure too late.
        if failed.is_set():
            raise CancelledError
        try:
            return task()
        except SourceError:
            failed.set()
            raise

    first: SourceError | None = None
    with ThreadPoolExecutor(max_workers=at_most, thread_name_prefix="jira") as pool:
        for future in as_completed([pool.submit(unless_failed, task) for task in tasks]):
            try:
                yield future.result()
            except CancelledError:
                continue
            except SourceError as error:
                first = first or error
    if first:
        raise first
