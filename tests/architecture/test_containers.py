"""Dockerfile and docker-compose.yml name things that are there. No engine runs here: nothing is built."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from syncd.bootstrap import plugins
from syncd.cli import running
from syncd.demo import prepare
from syncd.settings import load_settings

PROJECT = Path(__file__).resolve().parents[2]
# Any: YAML.
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()


def test_every_path_that_the_image_copies_is_there() -> None:
    sources = [
        path for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE) for path in line.split()[:-1]
    ]

    assert "connectors" in sources
    assert [path for path in sources if not (PROJECT / path).exists()] == []


def test_what_the_image_copies_is_not_ignored() -> None:
    sources = {
        path for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE) for path in line.split()[:-1]
    }
    sent = set(re.findall(r"^!(.+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE))

    assert sent == sources


def test_the_image_serves_as_somebody_without_rights() -> None:
    after_install = DOCKERFILE.partition("\nUSER syncd\n")[2]

    assert "RUN" not in after_install
    assert "ENTRYPOINT" in after_install


@pytest.mark.parametrize(
    "words",
    [json.loads(re.findall(r"^CMD (.+)$", DOCKERFILE, re.MULTILINE)[-1]), SERVICES["demo"]["command"]],
)
def test_what_a_container_runs_is_a_command_of_syncd(words: list[str]) -> None:
    name, *rest = words
    command = get_command(running.app).commands[name]  # type: ignore[attr-defined]  # the app is a group of commands

    parsed = command.make_context(name, list(rest), resilient_parsing=False)

    assert parsed.params["host"] == "0.0.0.0"
    assert parsed.params["config"] == Path("/etc/syncd/syncd.yaml")


def test_the_demo_runs_every_emulated_source_and_the_consumer() -> None:
    apps = {name: each["command"][0] for name, each in SERVICES.items() if "uvicorn" in str(each)}

    modules = {name: importlib.import_module(app.partition(":")[0]) for name, app in apps.items()}

    assert set(apps.values()) == {str(plugin.emulator) for plugin in plugins().values()} | {
        "syncd.demo.consumer:app"
    }
    assert all(hasattr(modules[name], "app") for name in apps if name != "consumer")


def test_the_demo_is_prepared_as_its_services_look_for_it(tmp_path: Path) -> None:
    words = [str(tmp_path), *SERVICES["prepare"]["command"]]

    prepare.main(words)

    loaded = load_settings(tmp_path / "syncd.yaml", plugins(), environ={})
    assert loaded.findings == ()
    wanted = [
        value.replace("/etc/syncd", str(tmp_path))
        for each in SERVICES.values()
        for value in each.get("environment", {}).values()
    ]
    assert len(wanted) == 4
    assert [path for path in wanted if not Path(path).is_file()] == []
    assert str(COMPOSE["networks"]["demo"]["ipam"]["config"][0]["subnet"]) in " ".join(words)


def test_a_demo_that_was_prepared_stays_as_it_is(tmp_path: Path) -> None:
    words = [str(tmp_path), *SERVICES["prepare"]["command"]]
    prepare.main(words)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    prepare.main(words)

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_secrets_of_the_demo_are_for_their_owner_alone(tmp_path: Path) -> None:
    prepare.main([str(tmp_path), *SERVICES["prepare"]["command"]])

    for path in (*(tmp_path / "secrets").iterdir(), tmp_path / "google-key.json"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_nothing_is_published_beyond_this_machine() -> None:
    published = [port for each in SERVICES.values() for port in each.get("ports", ())]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)
