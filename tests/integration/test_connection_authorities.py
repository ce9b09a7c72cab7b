"""A source with a certificate of a private authority: trusted where syncd.yaml names it, and only there."""

import json
from pathlib import Path

import pytest

from syncd.bootstrap import Connections, install
from syncd.errors import UnsafeSource
from syncd.sdk.testing.faults import LoopbackTls, answer, faulty, loopback_tls

ME = answer(200, b'{"login": "syncd-bot"}')


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> LoopbackTls:
    return loopback_tls(tmp_path_factory.mktemp("tls"))


def check(folder: Path, url: str, **settings: str) -> str:
    """What `check --live` does to the one connection."""
    connection = {"connector": "github", "url": url, "token": "${TOKEN}", **settings}
    (folder / "syncd.yaml").write_text(
        json.dumps(
            {
                "organisation": "acme",
                "timezone": "UTC",
                "allow_networks": {"connections": ["127.0.0.0/8"]},
                "connections": {"code": connection},
            }
        )
    )
    installation = install(folder / "syncd.yaml", environ={"TOKEN": "t0ken"})
    connector, wire = Connections(installation).open("code")
    with wire.batch():
        return connector.check()


def test_a_connection_trusts_the_authorities_that_it_names(tmp_path: Path, tls: LoopbackTls) -> None:
    with faulty(ME, tls=tls.server) as server:
        assert check(tmp_path, server.url, ca_bundle=tls.ca_bundle).startswith("syncd-bot on ")


def test_a_connection_that_names_none_trusts_no_private_authority(tmp_path: Path, tls: LoopbackTls) -> None:
    with faulty(ME, tls=tls.server) as server, pytest.raises(UnsafeSource) as refused:
        check(tmp_path, server.url)

    assert refused.value.code == "untrusted_certificate"
    assert "ca_bundle" in (refused.value.hint or "")


def test_a_connection_trusts_no_authority_that_it_does_not_name(tmp_path: Path, tls: LoopbackTls) -> None:
    (tmp_path / "other").mkdir()
    other = loopback_tls(tmp_path / "other")

    with faulty(ME, tls=tls.server) as server, pytest.raises(UnsafeSource) as refused:
        check(tmp_path, server.url, ca_bundle=other.ca_bundle)

    assert refused.value.code == "untrusted_certificate"
