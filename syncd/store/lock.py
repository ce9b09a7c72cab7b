"""One process syncs and delivers on a SQLite file: `serve`, `demo` and `sync` hold this lock."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from syncd.errors import StoreError


@contextmanager
def serving_lock(sqlite_path: Path) -> Iterator[None]:
    """Be the one process that serves this file; the lock ends with the process, however it ends.

    Raises:
        StoreError: Another process is; the message names its pid. Or there is no place for the lock.
    """
    # Resolved: a link to the file is the same file.
    lock = sqlite_path.resolve()
    lock = lock.with_name(f"{lock.name}.lock")
    with _opened(lock) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise StoreError(
                f"{sqlite_path} is served by another process (pid {file.read().strip() or 'unknown'})",
                code="store_served",
                hint="stop that process, or move to PostgreSQL to run several",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        # The file stays when the lock ends: removing it would let two processes lock two files.
        yield


def _opened(lock: Path) -> TextIO:
    try:
        return lock.open("a+")
    except OSError as error:
        raise StoreError(
            f"{lock} cannot be written: {error.strerror}",
            hint="`store:` names a file in a folder that exists, and that this user may write",
        ) from error
