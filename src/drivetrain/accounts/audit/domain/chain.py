"""The chain: each line's HMAC covers the line and the HMAC of the line before it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from drivetrain.core.audit import AuditEntry
from drivetrain.core.errors import InvalidInputError

MAC_BYTES = 32
_HEAD = re.compile(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last line of the chain: whoever remembers it notices when lines at the end are gone.

    Attributes:
        position: of the line; 0 before the first.
    """

    position: int
    mac: bytes

    def __str__(self) -> str:
        """As the log shows it and ``verify --head`` takes it."""
        return f"{self.position}:{self.mac.hex()}"


NO_LINES = ChainHead(0, bytes(MAC_BYTES))
"""Before the first line."""


def parse_head(text: str) -> ChainHead:
    """A head as the log shows it.

    Raises:
        InvalidInputError: it is none.
    """
    match = _HEAD.fullmatch(text.strip())
    if match is None:
        raise InvalidInputError(
            "A head looks like 1234:ab12...: the number of a line, a colon and 64 hexadecimal digits, "
            "as the log line `audit head` shows it.",
            code="audit.bad_head",
        )
    return ChainHead(int(match[1]), bytes.fromhex(match[2]))


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A line as it is stored.

    Attributes:
        position: its number in the chain, from 1 without gaps.
        recorded_at: when, to the microsecond, UTC.
        origin: network of the client, or "local" for what happened on the platform's own machines.
    """

    position: int
    recorded_at: datetime
    origin: str
    entry: AuditEntry
    mac: bytes

    @property
    def head(self) -> ChainHead:
        """The head of the chain while this is its last line."""
        return ChainHead(self.position, self.mac)

    def follows(self, head: ChainHead, key: bytes) -> bool:
        """True when the line is unchanged and stands right after ``head``."""
        expected = _mac(key, head, self.position, self.recorded_at, self.origin, self.entry)
        return self.position == head.position + 1 and hmac.compare_digest(expected, self.mac)


def next_line(
    head: ChainHead, entry: AuditEntry, *, recorded_at: datetime, origin: str, key: bytes
) -> AuditLine:
    """The line that comes after ``head``."""
    position = head.position + 1
    mac = _mac(key, head, position, recorded_at, origin, entry)
    return AuditLine(position, recorded_at, origin, entry, mac)


def _mac(
    key: bytes, head: ChainHead, position: int, recorded_at: datetime, origin: str, entry: AuditEntry
) -> bytes:
    return hmac.digest(key, head.mac + canonical_bytes(position, recorded_at, origin, entry), hashlib.sha256)


def canonical_bytes(position: int, recorded_at: datetime, origin: str, entry: AuditEntry) -> bytes:
    """The one spelling of a line: a JSON list of its parts, keys sorted, ASCII, without spaces."""
    parts = [
        position,
        recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        origin,
        entry.actor,
        entry.action,
        entry.object,
        str(entry.result),
        None if entry.company is None else str(entry.company),
        entry.detail,
    ]
    return json.dumps(parts, sort_keys=True, separators=(",", ":")).encode("ascii")
