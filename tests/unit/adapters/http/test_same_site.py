"""A request with a session that changes something is taken from our own pages only."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from drivetrain.adapters.http.same_site import require_same_site
from drivetrain.core.errors import NotAllowedError

OWN = {"host": "cars.example.org", "origin": "https://cars.example.org", "x-drivetrain-client": "web/1"}


def request(method: str = "POST", **headers: str | None) -> Request:
    """A request of one of our pages, but for what is changed; None leaves a header out."""
    sent = {**OWN, **{name.replace("_", "-"): value for name, value in headers.items()}}
    pairs = [(name.encode(), value.encode()) for name, value in sent.items() if value is not None]
    return Request({"type": "http", "method": method, "headers": pairs})


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("fetch_site", [None, "same-origin"])
def test_our_own_pages_may_change_things(method: str, fetch_site: str | None) -> None:
    require_same_site(request(method, sec_fetch_site=fetch_site))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": None},  # no browser leaves it out
        {"origin": "null"},  # a sandboxed frame
        {"origin": "https://evil.example"},
        {"origin": "https://cars.example.org.evil.example"},
        {"origin": "https://cars.example.org:8443"},  # another server of the same host
        {"origin": "https://other.example.org"},  # same site, other origin
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"x_drivetrain_client": None},  # a plain form
        {"x_drivetrain_client": ""},
        {"origin": None, "host": None},
        {"origin": "", "host": ""},
    ],
)
def test_others_may_not(headers: dict[str, str | None]) -> None:
    with pytest.raises(NotAllowedError) as refused:
        require_same_site(request(**headers))
    assert refused.value.code == "auth.cross_site"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_needs_nothing(method: str) -> None:
    require_same_site(request(method, origin="https://evil.example", x_drivetrain_client=None))
