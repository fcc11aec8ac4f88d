"""Instants and the clock that gives them: always aware, always UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

from drivetrain.core.errors import InvalidInputError


class Clock(Protocol):
    """Tells the present instant. Tests fix it."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        return datetime.now(UTC)


def parse_instant(text: str, field: str) -> datetime:
    """An instant as somebody wrote it, in UTC.

    Raises:
        InvalidInputError: it is not ISO 8601 with its zone.
    """
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError("no zone")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInputError(
            f"{field} must be an ISO 8601 instant with its zone, for example 2026-05-01T09:30:00Z.", code="input.bad_instant"
        ) from None


def iso_utc(instant: datetime) -> str:
    """The instant as ISO 8601 with microseconds and ``Z``.

    Raises:
        ValueError: the instant carries no zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
