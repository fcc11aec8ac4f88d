"""Where a request came from, as far as the trail keeps it."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

LOCAL = "local"
"""Not over the network: a command, or a process of the platform."""

_PREFIX_BITS = {4: 24, 6: 48}
"""What one household or office holds. The trail is never erased, and a whole address may be a person's."""


def network_of(host: str | None) -> str:
    """The network of a client: ``203.0.113.0/24``; ``LOCAL`` for None, "unknown" for what is no address."""
    if host is None:
        return LOCAL
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return "unknown"
    if address.version == 6 and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(ip_network(f"{address}/{_PREFIX_BITS[address.version]}", strict=False))
