"""status, explain, plan and sync, asked of a syncd that serves: the same rows as from the store here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

from syncd import __version__
from syncd.bootstrap import Installation
from syncd.commands.explain_objective import is_objective
from syncd.commands.plan import mapping_texts
from syncd.egress.server import Server
from syncd.errors import ConfigError
from syncd.people.keys import key_id
from syncd.views.rows import Row

T = TypeVar("T")

KEY_VARIABLE = "SYNCD_KEY"

LOOK_FIRST_S = 0.2
LOOK_AT_LEAST_S = 2.0
"""How often a sync that runs is looked at: at first, and after a while."""


def a_server(url: str, *, key: str | None) -> Server:
    """
    Raises:
        ConfigError: `missing_key`.
        KeyRefused: `key_malformed`; what is no key of syncd is sent nowhere.
        ServerError: `invalid_server`.
    """
    if not key or not key.strip():
        raise ConfigError(
            "the API wants a key",
            code="missing_key",
            hint=f"set {KEY_VARIABLE}; make one with `syncd keys create` where the store is",
        )
    key_id(key.strip())
    return Server(url, key=key.strip(), user_agent=f"syncd/{__version__}")


def asked(server: Server, question: Callable[[Server], Awaitable[T]]) -> T:
    """The answer to one question; blocking, for a command."""

    async def ask() -> T:
        async with server:
            return await question(server)

    return asyncio.run(ask())


async def status(server: Server) -> Row:
    """As `commands.status.status`."""
    return await server.get("/status")


async def explain(server: Server, wanted: str, *, at: str | None = None) -> Row:
    """As `commands.explain.explain`, `explain_objective` or, with `at`, `explain_past`.

    Raises:
        ConfigError: `unknown_key_result`; it is no id.
    """
    id_, _, cycle = wanted.partition("@")
    parts = id_.split("/")
    kind = "objectives" if is_objective(wanted) else "key-results"
    if len(parts) not in (2, 3) or not all(parts):
        raise ConfigError(
            f"{id_!r} is no id of a key result",
            code="unknown_key_result",
            hint="an id has three parts: team/objective/key-result",
        )
    path = "/".join(quote(part, safe="") for part in parts)
    return await server.get(f"/{kind}/{path}/explain", cycle=cycle or None, at=at)


async def plan(server: Server, *, installation: Installation, recorded: bool) -> Row:
    """As `views.plan.plan_rows` of `commands.plan.preview_files`; the files are those beside syncd.yaml here.

    Raises:
        InvalidFiles: one of them cannot be read.
    """
    return await server.post("/plan", {"files": mapping_texts(installation), "recorded": recorded})


async def sync(
    server: Server,
    *,
    told: Callable[[str], None] = lambda state: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Row:
    """As the row of `commands.sync.sync_once`, once the server has synced.

    A process that serves delivers by itself: `deliveries` is null.

    Args:
        told: Told how it is doing, `waiting` or `running`, whenever that was looked at.
    """
    request = await server.post("/syncs", {}, idempotency_key=uuid4().hex)
    wait_s = LOOK_FIRST_S
    while request["state"] != "done":
        told(request["state"])
        await sleep(wait_s)
        wait_s = min(wait_s * 1.5, LOOK_AT_LEAST_S)
        request = await server.get(f"/sync-requests/{request['id']}")
    return synced_row(request, (await server.get("/status"))["key_results"])


def synced_row(request: Row, key_results: list[Row]) -> Row:
    """What became of a request that is done.

    Args:
        key_results: As they are now.
    """
    done, error = request["sync"], request["error"]
    record: Mapping[str, Any] = done["record"] if done else NOTHING_ASKED  # Any: JSON
    outcome = done["outcome"] if done else "failed"
    return {
        "outcome": "partial" if error and outcome == "ok" else outcome,
        "started_at": done["started_at"] if done else request["begun_at"],
        "finished_at": done["finished_at"] if done else request["finished_at"],
        **record,
        "errors": [
            {"id": row["id"], "cycle": row["cycle"], "error": row["error"]}
            for row in key_results
            if row["error"] and row["via"] is None
        ],
        "error": error,
        "deliveries": None,
    }


NOTHING_ASKED: Row = {"connections": {}, "key_results": 0, "broken": 0, "events": 0}
