"""`syncd demo`: the main job on emulated sources that move, with a consumer that verifies."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from syncd import bootstrap, screen
from syncd.bootstrap import Installation
from syncd.commands.explain import recorded_states
from syncd.commands.serving import serve
from syncd.commands.sync import sync_once
from syncd.demo import site, worlds
from syncd.demo.children import running
from syncd.demo.consumer import SECRET_FILE
from syncd.demo.watch import show_moves
from syncd.okr.state import KeyResultState, States
from syncd.views.rows import rows

STEP_EVERY_S = 3.0
PLANTED = "helpdesk"
"""The connection that is broken on purpose."""

CONSUMER = "syncd.demo.consumer:app"
WORLD_FILE = "SYNCD_EMULATOR_WORLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    installation: Installation
    addresses: site.Addresses
    secrets: site.Secrets


def run(*, once: bool) -> int:
    """Exit code: 0 when the planted failure was the only one and every delivery was verified."""
    with tempfile.TemporaryDirectory(prefix="syncd-demo-") as folder, prepared(Path(folder)) as demo:
        return asyncio.run(one_pass(demo) if once else keep_going(demo))


@contextmanager
def prepared(folder: Path) -> Iterator[Demo]:
    """Sources and consumer are up, and syncd.yaml names them."""
    secrets = site.Secrets.make()
    now = bootstrap.now()
    site.write_sources(folder, secrets=secrets, now=now)
    plugins = bootstrap.plugins()
    children = {
        name: (str(plugins[name].emulator), {WORLD_FILE: str(site.world_file(folder, name))})
        for name in ("jira", "github", "google_sheets")
    }
    children["consumer"] = (CONSUMER, {SECRET_FILE: str(site.secret_file(folder, "webhook"))})
    with ExitStack() as stack:
        urls = {
            name: stack.enter_context(running(app, environ=environ, log=folder / f"{name}.log"))
            for name, (app, environ) in children.items()
        }
        addresses = site.Addresses(**urls)
        path = site.write(folder, addresses=addresses, today=now.date(), refresh="2s")
        yield Demo(installation=bootstrap.install(path), addresses=addresses, secrets=secrets)


async def one_pass(demo: Demo) -> int:
    """One sync; says what it did and whether that is what the demo promises."""
    out = screen.console()
    done = await sync_once(demo.installation, from_files=True)
    states = await recorded_states(demo.installation)
    screen.show_sync(done.row())
    out.print(screen.key_result_table(rows(states)["key_results"]))
    seen = await consumer_counts(demo)
    out.print(f"the consumer verified {seen['accepted']} deliveries, rejected {seen['rejected']}")
    problems = problems_of(states, deliveries=done.deliveries.row(), seen=seen)
    for problem in problems:
        out.print(f"[red]{problem}[/]")
    return 1 if problems else 0


def problems_of(states: States, *, deliveries: Mapping[str, int], seen: Mapping[str, int]) -> list[str]:
    """What is not as the demo promises: the planted failure alone, every delivery verified."""
    problems = []
    failing = [s for s in states.values() if isinstance(s, KeyResultState) and s.error is not None]
    planted = [state for state in failing if state.error and PLANTED in state.error.message]
    problems += [
        f"{state.subject}: {state.error.message}" for state in failing if state not in planted and state.error
    ]
    if not planted:
        problems.append("the planted failure did not show")
    if seen["rejected"] or seen["accepted"] < deliveries["delivered"] or not seen["accepted"]:
        problems.append(f"not every delivery was verified: {dict(seen)}")
    if deliveries["waiting"] or deliveries["dead"]:
        problems.append(f"not everything was delivered: {dict(deliveries)}")
    return problems


async def consumer_counts(demo: Demo) -> dict[str, int]:
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
        answer = await client.get(demo.addresses.consumer)
        counts: dict[str, int] = answer.json()
        return counts


async def keep_going(demo: Demo) -> int:
    """`serve --watch`, while the sources move and the terminal shows it; until Ctrl-C."""
    out = screen.console()
    out.print("[bold]syncd demo[/]: the sources move every few seconds; Ctrl-C ends it")
    started = asyncio.Event()

    def note(url: str) -> None:
        out.print(f"health: {url}/healthz   consumer: {demo.addresses.consumer}/state")
        out.print(f"mappings: {demo.installation.settings.mappings} (edit them: they are applied at once)")
        started.set()

    background = [
        asyncio.create_task(move_sources(demo)),
        asyncio.create_task(show_moves(demo.installation, after=started)),
    ]
    try:
        await serve(demo.installation, host="127.0.0.1", port=0, watch=True, started=note)
    finally:
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
    return 0


async def move_sources(demo: Demo) -> None:
    """Gives each emulator its next world, every few seconds."""
    step = 0
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
        while True:
            await asyncio.sleep(STEP_EVERY_S)
            step += 1
            for name, world in worlds.at(
                step, tracker=demo.secrets.tracker, code=demo.secrets.code, now=bootstrap.now()
            ).items():
                url = getattr(demo.addresses, name)
                await client.put(f"{url}/_emulator/world", json=world)
