"""Who a request comes from: strangers cannot choose it, proxies that are named can say it."""

from __future__ import annotations

import pytest

from drivetrain.adapters.http.addresses import TrustedProxies
from drivetrain.core.errors import InvalidInputError
from drivetrain.settings import Settings

PROXIES = ("10.0.0.0/8", "2001:db8::1", "127.0.0.1")

CASES = [
    ("192.0.2.7", [], "192.0.2.7"),
    ("192.0.2.7", ["203.0.113.9"], "192.0.2.7"),  # a stranger says so
    ("10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
    ("10.1.2.3", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),  # the client wrote the first one itself
    ("10.1.2.3", ["198.51.100.1, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),  # through two proxies
    ("10.1.2.3", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),  # two headers are one list
    ("10.1.2.3", [], "10.1.2.3"),
    ("10.1.2.3", ["10.9.9.9"], "10.9.9.9"),  # a client of our own network
    ("10.1.2.3", ["no address"], "10.1.2.3"),
    ("10.1.2.3", ["203.0.113.9, "], "10.1.2.3"),
    ("10.1.2.3", ["203.0.113.9:4711"], "203.0.113.9"),
    ("10.1.2.3", ["[2001:db8::9]:4711"], "2001:db8::9"),
    ("2001:db8::1", ["2001:DB8::0009"], "2001:db8::9"),  # one spelling of an address
    ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ("10.1.2.3", ["::ffff:203.0.113.9"], "203.0.113.9"),
]


@pytest.mark.parametrize(("peer", "headers", "address"), CASES)
def test_the_address_is_the_last_one_that_a_proxy_of_ours_saw(
    peer: str, headers: list[str], address: str
) -> None:
    scope = {"client": (peer, 1), "headers": [(b"x-forwarded-for", text.encode()) for text in headers]}
    assert TrustedProxies(PROXIES).address(scope) == address


def test_without_proxies_the_header_means_nothing() -> None:
    scope = {"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", b"203.0.113.9")]}
    assert TrustedProxies().address(scope) == "127.0.0.1"
    assert TrustedProxies().address({"headers": []}) is None


def test_a_proxy_that_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidInputError) as refused:
        Settings(trusted_proxies="10.0.0.0/8, proxy.example")
    assert "DRIVETRAIN_TRUSTED_PROXIES" in str(refused.value.errors)
    assert Settings(trusted_proxies="10.0.0.0/8, 2001:db8::1").proxies == ("10.0.0.0/8", "2001:db8::1")
