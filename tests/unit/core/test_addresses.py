"""Which addresses a webhook may go to: the public internet, in every writing, and nothing else."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from drivetrain.core.addresses import is_loopback, is_public, read_address

CLOSED = [
    "0.0.0.0",  # this host, on some systems
    "10.0.0.1",
    "100.64.0.1",  # shared by carriers
    "100.100.100.200",  # metadata of a cloud
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",  # a public number that answers inside one cloud only
    "169.254.169.254",  # metadata of most clouds
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",  # multicast
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",  # IPv4-compatible
    "::ffff:127.0.0.1",  # mapped
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
    "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254
    "64:ff9b:1::1",  # NAT64 of a network's own
    "100::1",  # discard
    "2001::1",  # Teredo
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2002:a9fe:a9fe::1",  # 6to4 of 169.254.169.254
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # metadata of a cloud
    "fe80::1",
    "fe80::1%eth0",
    "2a00:1450:4001::1%eth0",  # a zone makes an address local, whatever it is
    "fec0::1",
    "ff02::1",
]
OPEN = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "2a00:1450:4001:82a::200e",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::1",
]


@pytest.mark.parametrize("text", CLOSED)
def test_an_address_inside_some_network_is_closed(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", OPEN)
def test_an_address_of_the_public_internet_is_open(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_loopback_is_known_in_every_writing(text: str) -> None:
    assert is_loopback(ip_address(text))


@pytest.mark.parametrize("text", ["10.0.0.1", "1.1.1.1", "::", "2002:a9fe:a9fe::1"])
def test_another_machine_is_not_loopback(text: str) -> None:
    assert not is_loopback(ip_address(text))


@pytest.mark.parametrize("text", ["example.com", "0x7f.1", "127.1", "", "2130706433"])
def test_what_is_no_address_is_a_name(text: str) -> None:
    assert read_address(text) is None
