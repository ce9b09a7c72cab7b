"""What was measured on, in one line."""

from __future__ import annotations

import os
import platform
import sqlite3


def machine() -> str:
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )
