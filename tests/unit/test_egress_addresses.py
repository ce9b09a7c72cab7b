from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.egress.addresses import FORBIDDEN_V4, ForbiddenAddressError, is_public, to_networks, vet

V6_SPELLINGS = {
    "compatible": lambda v4: v4,
    "mapped": lambda v4: (0xFFFF << 32) | v4,
    "siit": lambda v4: (0xFFFF << 48) | v4,
    "nat64": lambda v4: (0x0064_FF9B << 96) | v4,
    "local nat64": lambda v4: (0x0064_FF9B_0001 << 80) | v4,
    "6to4": lambda v4: (0x2002 << 112) | (v4 << 80) | 1,
    "isatap under a public prefix": lambda v4: (0x2A00_1450_4001_0800 << 64) | (0x5EFE << 32) | v4,
    "isatap, globally unique": lambda v4: (0x2A00_1450_4001_0800 << 64) | (0x0200_5EFE << 32) | v4,
    "teredo": lambda v4: (0x2001_0000 << 96) | (v4 ^ 0xFFFF_FFFF),
}

forbidden_v4 = st.sampled_from(FORBIDDEN_V4).flatmap(
    lambda network: st.integers(int(network.network_address), int(network.broadcast_address))
)


@given(v4=forbidden_v4)
def test_a_forbidden_v4_address_is_not_public(v4: int) -> None:
    assert not is_public(IPv4Address(v4))


@pytest.mark.parametrize("spelling", V6_SPELLINGS.values(), ids=V6_SPELLINGS.keys())
@given(v4=forbidden_v4)
def test_no_v6_spelling_of_a_forbidden_v4_address_is_public(spelling, v4: int) -> None:
    assert not is_public(IPv6Address(spelling(v4)))


@given(address=st.ip_addresses(network="2000::/3").filter(is_public))
def test_public_v6_addresses_are_global_to_the_standard_library_too(address: IPv6Address) -> None:
    assert address.is_global


@given(address=st.ip_addresses(v=4).filter(is_public))
def test_public_v4_addresses_are_global_to_the_standard_library_too(address: IPv4Address) -> None:
    assert address.is_global


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "185.166.143.1", "9.255.255.255", "2a00:1450:4001:800::200e", "2606:50c0:8000::153"],
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",  # cloud metadata
        "168.63.129.16",  # Azure's host
        "100.100.100.200",  # Alibaba's metadata
        "0.0.0.0",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fd00:ec2::254",  # AWS metadata over v6
        "ff02::1",
        "64:ff9b::7f00:1",
        "2001:db8::1",
        "2a00:1450:4001:800::200e%eth0",
    ],
)
def test_addresses_of_no_outside_host_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


def test_one_forbidden_answer_refuses_them_all() -> None:
    with pytest.raises(ForbiddenAddressError) as refused:
        vet(["1.1.1.1", "10.0.0.7"], [])

    assert refused.value.address == ip_address("10.0.0.7")


def test_an_allowed_network_allows_its_addresses_and_no_others() -> None:
    networks = to_networks(["10.0.0.0/8"])

    assert vet(["10.1.2.3", "1.1.1.1"], networks) == (ip_address("10.1.2.3"), ip_address("1.1.1.1"))
    with pytest.raises(ForbiddenAddressError):
        vet(["192.168.0.1"], networks)


def test_an_allowed_v4_network_does_not_allow_its_v6_spellings() -> None:
    with pytest.raises(ForbiddenAddressError):
        vet(["::ffff:10.1.2.3"], to_networks(["10.0.0.0/8"]))


def test_a_single_address_is_a_network() -> None:
    assert to_networks(["10.1.2.3", "fd00::/8"]) == (ip_network("10.1.2.3/32"), ip_network("fd00::/8"))


def test_a_network_with_host_bits_is_refused_as_a_slip() -> None:
    with pytest.raises(ValueError, match="host bits"):
        to_networks(["10.1.2.3/8"])
