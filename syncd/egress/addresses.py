"""Which addresses syncd may dial: own tables, since `ipaddress.is_global` is not enough.

It passes NAT64 of loopback, `::127.0.0.1`, `fec0::1`, multicast and a cloud's metadata address,
and differs by Python's patch level. IPv4 is denied by list; IPv6 is allowed by list, so that no
spelling of an IPv4 address inside an IPv6 one gets through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

# https://www.iana.org/assignments/iana-ipv4-special-registry, and what it leaves out.
FORBIDDEN_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a carrier's customers
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host, reachable from every guest
        "169.254.0.0/16",  # link-local; cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")

# https://www.iana.org/assignments/iana-ipv6-special-registry, inside global unicast.
FORBIDDEN_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address
        "3fff::/20",  # documentation
    )
)

# RFC 5214: the lower half of an ISATAP address, under any prefix, is 0000:5efe or 0200:5efe
# and then an IPv4 address.
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


class ForbiddenAddressError(ValueError):
    """An address that is neither public nor in an allowed network."""

    def __init__(self, address: IPAddress) -> None:
        super().__init__(f"{address} is not a public address")
        self.address = address


def is_public(address: IPAddress) -> bool:
    """Whether anybody on the internet may be behind `address`."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in FORBIDDEN_V4)
    if address.scope_id is not None or address not in GLOBAL_UNICAST_V6:
        return False
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return not any(address in network for network in FORBIDDEN_V6)


def is_inside(address: IPAddress, networks: Iterable[IPNetwork]) -> bool:
    return any(address in network for network in networks)


def vet(addresses: Iterable[str], networks: Sequence[IPNetwork]) -> tuple[IPAddress, ...]:
    """The addresses of one name, all of them allowed.

    One forbidden answer refuses them all: a name that leads inside and outside is an attack,
    or a mistake that would work every other time.

    Raises:
        ForbiddenAddressError: the first that is neither public nor in `networks`.
    """
    vetted = tuple(ip_address(address) for address in addresses)
    for address in vetted:
        if not is_public(address) and not is_inside(address, networks):
            raise ForbiddenAddressError(address)
    return vetted


def to_networks(texts: Iterable[str]) -> tuple[IPNetwork, ...]:
    """Networks as an operator writes them: `10.0.0.0/8`, `fd00::/8`, or one address.

    Raises:
        ValueError: not a network, or one with host bits (`10.1.2.3/8`).
    """
    return tuple(ip_network(text) for text in texts)
