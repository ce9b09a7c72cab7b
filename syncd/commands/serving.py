"""serve: keep key results true until stopped."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import structlog
import uvicorn

from syncd import bootstrap
from syncd.api.app import application
from syncd.api.server import listening_options
from syncd.api.service import Connection, Service
from syncd.bootstrap import Installation
from syncd.client import Key
from syncd.commands.apply import activate_files, has_active_version
from syncd.commands.delivering import deliveries_of
from syncd.commands.pinging import ping_endpoint
from syncd.commands.recipients import problem
from syncd.commands.status import outlook_of
from syncd.egress.targets import vet_target
from syncd.engine.embedded import EmbeddedEngine
from syncd.engine.port import Wake
from syncd.engine.tasks import Drain, Keeper
from syncd.errors import ConfigError, SettingsError, SyncdError
from syncd.inbox.inbox import Inbox
from syncd.inbox.watcher import Watcher
from syncd.mappings.load import load_mappings
from syncd.store.store import Store
from syncd.sync.site import Site, active

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
        ConfigError: `cannot_listen`.
    """
    with bootstrap.serving(installation), _listening(host, port) as listener:
        async with await bootstrap.open_store(installation) as store:
            site = bootstrap.wire_site(installation, store)
            if not await has_active_version(store):
                await activate_files(installation, site, allow_removals=False)
            async with deliveries_of(installation, store) as drain:
                await _run(installation, site, drain, listener=listener, watch=watch, started=started)


async def _run(
    installation: Installation,
    site: Site,
    drain: Drain,
    *,
    listener: socket.socket,
    watch: bool,
    started: Callable[[str], None],
) -> None:
    settings = installation.settings
    keeper = Keeper(
        site,
        drain=drain,
        min_interval={name: one.min_interval for name, one in settings.connections.items()},
        retention=settings.retention,
    )
    watcher = watcher_of(installation, site)

    async def reconcile() -> None:
        await keeper.reconcile()
        for name in watcher.watched:
            engine.wake("keep_channels", name)

    tasks = {**keeper.tasks, "keep_channels": watcher.keep}
    engine = EmbeddedEngine(tasks, reconcile=reconcile, now=site.clock)
    keeper.wake = engine.wake
    inbox = Inbox(
        site.store,
        doors=bootstrap.doors(installation),
        rouse=lambda name: engine.wake("sync_connection", name),
        clock=site.clock,
    )
    service = service_of(installation, site, wake=engine.wake, inbox=inbox)
    server = _Server(uvicorn.Config(application(service), **listening_options()))
    jobs = {
        "inbox": inbox.run(),
        "engine": engine.run(),
        "notice": _every(LOOK_EVERY_S, NoticeWrites(site.store, keeper).look),
        "announce": _announce(server, listener, started),
    }
    if watch:
        jobs["watch"] = _every(LOOK_EVERY_S, WatchFiles(installation, site, keeper).look)
    answering = asyncio.create_task(server.serve(sockets=[listener]), name="server")
    working = [asyncio.create_task(job, name=name) for name, job in jobs.items()]
    try:
        await _until_asked_to_stop([answering, *working])
    finally:
        server.should_exit = True
        for task in working:
            task.cancel()
        await asyncio.gather(answering, *working, return_exceptions=True)
        log.info("serve.stopped")


def watcher_of(installation: Installation, site: Site) -> Watcher:
    async def places(name: str) -> Collection[str] | None:
        """Where the active mappings look."""
        hooks = installation.settings.connections[name].plugin.hooks
        async with site.store.reading() as tx:
            try:
                mappings = await active(tx, site)
            except ConfigError:  # told where they are needed
                return None
        asks = [asked.ask for key, asked in mappings.queries.items() if key.connection == name]
        return hooks.places(asks) if hooks else ()

    return Watcher(
        site.store, watched=bootstrap.watched(installation), places=places, clock=installation.clock
    )


def sender_keys(installation: Installation) -> dict[str, list[Key]]:
    """Other syncds -> the keys that they sign with; of one whose secret is missing nothing is taken."""
    found = {}
    for name, sender in installation.settings.senders.items():
        try:
            found[name] = [Key.read(text) for text in sender.secrets(installation.environ)]
        except SettingsError as error:
            log.warning("sender.refused", sender=name, code=error.code, error=str(error), hint=error.hint)
    return found


def service_of(installation: Installation, site: Site, *, wake: Wake, inbox: Inbox) -> Service:
    """What the API works with."""
    settings = installation.settings
    return Service(
        site=site,
        wake=wake,
        outlook=outlook_of(installation),
        connections={
            name: Connection(
                connector=one.connector, refresh=one.refresh, min_interval=one.min_interval, teams=one.teams
            )
            for name, one in settings.connections.items()
        },
        read=lambda files: load_mappings(files, context=installation.context, plugins=installation.plugins),
        rulebook=settings.findings,
        inbox=inbox,
        senders=sender_keys(installation),
        vet=partial(vet_target, networks=settings.endpoint_networks),
        keyring=partial(bootstrap.keyring, installation),
        problem=partial(problem, installation),
        ping=partial(ping_endpoint, installation),
        asking=bootstrap.Connections(installation).open,
    )


class _Server(uvicorn.Server):
    """Answers until it is told to stop; the signals are ours, who have more to end than a server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _until_asked_to_stop(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Until SIGINT or SIGTERM, or until one of `tasks` fails: then so do we, loudly."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for each in signals:
        loop.add_signal_handler(each, asked.set)
    stop = asyncio.create_task(asked.wait())
    running: set[asyncio.Task[Any]] = {stop, *tasks}  # Any: only that one ends matters
    try:
        while not stop.done():
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        stop.cancel()
        for each in signals:
            loop.remove_signal_handler(each)


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            code="cannot_listen",
            hint="name another with --host and --port; --port 0 takes any free one",
        ) from error
    with listener:
        yield listener


async def _announce(server: uvicorn.Server, listener: socket.socket, started: Callable[[str], None]) -> None:
    while not server.started:  # noqa: ASYNC110  # uvicorn says so by an attribute alone
        await asyncio.sleep(0.02)
    host, port = listener.getsockname()[:2]
    log.info("serve.started", host=host, port=port)
    started(f"http://{f'[{host}]' if ':' in host else host}:{port}")


async def _every(seconds: float, look: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await look()
        except SyncdError as error:  # a busy store, say: the next look is soon
            log.warning("serve.could_not_look", code=error.code, error=str(error))
        await asyncio.sleep(seconds)


class NoticeWrites:
    """Acts on what another process wrote, an `apply` say, as soon as it is seen."""

    def __init__(self, store: Store, keeper: Keeper) -> None:
        self._store, self._keeper = store, keeper
        self._seen: Hashable = None

    async def look(self) -> None:
        mark = await self._store.change_mark()
        if self._seen is not None and mark != self._seen:
            await self._keeper.reconcile()
        self._seen = mark


class WatchFiles:
    """Applies mapping files that changed; wrong ones, and removals, leave the last version active."""

    def __init__(self, installation: Installation, site: Site, keeper: Keeper) -> None:
        self._installation, self._site, self._keeper = installation, site, keeper
        self._seen: frozenset[tuple[str, int, int]] | None = None

    async def look(self) -> None:
        found = fingerprint(self._installation.settings.mappings)
        if found == self._seen:
            return
        try:
            applied = await activate_files(self._installation, self._site, allow_removals=False)
        except ConfigError as error:
            log.warning("watch.kept_last_version", code=error.code, error=str(error), hint=error.hint)
        else:
            if applied.is_new:
                log.info("watch.applied", digest=applied.digest)
                await self._keeper.reconcile()
        self._seen = found


def fingerprint(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Names, sizes and times of the files; differs when any of them was written."""
    found = set()
    for path in folder.rglob("*.y*ml"):
        with contextlib.suppress(FileNotFoundError):  # removed between listing and looking
            stat = path.stat()
            found.add((str(path), stat.st_size, stat.st_mtime_ns))
    return frozenset(found)
