"""Which network addresses may be asked because somebody else names them: those of the public internet, and no others.

A caller who names an address inside the operator's network would otherwise have the platform ask it on the
caller's behalf (server-side request forgery).

Source:
    IANA special-purpose address registries (RFC 6890 and updates), read 2026-11.
"""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

Address = IPv4Address | IPv6Address

_CLOSED_V4: tuple[IPv4Network, ...] = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; metadata of one cloud at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a public number that answers inside one cloud only
        "169.254.0.0/16",  # link-local; metadata of most clouds at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_OPEN_V6 = IPv6Network("2000::/3")
"""All that is assigned for use between networks; loopback, link-local, unique local and multicast lie outside."""

_CLOSED_V6: tuple[IPv6Network, ...] = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")


def is_public(address: Address) -> bool:
    """True for an address of the public internet.

    An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4) is judged by the one it carries, because that
    is where its packets end.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address.scope_id is not None:
        return False
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


def is_loopback(address: Address) -> bool:
    """True for this machine itself, in any writing."""
    carried = _carried(address) if isinstance(address, IPv6Address) else None
    return (carried or address).is_loopback


def read_address(text: str) -> Address | None:
    """The address that a text writes; None where it is a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _carried(address: IPv6Address) -> IPv4Address | None:
    number = int(address)
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(number & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    return None


__all__ = ["Address", "is_loopback", "is_public", "read_address"]
