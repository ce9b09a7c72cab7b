import pytest

from syncd.egress.guard import Guard
from syncd.egress.origin import Origin, where
from syncd.errors import ContractBroken, UnsafeSource

GUARD = Guard(
    origins=(Origin.of("https://jira.acme.com/base"),), read_posts=(r"/rest/api/3/search/approximate-count",)
)


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "https://jira.acme.com/rest/api/3/field"),
        ("HEAD", "https://jira.acme.com:443/"),
        ("GET", "https://JIRA.acme.com/x?a=b"),
        ("POST", "https://jira.acme.com/rest/api/3/search/approximate-count"),
    ],
)
def test_reading_from_its_own_origin_is_what_a_connection_may(method: str, url: str) -> None:
    assert GUARD.refusal(method, url) is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/rest/api/3/issue"),
        ("POST", "/rest/api/3/search/approximate-count/more"),
        ("POST", "/x/rest/api/3/search/approximate-count"),
        ("POST", "/rest/api/3/search/approximate-count%2e"),
        ("PUT", "/rest/api/3/search/approximate-count"),
        ("DELETE", "/"),
        ("PATCH", "/"),
        ("get", "/"),
    ],
)
def test_everything_that_could_write_breaks_the_contract(method: str, path: str) -> None:
    assert isinstance(GUARD.refusal(method, f"https://jira.acme.com{path}"), ContractBroken)


@pytest.mark.parametrize(
    "url",
    [
        "http://jira.acme.com/",
        "https://jira.acme.com:8443/",
        "https://jira.acme.com.evil.com/",
        "https://jira.acme.com@evil.com/",
        "https://evil.com\\@jira.acme.com/",
        "https://user:secret@jira.acme.com/",
        "https://jira.acme.com:99999/",
        "ftp://jira.acme.com/",
        "https:///x",
        "https://[::1",
        "",
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    refusal = GUARD.refusal("GET", url)

    assert isinstance(refusal, UnsafeSource)
    assert "secret" not in str(refusal)


def test_a_request_is_named_without_its_secrets() -> None:
    assert where("GET", "https://user:pw@x.com:8/a/b?token=t#f") == "GET https://x.com:8/a/b"
