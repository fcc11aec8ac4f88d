"""Where a request comes from: its peer, or what a proxy that we name says of it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.types import Scope

_FORWARDED = b"x-forwarded-for"
_MOST_HOPS = 32


class TrustedProxies:
    """The proxies whose word is taken; everybody else can write what they like into the header.

    Args:
        networks: addresses and networks, for example ``10.0.0.0/8``.

    Raises:
        ValueError: one is neither; the settings have refused it before.
    """

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = [ip_network(network, strict=False) for network in networks]

    def address(self, scope: Scope) -> str | None:
        """The address of the client: of the hops in ``X-Forwarded-For``, from the right, the first that is no proxy of ours.

        The peer where that is no proxy of ours, or where the header holds no address.
        """
        client = scope.get("client")
        peer: str | None = None if client is None else client[0]
        if not self._networks or peer is None or not self._is_trusted(peer):
            return peer
        nearest = peer
        for hop in reversed(_hops(scope)):
            if (address := _plain(hop)) is None:
                return nearest
            nearest = address
            if not self._is_trusted(address):
                return nearest
        return nearest

    def _is_trusted(self, text: str) -> bool:
        address = _parsed(text)
        return address is not None and any(address in network for network in self._networks)


def _hops(scope: Scope) -> list[str]:
    headers = [value.decode("latin-1") for name, value in scope["headers"] if name == _FORWARDED]
    return [hop.strip() for hop in ",".join(headers).split(",")][-_MOST_HOPS:]


def _plain(hop: str) -> str | None:
    """The address of a hop without port and brackets; None for what is no address."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    address = _parsed(hop)
    return None if address is None else str(address)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
