"""`syncd endpoints`: made by people, signed, rotated, paused, replayed, removed; the secret seen once."""

from __future__ import annotations

import base64
import json
import sqlite3
from pathlib import Path
from urllib.parse import quote

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from syncd.sdk.testing.server import serve
from syncd.store.sealing import new_key
from tests.installations import Ran, Site, eventually
from tests.serving import serving

KEY = "9_QmyfLbo3PYzEHb6hy1a9Aw-G-zhTLPLAoO0LOeLIs="
OLD_KEY = "nPbs4_Fw2Sd0GAxpPiJ5tt1eM4gTz6ijmKjZ9vDjyE8="


class Warehouse:
    """A consumer that keeps everything, and verifies nothing by itself."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204

    @property
    def asgi(self) -> Starlette:
        return Starlette(routes=[Route("/hooks/{any}", self.receive, methods=["POST"])])

    async def receive(self, request: Request) -> Response:
        self.got.append((dict(request.headers), await request.body()))
        return Response(status_code=self.status)

    def events(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]

    def verifies(self, secret: str) -> bool:
        """Whether the last delivery is signed with it, as a foreign library says."""
        headers, body = self.got[-1]
        try:
            Webhook(secret).verify(body, headers)
        except WebhookVerificationError:
            return False
        return True


class House:
    """The installation with keys, a warehouse, and everything that commands have printed."""

    def __init__(self, site: Site, warehouse: Warehouse, url: str) -> None:
        self.site, self.warehouse, self.url = site, warehouse, url
        self.said: list[str] = []

    def run(self, command: str, *arguments: str, code: int = 0) -> Ran:
        ran = self.site.run(command, *arguments)
        assert ran.code == code, ran
        self.said += [ran.out, ran.err]
        return ran

    def add(self, *options: str, name: str = "warehouse") -> str:
        """The secret, which is no part of what was said."""
        ran = self.run("endpoints add", name, f"{self.url}/hooks/secret-path", "--json", *options)
        secret: str = ran.json["secret"]
        del self.said[-2:]
        return secret

    def rotate(self, *options: str) -> str:
        secret: str = self.run("endpoints rotate", "warehouse", "--json", *options).json["secret"]
        del self.said[-2:]
        return secret

    def row(self, name: str = "warehouse") -> dict[str, object]:
        rows = self.run("endpoints list", "--json").json["endpoints"]
        found: dict[str, object] = {row["name"]: row for row in rows}[name]
        return found

    def change(self) -> None:
        """Something that endpoints hear of."""
        self.run("check-in", "product/growth/complaints", "--value", "7")


@pytest.fixture
def house(site: Site, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("STORE_KEY", KEY)
    site.settings["encryption_keys"] = ["${STORE_KEY}"]
    site.write_settings()
    warehouse = Warehouse()
    with serve(warehouse.asgi) as url:
        yield House(site, warehouse, url)


def test_an_added_endpoint_gets_what_happens_from_then_on_signed_with_its_secret(house: House) -> None:
    house.site.sync()
    secret = house.add("--event", "key_result.*")

    house.change()

    assert "key_result.progressed" in house.warehouse.events()
    assert all(name.startswith("key_result.") for name in house.warehouse.events())
    assert house.warehouse.verifies(secret)
    row = house.row()
    assert (row["owner"], row["state"], row["circuit"], row["open"]) == ("store", "enabled", "closed", 0)
    assert row["last_delivered_at"]


def test_an_added_endpoint_is_described_anew_and_keeps_its_secret(house: House) -> None:
    house.site.sync()
    secret = house.add("--event", "sync.*", "--rate", "5/s")
    of_file = house.run("endpoints change", "okr-store", "--concurrency", "2", code=1)

    row = house.run(
        *("endpoints change", "warehouse", "--url", f"{house.url}/hooks/another", "--event", "check_in.*"),
        *("--team", "*", "--rate", "none", "--json"),
    ).json
    house.change()

    assert (row["events"], row["rate"], row["concurrency"]) == (["check_in.*"], None, 10)
    assert house.warehouse.events() == ["check_in.created"]
    assert house.warehouse.verifies(secret)
    assert "[endpoint_of_file]" in of_file.err


def test_while_a_secret_is_rotated_both_sign_and_then_the_new_one_alone(house: House) -> None:
    house.site.sync()
    first = house.add()

    second = house.rotate("--overlap", "1d")
    house.run("endpoints test", "warehouse")
    both = house.warehouse.verifies(first), house.warehouse.verifies(second)
    third = house.rotate("--overlap", "0s")
    house.run("endpoints test", "warehouse")

    assert both == (True, True)
    assert [house.warehouse.verifies(one) for one in (first, second, third)] == [False, False, True]
    assert count(house.site.database, "endpoint_secrets") == 1, "what ended is gone from the store"


def test_a_secret_is_nowhere_but_in_the_output_that_shows_it_once(house: House) -> None:
    house.site.sync()
    secrets = [house.add()]
    house.change()
    secrets.append(house.rotate())
    house.change()
    house.run("endpoints test", "warehouse")
    for command in ("endpoints list", "endpoints list", "deliveries list", "status"):
        house.run(command, "--json")
        house.run(command)
    house.run("endpoints show", "warehouse")
    house.run("store rotate-key")
    house.run("endpoints rotate", "okr-store", code=1)
    with serving(house.site) as served:
        eventually(lambda: served.said("serve.started"))
        house.run("endpoints test", "warehouse")
        served.stop()
        house.said += served.lines

    everywhere = "\n".join(house.said).encode()
    for path in house.site.folder.rglob("*"):
        if path.is_file():
            everywhere += path.read_bytes()
    assert len(everywhere) > 50_000
    for secret in secrets:
        for spelling in spellings(secret):
            assert spelling not in everywhere


def spellings(secret: str) -> list[bytes]:
    encoded = secret.removeprefix("whsec_")
    key = base64.b64decode(encoded)
    texts = [encoded, quote(encoded, safe=""), base64.urlsafe_b64encode(key).decode(), key.hex()]
    texts += [base64.b64encode(secret.encode()).decode(), secret.encode().hex()]
    return [key, *(text.encode() for text in texts)]


def test_an_endpoint_of_syncd_yaml_is_paused_tested_and_replayed_and_not_rotated(house: House) -> None:
    house.site.sync()
    seen = len(house.site.consumer.events)

    rotated = house.run("endpoints rotate", "okr-store", code=1)
    removed = house.run("endpoints remove", "okr-store", code=1)
    house.run("endpoints pause", "okr-store")
    paused = house.row("okr-store")
    house.change()
    kept_back = len(house.site.consumer.events)
    resumed = house.run("endpoints resume", "okr-store", "--json").json
    tested = house.run("endpoints test", "okr-store", "--json").json
    after = len(house.site.consumer.events)
    replayed = house.run("endpoints replay", "okr-store", "--after", "0", "--json").json

    assert "[endpoint_of_file]" in rotated.err
    assert "syncd.yaml" in rotated.err
    assert "[endpoint_of_file]" in removed.err
    assert (paused["state"], kept_back) == ("paused", seen)
    assert resumed["deliveries"]["delivered"] == resumed["count"] > 0
    assert (tested["outcome"], tested["status"]) == ("delivered", 204)
    assert replayed["count"] == replayed["deliveries"]["delivered"] > seen - 1
    assert len(house.site.consumer.events) > after
    assert house.site.consumer.unverified == 0


def test_an_address_that_leads_inside_is_refused_when_it_is_added(house: House) -> None:
    house.site.settings["allow_networks"]["endpoints"] = []
    house.site.settings["endpoints"] = {}
    house.site.write_settings()
    house.site.run("apply")

    for url in (
        "https://127.0.0.1/hook",
        "https://0x7f000001/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/latest",
        "http://okr.example.com/hook",
        "https://anna:secret-of-anna@okr.example.com/hook",
        "ftp://okr.example.com/hook",
        "https://",
    ):
        ran = house.run("endpoints add", "inside", url, code=1)
        assert "[unsafe_target]" in ran.err, url
        assert "secret-of-anna" not in ran.err

    assert house.run("endpoints list", "--json").json["endpoints"] == []


def test_without_a_key_there_is_no_secret_to_seal(house: House) -> None:
    house.site.settings["encryption_keys"] = []
    house.site.write_settings()

    ran = house.run("endpoints add", "warehouse", f"{house.url}/hooks/x", code=1)

    assert "[missing_encryption_key]" in ran.err
    assert "syncd store new-key" in ran.err
    assert len(house.run("store new-key").out.strip()) == len(new_key())


def test_a_wrong_key_keeps_one_endpoint_waiting_and_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.site.sync()
    house.add()
    house.site.consumer.take()
    monkeypatch.setenv("STORE_KEY", OLD_KEY)

    house.change()
    waiting = house.row()
    others = len(house.site.consumer.take())
    monkeypatch.setenv("STORE_KEY", KEY)
    house.run("sync")

    assert waiting["state"] == "waiting"
    assert waiting["problem"]["code"] == "wrong_encryption_key"  # type: ignore[index]  # JSON
    assert waiting["open"]
    assert others
    assert house.warehouse.got, "with the key back, what waited is sent"


def test_every_secret_is_sealed_anew_with_the_newest_key(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.site.sync()
    secret = house.add()
    monkeypatch.setenv("OLD_KEY", KEY)
    monkeypatch.setenv("STORE_KEY", OLD_KEY)
    house.site.settings["encryption_keys"] = ["${STORE_KEY}", "${OLD_KEY}"]
    house.site.write_settings()

    resealed = house.run("store rotate-key", "--json").json
    house.site.settings["encryption_keys"] = ["${STORE_KEY}"]
    house.site.write_settings()
    house.run("endpoints test", "warehouse")

    assert resealed == {"secrets": 1}
    assert house.warehouse.verifies(secret)


def test_a_removed_endpoint_leaves_dead_deliveries_with_their_reason_and_its_name(house: House) -> None:
    house.site.sync()
    house.add()
    house.run("endpoints pause", "warehouse")
    house.change()

    removed = house.run("endpoints remove", "warehouse", "--json").json
    dead = house.run("deliveries", "--state", "dead", "--json").json["deliveries"]
    refused = house.run("deliveries redeliver", str(dead[0]["id"]), code=1)
    synced = house.run("sync")
    again = house.add()
    house.change()

    assert removed["count"] == len(dead) > 0
    assert {row["reason"] for row in dead} == {"endpoint_removed"}
    assert "warehouse" not in synced.err
    assert "[unknown_endpoint]" in refused.err
    assert house.warehouse.verifies(again)
    assert count(house.site.database, "endpoint_secrets") == 1


def test_a_name_is_there_once_over_syncd_yaml_and_the_store(house: House) -> None:
    house.site.sync()
    taken = house.run("endpoints add", "okr-store", f"{house.url}/hooks/x", code=1)
    house.add()
    house.site.settings["endpoints"]["warehouse"] = house.site.settings["endpoints"]["okr-store"]
    house.site.write_settings()

    both = house.run("sync", code=1)
    house.run("endpoints remove", "warehouse")
    alone = house.run("sync")

    assert "[endpoint_taken]" in taken.err
    assert "[endpoint_taken]" in both.err
    assert "syncd endpoints remove warehouse" in both.err
    assert alone.code == 0


def test_dead_deliveries_are_shown_with_their_attempts_and_sent_again(house: House) -> None:
    house.site.sync()
    house.add()
    house.run("endpoints pause", "warehouse")
    house.change()
    house.run("endpoints remove", "warehouse")
    delivery = house.run("deliveries", "--endpoint", "okr-store", "--json").json["deliveries"][0]

    shown = house.run("deliveries show", str(delivery["id"]), "--json").json
    subjects = house.run("deliveries", "--subject", delivery["subject"], "--json").json["deliveries"]
    again = house.run("deliveries redeliver", str(delivery["id"]), "--json").json
    unknown = house.run("deliveries show", "999999", code=1)

    assert [one["outcome"] for one in shown["tried"]] == ["delivered"]
    assert {row["subject"] for row in subjects} == {delivery["subject"]}
    assert again == {"count": 1, "deliveries": {"delivered": 1, "waiting": 0, "dead": 0}}
    assert "[unknown_delivery]" in unknown.err


def test_a_delivery_that_breaks_its_consumer_is_given_up_and_what_is_behind_it_goes(house: House) -> None:
    house.site.sync()
    house.add()
    house.run("endpoints pause", "warehouse")
    house.change()
    waiting = house.run("deliveries", "--endpoint", "warehouse", "--json").json["deliveries"]
    first = str(waiting[-1]["id"])

    silent = house.run("deliveries give-up", first, code=1)
    given_up = house.run("deliveries give-up", first, "--reason", "their parser breaks", "--json").json
    shown = house.run("deliveries show", first, "--json").json

    assert "[missing_reason]" in silent.err
    assert given_up["count"] == 1
    assert (shown["state"], shown["reason"]) == ("dead", "their parser breaks")
    ((action, details),) = audit(house.site.database)[-1:]
    assert (action, json.loads(details)["ids"]) == ("give_up_delivery", [int(first)])


def test_serve_notices_an_added_endpoint_and_a_rotated_secret(house: House) -> None:
    house.site.settings["connections"]["usage"] |= {"refresh": "1s", "min_interval": "0s"}
    house.site.write_settings()
    with serving(house.site):
        eventually(lambda: house.site.status().get("adoption", {}).get("current") == 0.25)
        first = house.add()
        house.change()
        eventually(lambda: house.warehouse.got, within_s=10)
        before = house.warehouse.verifies(first)
        second = house.rotate("--overlap", "0s")
        house.warehouse.got.clear()
        house.run("check-in", "product/growth/complaints", "--value", "9")
        eventually(lambda: house.warehouse.got, within_s=10)

    assert before
    assert house.warehouse.verifies(second)
    assert not house.warehouse.verifies(first)


def test_every_act_is_audited_and_no_secret_is_in_it(house: House) -> None:
    house.site.sync()
    house.add("--rate", "5/s")
    house.rotate()
    for act in ("pause", "resume", "enable", "test", "remove"):
        house.run(f"endpoints {act}", "warehouse")
    house.run("endpoints replay", "okr-store", "--after", "0")
    house.run("store rotate-key")

    acts = audit(house.site.database)

    assert [act for act, _ in acts if "endpoint" in act or "key" in act] == [
        "add_endpoint",
        "rotate_endpoint_secret",
        "pause_endpoint",
        "resume_endpoint",
        "enable_endpoint",
        "test_endpoint",
        "remove_endpoint",
        "replay_endpoint",
        "rotate_encryption_key",
    ]
    assert json.loads(acts[-9][1])["rate"] == "5/s"
    assert "whsec" not in str(acts)
    assert "secret-path" not in str(acts), "people put tokens into paths"


def audit(database: Path) -> list[tuple[str, str]]:
    return rows_of(database, "SELECT action, details FROM audit ORDER BY id")


def count(database: Path, table: str) -> int:
    ((found,),) = rows_of(database, f"SELECT count(*) FROM {table}")
    return int(found)


def rows_of(database: Path, query: str) -> list[tuple[str, ...]]:
    with sqlite3.connect(database) as connection:
        return list(connection.execute(query))
