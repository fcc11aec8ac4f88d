"""Addresses of receivers, taken apart, and the text of a webhook."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from drivetrain.accounts.notifications.domain.webhooks import event_body, read_endpoint
from drivetrain.core.errors import InvalidInputError

GOOD = [
    ("https://example.com", "https://example.com/"),
    ("https://Example.COM/hooks?a=1", "https://example.com/hooks?a=1"),
    ("https://example.com:443/x", "https://example.com/x"),
    ("https://example.com:8443/x", "https://example.com:8443/x"),
    ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
    ("https://1.1.1.1/x", "https://1.1.1.1/x"),
    ("https://[2606:4700::1111]:8443/x", "https://[2606:4700::1111]:8443/x"),
]
BAD = [
    "",
    "example.com",
    "http://example.com",  # in clear
    "ftp://example.com",
    "file:///etc/passwd",
    "https://",
    "https:///x",
    "https://user:pass@example.com",  # a password that would stand in the table
    "https://user@example.com",
    "https://example.com/#part",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:x/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:169.254.169.254]/",
    "https://[fe80::1%25eth0]/",
    "https://[::1/",
    "https://example.com/ x",
    "https://example.com\\@10.0.0.1/",
    "https://example.com/\r\nX: y",
    "https://example.com/\x00",
    "https://example.com/bücher",
    "http://127.0.0.1/",
    f"https://example.com/{'x' * 2000}",
    f"https://{'x' * 64}.exämple/",  # a label that is too long for IDNA
]


@pytest.mark.parametrize(("text", "url"), GOOD)
def test_a_public_address_is_read(text: str, url: str) -> None:
    assert read_endpoint(text, allow_loopback=False).url == url


@pytest.mark.parametrize("text", BAD)
def test_any_other_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        read_endpoint(text, allow_loopback=False)
    assert raised.value.code == "notifications.bad_url"


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1:9/x", "http://localhost:9/x", "http://[::1]:9/x", "https://localhost/"]
)
def test_this_machine_is_a_receiver_where_the_settings_say_so(text: str) -> None:
    assert read_endpoint(text, allow_loopback=True).url == text
    with pytest.raises(InvalidInputError):
        read_endpoint(text.replace("https", "http"), allow_loopback=False)


@pytest.mark.parametrize("text", ["http://example.com/", "http://10.0.0.1/", "https://192.168.0.1/"])
def test_the_setting_opens_nothing_but_this_machine(text: str) -> None:
    with pytest.raises(InvalidInputError):
        read_endpoint(text, allow_loopback=True)


def test_an_event_says_what_when_and_in_which_place() -> None:
    body = event_body("model_promoted", 7, datetime(2026, 3, 1, 12, tzinfo=UTC), {"model": "preis-für-alle"})
    assert json.loads(body) == {
        "type": "model_promoted",
        "sequence": 7,
        "timestamp": "2026-03-01T12:00:00.000000Z",
        "data": {"model": "preis-für-alle"},
    }
