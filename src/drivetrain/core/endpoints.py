"""Addresses on the public internet that somebody else names, taken apart before anybody asks them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from drivetrain.core.addresses import is_loopback, is_public, read_address
from drivetrain.core.errors import InvalidInputError

_LONGEST_URL = 2000
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address on the web, taken apart once: what was checked is what is asked.

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


def public_endpoint(text: str, *, allow_loopback: bool, subject: str, code: str) -> Endpoint:
    """Take an address apart.

    Args:
        allow_loopback: whether it may be this machine itself, over plain HTTP too; for development.
        subject: what the address is, as the start of a sentence: ``The URL of the receiver``.
        code: of the refusal.

    Raises:
        InvalidInputError: it is none on the public internet.
    """
    try:
        return _read(text, allow_loopback=allow_loopback)
    except ValueError as error:
        raise InvalidInputError(f"{subject} {error}.", code=code) from None


def _read(text: str, *, allow_loopback: bool) -> Endpoint:
    """The parts of an address.

    Raises:
        ValueError: with the reason, as the rest of a sentence.
    """
    if not 0 < len(text) <= _LONGEST_URL or not text.isprintable() or " " in text or "\\" in text:
        raise ValueError(f"must be plain text of 1 to {_LONGEST_URL} characters without spaces")
    try:
        parts = urlsplit(text)
        host, port = _ascii(parts.hostname or ""), parts.port
    except ValueError:
        raise ValueError("cannot be read; it should look like https://example.com/hooks") from None
    address = read_address(host)
    is_local = host == "localhost" or (address is not None and is_loopback(address))
    allowed = ("https", "http") if allow_loopback and is_local else ("https",)
    if parts.scheme not in allowed:
        raise ValueError("must begin with https://")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("must not have a user, a password or a part after #")
    if not host or port == 0:
        raise ValueError("has no host, or a port that does not exist")
    if address is not None and not is_public(address) and not (is_local and allow_loopback):
        raise ValueError("is not on the public internet")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii():
        raise ValueError("must have a path of ASCII letters; write others as %XX")
    return Endpoint(parts.scheme, host, port or _PORTS[parts.scheme], target)


def _ascii(host: str) -> str:
    """The host in ASCII.

    Raises:
        ValueError: it has no form in ASCII.
    """
    return host if host.isascii() else host.encode("idna").decode("ascii")
