"""Subscriptions to webhooks: where messages go, and the text of a message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from drivetrain.accounts.notifications.domain.addresses import is_loopback, is_public, read_address
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import iso_utc

_LONGEST_URL = 2000
_PORTS = {"https": 443, "http": 80}


class SubscriptionState(StrEnum):
    """Whether messages are sent."""

    ENABLED = "enabled"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a webhook is sent, taken apart once: what was checked is what is asked.

    Attributes:
        host: name or address in ASCII, lower case, without brackets.
        target: path with query, as a request line has it.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """As the header ``Host`` has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address, in its one writing."""
        return f"{self.scheme}://{self.authority}{self.target}"


def read_endpoint(text: str, *, allow_loopback: bool) -> Endpoint:
    """Take the address of a receiver apart.

    Args:
        allow_loopback: whether this machine itself may be a receiver, over plain HTTP too; for development.

    Raises:
        InvalidInputError: ``notifications.bad_url``; it is none that a webhook may go to.
    """
    if not 0 < len(text) <= _LONGEST_URL or not text.isprintable() or " " in text or "\\" in text:
        raise _refused(f"must be plain text of 1 to {_LONGEST_URL} characters without spaces")
    try:
        parts = urlsplit(text)
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError:
        raise _refused("cannot be read; it should look like https://example.com/hooks") from None
    address = read_address(host)
    is_local = host == "localhost" or (address is not None and is_loopback(address))
    allowed = ("https", "http") if allow_loopback and is_local else ("https",)
    if parts.scheme not in allowed:
        raise _refused("must begin with https://")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refused("must not have a user, a password or a part after #")
    if not host or port == 0:
        raise _refused("has no host, or a port that does not exist")
    if address is not None and not is_public(address) and not (is_local and allow_loopback):
        raise _refused("is not on the public internet")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii():
        raise _refused("must have a path of ASCII letters; write others as %XX")
    return Endpoint(parts.scheme, host, port or _PORTS[parts.scheme], target)


def event_body(kind: str, sequence: int, at: datetime, data: Mapping[str, str]) -> str:
    """The body of a webhook: the same text at every attempt.

    Args:
        sequence: 1-based place in the subscription's sequence; a receiver that misses none has them all.
    """
    event = {"type": kind, "sequence": sequence, "timestamp": iso_utc(at), "data": dict(data)}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _ascii(host: str) -> str:
    """The host in ASCII.

    Raises:
        ValueError: it has no form in ASCII.
    """
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _refused(reason: str) -> InvalidInputError:
    return InvalidInputError(f"The URL of the receiver {reason}.", code="notifications.bad_url")
