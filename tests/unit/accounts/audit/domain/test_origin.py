"""How much of a client's address the trail keeps."""

from __future__ import annotations

import pytest

from drivetrain.accounts.audit.domain.origin import network_of


@pytest.mark.parametrize(
    ("host", "network"),
    [
        (None, "local"),
        ("203.0.113.77", "203.0.113.0/24"),
        ("127.0.0.1", "127.0.0.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),  # an IPv4 client of an IPv6 socket
        ("fe80::1%eth0", "fe80::/48"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_network_and_not_the_address_is_kept(host: str | None, network: str) -> None:
    assert network_of(host) == network
