from __future__ import annotations

import pytest

from drivetrain.core.endpoints import Endpoint, public_endpoint
from drivetrain.core.errors import InvalidInputError


def read(text: str, *, allow_loopback: bool = False) -> Endpoint:
    return public_endpoint(text, allow_loopback=allow_loopback, subject="The URL", code="tests.bad_url")


def test_an_address_is_taken_apart_once() -> None:
    endpoint = read("https://Example.COM:8443/a?b=1")
    assert endpoint == Endpoint("https", "example.com", 8443, "/a?b=1")
    assert (endpoint.authority, endpoint.url) == ("example.com:8443", "https://example.com:8443/a?b=1")
    assert read("https://[2606:4700::1111]/").authority == "[2606:4700::1111]"


@pytest.mark.parametrize("text", ["", "http://example.com", "https://10.0.0.1/", "https://u:p@example.com/"])
def test_any_other_is_refused_in_the_words_of_who_asks(text: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read(text)
    assert (refusal.value.code, refusal.value.detail[:8]) == ("tests.bad_url", "The URL ")


def test_this_machine_is_asked_where_it_is_allowed() -> None:
    assert read("http://127.0.0.1:9/x", allow_loopback=True).port == 9
