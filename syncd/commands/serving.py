"""serve: keep key results true until stopped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
import uvicorn

from syncd import bootstrap
from syncd.api.app import application
from syncd.bootstrap import Installation
from syncd.commands.changes import activate_files, has_active_version
from syncd.commands.delivering import deliveries_of
from syncd.engine.embedded import EmbeddedEngine
from syncd.engine.tasks import Keeper
from syncd.errors import SyncdError
from syncd.store.store import Store
from syncd.sync.run import Site
from syncd.views.rows import moment

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
"""How soon a change that another process made, or a changed file, is noticed."""


async def serve(
    installation: Installation,
    *,
    host: str,
    port: int,
    watch: bool,
    started: Callable[[str], None] = lambda url: None,
) -> None:
    """Syncs, delivers and answers `/healthz` until SIGINT or SIGTERM; what runs then may finish.

    Args:
        port: 0 takes a free one.
        watch: Apply mapping files when they change; wrong ones and removals leave the last version.
        started: Called with the base URL once it answers.

    Raises:
        StoreError: another process serves this store.
        InvalidFiles: nothing is active yet and the files have mistakes.
    """
    with bootstrap.serving(installation):
        async with await bootstrap.open_store(installation) as store:
            site = bootstrap.wire_site(installation, store)
            if not await has_active_version(store):
                await activate_files(installation, site, allow_removals=False)
            async with deliveries_of(installation, store) as drain:
                await _run(installation, site, drain, host=host, port=port, watch=watch, started=started)


async def _run(
    installation: Installation,
    site: Site,
    drain: Any,  # Any: see engine.tasks.Drain
    *,
    host: str,
    port: int,
    watch: bool,
    started: Callable[[str], None],
) -> None:
    settings = installation.settings
    keeper = Keeper(
        site,
        drain=drain,
        min_interval={name: one.min_interval for name, one in settings.connections.items()},
        endpoints=settings.endpoints,
    )
    engine = EmbeddedEngine(keeper.tasks, reconcile=keeper.reconcile, now=site.clock)
    keeper.wake = engine.wake
    server = uvicorn.Server(
        uvicorn.Config(
            application(lambda: health(site.store)),
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
        )
    )
    background = [
        asyncio.create_task(engine.run(), name="engine"),
        asyncio.create_task(_notice_writes(site.store, keeper), name="notice"),
    ]
    if watch:
        background.append(asyncio.create_task(_watch_files(installation, site, keeper), name="watch"))
    background.append(asyncio.create_task(_announce(server, host, started), name="announce"))
    try:
        await server.serve()
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)


async def health(store: Store) -> dict[str, Any]:  # Any: JSON
    """Facts for `/healthz`: the last sync, and how many deliveries are open."""
    async with store.reading() as tx:
        last = await tx.syncs.last(1)
        waiting = await tx.outbox.deliveries.count_open()
    return {
        "last_sync": {"finished_at": moment(last[0].finished_at), "outcome": last[0].outcome}
        if last
        else None,
        "open_deliveries": waiting,
    }


async def _announce(server: uvicorn.Server, host: str, started: Callable[[str], None]) -> None:
    while not server.started:  # noqa: ASYNC110  # uvicorn says so by an attribute alone
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    log.info("serve.started", host=host, port=port)
    started(f"http://{host}:{port}")


async def _notice_writes(store: Store, keeper: Keeper) -> None:
    """An `apply` in another process is acted on within a second."""
    mark = await store.change_mark()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        seen = await store.change_mark()
        if seen != mark:
            mark = seen
            await keeper.reconcile()


async def _watch_files(installation: Installation, site: Site, keeper: Keeper) -> None:
    seen = fingerprint(installation.settings.mappings)
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        found = fingerprint(installation.settings.mappings)
        if found == seen:
            continue
        seen = found
        try:
            applied = await activate_files(installation, site, allow_removals=False)
        except SyncdError as error:
            log.warning("watch.kept_last_version", code=error.code, error=str(error), hint=error.hint)
        else:
            log.info("watch.applied", digest=applied.digest)
            await keeper.reconcile()


def fingerprint(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Names, sizes and times of the files; differs when any of them was written."""
    found = set()
    for path in folder.rglob("*.y*ml"):
        with contextlib.suppress(FileNotFoundError):  # removed between listing and looking
            stat = path.stat()
            found.add((str(path), stat.st_size, stat.st_mtime_ns))
    return frozenset(found)
