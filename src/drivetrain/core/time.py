"""Instants and the clock that gives them: always aware, always UTC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

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
            f"{field} must be an ISO 8601 instant with its zone, for example 2026-05-01T09:30:00Z.",
            code="input.bad_instant",
        ) from None


class SkippedTimeError(ValueError):
    """A civil time that never was: the clock jumped over it in spring."""


def read_instant(text: str, zone: str, formats: Sequence[str] = ()) -> tuple[datetime, bool]:
    """An instant as a table writes it: ISO 8601 with its zone, or a civil time of the table's own zone.

    Args:
        zone: of times without one, by its IANA name.
        formats: further writings of a civil time, in ``strptime``'s words.

    Returns:
        The instant in UTC, and whether the civil time stands twice: in autumn, when the clock is set back, an
        hour comes again. Such a time is taken as the first of the two.

    Raises:
        SkippedTimeError: the civil time does not exist.
        ValueError: the text is no time.
        OverflowError: it lies outside of the calendar.
    """
    written = _read_written(text, formats)
    if written.tzinfo is not None:
        return written.astimezone(UTC), False
    first, second = (written.replace(tzinfo=_zone(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(_zone(zone)).replace(tzinfo=None) != written:
        raise SkippedTimeError(text)
    return first, first != second


def _read_written(text: str, formats: Sequence[str]) -> datetime:
    if ":" not in text:  # a date alone is no time, and digits alone are a number
        raise ValueError("no time of day")
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 (the caller adds the zone)
        except ValueError:
            continue
    return datetime.fromisoformat(text)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def short_utc(instant: datetime) -> str:
    """An instant in UTC as ISO 8601 with ``Z``; a fraction of a second only where there is one."""
    return instant.replace(tzinfo=None).isoformat() + "Z"


def iso_utc(instant: datetime) -> str:
    """The instant as ISO 8601 with microseconds and ``Z``.

    Raises:
        ValueError: the instant carries no zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
