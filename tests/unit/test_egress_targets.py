"""Where an endpoint may be, looked at when it is added."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from syncd.egress.targets import Resolve, vet_target
from syncd.errors import UnsafeTarget

URL = "https://okr.example/hooks/syncd"
INSIDE = (ip_network("10.0.0.0/8"),)


def leads_to(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


async def test_a_public_address_is_taken_and_so_is_a_name_that_nobody_knows_yet() -> None:
    await vet_target(URL, networks=(), resolve=leads_to("9.9.9.9", "2620:fe::fe"))
    await vet_target(URL, networks=(), resolve=leads_to())


async def test_one_answer_that_leads_inside_refuses_the_name() -> None:
    with pytest.raises(UnsafeTarget, match="not a public address"):
        await vet_target(URL, networks=(), resolve=leads_to("9.9.9.9", "127.0.0.1"))


async def test_an_allowed_network_opens_itself_for_plain_http_too_and_nothing_else() -> None:
    plain = URL.replace("https", "http")

    await vet_target(plain, networks=INSIDE, resolve=leads_to("10.1.2.3"))
    for answers in (("9.9.9.9",), ()):
        with pytest.raises(UnsafeTarget, match="plain http"):
            await vet_target(plain, networks=INSIDE, resolve=leads_to(*answers))
    with pytest.raises(UnsafeTarget, match="not a public address"):
        await vet_target(URL, networks=INSIDE, resolve=leads_to("192.168.1.1"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "okr.example",
        "ftp://okr.example/",
        "https://",
        "https://okr.example:0/",
        "https://okr.example:99999/",
        "https://[::1/",
        "https://okr.example/ a",
        "https://okr.example/\n",
        "https://okr.example/#part",
        "https://anna:hunter2@okr.example/",
        "https://@okr.example/",
        "https://okr.example/" + "a" * 2_000,
    ],
)
async def test_what_is_no_address_of_an_endpoint_is_refused_and_no_secret_repeated(url: str) -> None:
    with pytest.raises(UnsafeTarget) as refused:
        await vet_target(url, networks=(), resolve=leads_to("9.9.9.9"))

    assert "hunter2" not in f"{refused.value} {refused.value.hint} {refused.value.__cause__}"
