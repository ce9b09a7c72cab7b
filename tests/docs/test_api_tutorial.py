"""The tutorial's scripts for the API run as they are printed, and print what the page says."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from syncd.api.server import listening_options
from syncd.store.store import Store
from tests.apis import Api, an_api
from tests.builders import a_key_result, mappings_of
from tests.consumers import node
from tests.guides import blocks, page
from tests.states import NOW, a_state

TUTORIAL = page("docs/api-tutorial.md")
CYCLE_TIME = "product/faster/cycle-time"


@dataclass(frozen=True, slots=True)
class Served:
    """An API on a socket, with three key results; the scripts run in `folder`."""

    api: Api
    url: str
    folder: Path

    async def run(self, *command: str) -> str:
        """What a script prints."""
        environ = {**os.environ, "SERVER": self.url, "SYNCD_KEY": await self.api.key(), "no_proxy": "*"}
        ran = await asyncio.create_subprocess_exec(
            *command, CYCLE_TIME, cwd=self.folder, env=environ, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await ran.communicate()
        assert ran.returncode == 0
        return out.decode()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with await Store.open(f"sqlite:///{tmp_path / 'syncd.db'}", now=NOW) as store:
        api = an_api(store, mappings=mappings_of(a_key_result()))
        await api.apply()
        await api.record(
            a_state("people/hire/offers", team="people", progress=0.2),
            a_state(CYCLE_TIME, start=0.0, target=100.0, unit="count", measure_digest="measure-1"),
            a_state("product/faster/mine"),
        )
        server = uvicorn.Server(uvicorn.Config(api.app, **listening_options()))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            answering = asyncio.create_task(server.serve(sockets=[listener]))
            yield Served(api, f"http://127.0.0.1:{listener.getsockname()[1]}", tmp_path)
            server.should_exit = True
            await answering


def script(served: Served, info: str) -> Path:
    """The block of that name, as a file of that name."""
    (text,) = blocks(TUTORIAL, info)
    path = served.folder / info.partition(" ")[2]
    path.write_text(text)
    return path


def promised() -> str:
    (said,) = blocks(TUTORIAL, "text")
    return said


async def test_the_script_in_python_prints_what_the_page_says_and_goes_on_from_its_cursor(
    served: Served,
) -> None:
    command = sys.executable, str(script(served, "python tutorial.py"))

    first, second = await served.run(*command), await served.run(*command)

    assert first == promised()
    assert second.count("check_in.created") == 1


async def test_the_script_in_javascript_does_the_same(served: Served) -> None:
    told = await served.run(node(), str(script(served, "js tutorial.mjs")))

    assert told == promised()


@pytest.mark.parametrize("tool", ["curl", "jq"])
def test_what_the_script_for_the_shell_needs_is_there(tool: str) -> None:
    if shutil.which(tool) is None and os.environ.get("SYNCD_CI") != "1":
        pytest.skip(f"{tool} is absent")
    assert shutil.which(tool)


async def test_the_script_for_the_shell_does_the_same(served: Served) -> None:
    if not all(map(shutil.which, ("curl", "jq"))):
        pytest.skip("curl or jq is absent")

    told = await served.run("sh", "-eu", str(script(served, "sh tutorial.sh")))

    assert told == promised()


@pytest.mark.parametrize("info", ["python tutorial.py", "js tutorial.mjs", "sh tutorial.sh"])
def test_every_language_does_the_same_steps(info: str) -> None:
    (text,) = blocks(TUTORIAL, info)
    steps = [line.split()[1] for line in text.splitlines() if line.startswith(("# ", "// "))]

    assert [step for step in steps if step[0].isdigit()] == ["1.", "2.", "3.", "4.", "5."]
