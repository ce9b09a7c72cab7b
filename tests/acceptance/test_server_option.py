"""`--server`: a running `syncd serve` answers what the commands would read from the store themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.installations import Ran, Site, a_mapping, eventually
from tests.serving import Serving, serving

ADOPTION = "product/growth/adoption"


@dataclass(frozen=True, slots=True)
class Both:
    """The same commands, on the store and on the server."""

    site: Site
    served: Serving

    def here(self, command: str, *arguments: str) -> Ran:
        return self.site.run(command, *arguments)

    def there(self, command: str, *arguments: str) -> Ran:
        return self.site.run(command, *arguments, "--server", self.served.url)


@pytest.fixture
def both(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    for connection in site.settings["connections"].values():
        connection["min_interval"] = "0s"
    site.write_settings()
    with serving(site) as served:
        eventually(
            lambda: all(row["current"] is not None for row in site.status().values() or [{"current": None}])
        )
        key = site.run("keys create", "terminal", "--scope", "admin", "--json").json["key"]
        monkeypatch.setenv("SYNCD_KEY", key)
        yield Both(site, served)


def test_the_commands_ask_a_server_and_answer_as_here(both: Both) -> None:
    questions = [
        ("status",),
        ("explain", ADOPTION),
        ("explain", "product/growth"),
        ("explain", ADOPTION, "--at", datetime.now(UTC).isoformat()),
        ("explain", "product/growth", "--at", datetime.now(UTC).isoformat()),
        ("plan", "--recorded"),
    ]

    for command, *arguments in questions:
        for how in ([], ["--json"]):
            here, there = both.here(command, *arguments, *how), both.there(command, *arguments, *how)
            assert (there.code, there.out) == (here.code, here.out), there.err

    both.site.set_cell("Assistant users", 6_000)
    synced = both.there("sync", "--json")
    assert synced.code == 0, synced.err
    assert synced.json["connections"].keys() == {"tracker", "code", "usage"}
    assert both.site.status()["adoption"]["current"] == 0.5
    assert "sync ok" in both.there("sync").out

    mapping = a_mapping()
    mapping["objectives"]["growth"]["key_results"]["complaints"]["target"] = 10
    both.site.write(mapping)
    planned = both.there("plan", "--json")
    assert planned.code == 2, planned.err
    assert [name for name, row in planned.key_results.items() if row["changed"]] == ["complaints"]
    both.site.write(a_mapping(ownr="anna"))
    wrong_here, wrong_there = both.here("plan"), both.there("plan")
    assert (wrong_there.code, wrong_there.err) == (wrong_here.code, wrong_here.err)


def test_what_a_server_refuses_is_said_with_its_code_and_what_to_do(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = both.here("keys create", "reader", "--json").json["key"]

    absent = both.there("explain", "product/growth/absent")
    monkeypatch.setenv("SYNCD_KEY", key)
    too_low = both.there("sync")
    monkeypatch.delenv("SYNCD_KEY")
    missing = both.there("status")
    no_key = both.there("status", "--key", "not-a-key")
    both.served.stop()
    gone = both.there("status", "--key", key)

    assert {ran.code for ran in (absent, too_low, missing, no_key, gone)} == {1}
    assert "[not_found]" in absent.err
    assert "[scope_too_low]" in too_low.err
    assert "SYNCD_KEY" in missing.err
    assert "[key_malformed]" in no_key.err
    assert "[server_unreachable]" in gone.err
    assert all(key not in ran.err + ran.out for ran in (too_low, gone))
