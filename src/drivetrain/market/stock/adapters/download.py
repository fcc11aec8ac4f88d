"""Fetching a dealer's table over HTTP."""

from __future__ import annotations

from pathlib import Path

from drivetrain.adapters.disk.errors import keeping
from drivetrain.adapters.outgoing.public_http import OutgoingRequest, PublicHttp
from drivetrain.core.endpoints import Endpoint

_OK = 200
_USER_AGENT = "drivetrain-stock"


class HttpDownload:
    """The port ``Download``: from the public internet alone.

    Args:
        most_bytes: of a file.
    """

    def __init__(self, http: PublicHttp, most_bytes: int) -> None:
        self._http = http
        self._most_bytes = most_bytes

    def __call__(self, endpoint: Endpoint, into: Path) -> str:
        """Write the file of an address; why it could not be fetched, empty where it was."""
        size = 0
        with keeping(into.parent), into.open("wb") as file:

            def take(status: int, part: bytes) -> bool:
                nonlocal size
                size += len(part)
                if status != _OK or size > self._most_bytes:
                    return False
                file.write(part)
                return True

            answer = self._http.ask(OutgoingRequest("GET", endpoint, {"User-Agent": _USER_AGENT}), take)
        if answer.failure:
            return answer.failure
        if answer.status != _OK:
            what = "; redirects are not followed" if 300 <= answer.status < 400 else ""
            return f"The server answered {answer.status}{what}."
        if size > self._most_bytes:
            return f"The file has more than {self._most_bytes:,} bytes."
        return "" if size else "The file is empty."
