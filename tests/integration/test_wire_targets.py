"""Whom a wire talks to: vetted addresses, its own origins, and nothing that writes."""

import pytest
import requests

from syncd.egress.addresses import to_networks
from syncd.errors import ContractBroken, MalformedResponse, SettingsError, UnsafeSource
from syncd.sdk.testing.faults import answer, faulty, loopback_tls
from tests.wires import HASTY, a_wire

OK = answer(200, b'{"total": 7}')
BEARER = {"Authorization": "Bearer s3cret"}


def test_a_private_address_needs_the_operators_leave() -> None:
    with faulty(OK) as server:
        session = a_wire(server.url, networks=()).session()
        with pytest.raises(UnsafeSource, match=r"127\.0\.0\.1") as refused:
            session.get(server.url)

        assert server.connections == 0
    assert (refused.value.code, refused.value.actor) == ("unsafe_target", "operator")
    assert "allow_networks" in (refused.value.hint or "")


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "localhost", "[::ffff:127.0.0.1]"])
def test_another_spelling_of_a_private_address_is_refused_too(host: str) -> None:
    with faulty(OK) as server:
        url = server.url.replace("127.0.0.1", host)
        with pytest.raises(UnsafeSource):
            a_wire(url, networks=(), limits=HASTY).session().get(url)

        assert server.connections == 0


def test_a_name_that_leads_inside_and_outside_is_refused() -> None:
    session = a_wire("https://jira.test", resolve=lambda *_: ["1.1.1.1", "10.0.0.1"]).session()

    with pytest.raises(UnsafeSource, match=r"10\.0\.0\.1"):
        session.get("https://jira.test/")


def test_plain_http_to_a_public_address_is_refused() -> None:
    session = a_wire("http://jira.test", resolve=lambda *_: ["1.1.1.1"]).session()

    with pytest.raises(UnsafeSource, match="plain http"):
        session.get("http://jira.test/")


def test_the_name_is_resolved_once_and_the_vetted_address_is_dialled() -> None:
    asked = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with faulty(OK) as server:
        url = server.url.replace("127.0.0.1", "jira.test")
        assert a_wire(url, resolve=rebinding).session().get(url).json() == {"total": 7}

        assert "Host: jira.test:" in server.requests[0]
    assert asked == ["jira.test"]


def test_the_next_address_of_a_name_is_tried() -> None:
    with faulty(OK) as server:
        url = server.url.replace("127.0.0.1", "jira.test")
        wire = a_wire(url, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"])

        assert wire.session().get(url).json() == {"total": 7}


def test_tls_checks_the_name_and_not_the_address(tmp_path) -> None:
    tls = loopback_tls(tmp_path)
    with faulty(OK, tls=tls.server) as server:
        url = server.url.replace("127.0.0.1", "jira.test")
        wire = a_wire(url, resolve=lambda *_: ["127.0.0.1"], ca_bundle=tls.ca_bundle)
        with pytest.raises(UnsafeSource, match=r"jira\.test") as refused:
            wire.session().get(url)

    assert refused.value.code == "untrusted_certificate"


def test_a_request_that_could_write_is_never_sent() -> None:
    with faulty(OK) as server:
        session = a_wire(server.url, read_posts=["/search"]).session()
        for method, path in [("POST", "/issue"), ("PUT", "/search"), ("DELETE", "/search")]:
            with pytest.raises(ContractBroken):
                session.request(method, server.url + path)
        session.post(f"{server.url}/search", json={})

        assert [request.split(" HTTP")[0] for request in server.requests] == ["POST /search"]


def test_another_origin_is_refused_before_anything_is_sent() -> None:
    with faulty(OK) as mine, faulty(OK) as other:
        session = a_wire(mine.url).session()
        with pytest.raises(UnsafeSource) as refused:
            session.get(other.url, headers=BEARER)

        assert other.connections == 0
    assert refused.value.code == "foreign_origin"


def test_a_redirect_within_the_origin_is_followed_and_counted() -> None:
    with faulty(answer(301, b"", {"Location": "/new?a=b"}), OK) as server:
        wire = a_wire(server.url)
        with wire.batch() as traffic:
            response = wire.session().get(f"{server.url}/old", headers=BEARER)

        assert response.json() == {"total": 7}
        assert response.url == f"{server.url}/new?a=b"
        assert server.requests[1].startswith("GET /new?a=b ")
        assert "s3cret" in server.requests[1]
    assert traffic.requests == 2


def test_a_redirect_to_another_origin_is_refused() -> None:
    with faulty(OK) as other, faulty(answer(302, b"", {"Location": other.url})) as mine:
        session = a_wire(mine.url).session()
        with pytest.raises(UnsafeSource) as refused:
            session.get(mine.url, headers=BEARER)

        assert other.connections == 0
    assert refused.value.code == "foreign_origin"


def test_a_redirect_between_a_connections_origins_leaves_the_credential_behind() -> None:
    with faulty(OK) as other, faulty(answer(302, b"", {"Location": other.url})) as mine:
        session = a_wire(mine.url, other.url).session()

        assert session.get(mine.url, headers=BEARER).json() == {"total": 7}
        assert "s3cret" not in other.requests[0]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::1", "http://u:p@127.0.0.1/"])
def test_a_redirect_to_nowhere_sensible_is_refused(location: str) -> None:
    with faulty(answer(302, b"", {"Location": location})) as server:
        with pytest.raises((UnsafeSource, MalformedResponse)):
            a_wire(server.url).session().get(server.url)

        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [300, 302, 304, 305, 399])
def test_a_3xx_that_leads_nowhere_is_malformed_and_not_an_empty_success(status: int) -> None:
    with faulty(answer(status)) as server, pytest.raises(MalformedResponse):
        a_wire(server.url).session().get(server.url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirected_post_is_told_and_not_followed(status: int) -> None:
    with faulty(answer(status, b"", {"Location": "/new"})) as server:
        session = a_wire(server.url, read_posts=["/.*"]).session()
        with pytest.raises(UnsafeSource) as refused:
            session.post(f"{server.url}/search", json={})

        assert len(server.requests) == 1
    assert refused.value.code == "redirected"


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login l password s3cret\n")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with faulty(OK) as server:
        a_wire(server.url).session().get(server.url, proxies={"http": "http://127.0.0.1:1"})

        assert "Authorization" not in server.requests[0]


def test_a_more_specific_adapter_of_the_session_is_replaced() -> None:
    session = requests.Session()
    session.mount("https://api.vendor.com", requests.adapters.HTTPAdapter())
    wire = a_wire("https://api.vendor.com")

    wire.mount(session)

    assert session.get_adapter("https://api.vendor.com/x") is wire.adapter


@pytest.mark.parametrize("origin", ["jira.acme.com", "https://u:p@jira.acme.com", "ftp://jira.acme.com"])
def test_an_origin_that_is_none_is_a_mistake_in_the_settings(origin: str) -> None:
    with pytest.raises(SettingsError) as refused:
        a_wire(origin, networks=to_networks(["127.0.0.0/8"]))

    assert "tracker" in str(refused.value)
