"""Instants and the clock that gives them: always aware, always UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from typing import Protocol
from zoneinfo import ZoneInfo, available_timezones

from drivetrain.core.errors import ContractError, FieldError


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


LONGEST_INSTANT = 40
"""Characters of an instant in a body or an address."""

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class SkippedTimeError(ValueError):
    """A civil time that never was: the clock jumped over it in spring."""


def read_instant(text: str) -> datetime:
    """An instant written with its zone, in UTC.

    Accepted are the writings of ``_READERS``: ISO 8601, extended (``2022-05-16T16:45:00-05:00``) or basic
    (``20220516T214500Z``), and a time followed by `` UTC``, as query engines write it.

    Raises:
        ValueError: the text is no instant, or has no zone.
    """
    instant = _as_written(text)
    if instant.tzinfo is None:
        raise ValueError("no zone")
    return _in_utc(instant)


def parse_instant(text: str, pointer: str) -> datetime:
    """An instant that a caller gave, in UTC.

    Args:
        pointer: where the text stands, for the error: a JSON pointer, or the option of a command.

    Raises:
        ContractError: ``input.bad_instant``; it is no instant with its zone.
    """
    try:
        return read_instant(text)
    except ValueError:
        name = pointer.rpartition("/")[2]
        detail = f"{name} must be an ISO 8601 instant with its zone, for example 2026-05-01T09:30:00Z."
        raise ContractError([FieldError("input.bad_instant", detail, pointer=pointer)]) from None


def parse_optional_instant(text: str | None, pointer: str) -> datetime | None:
    """The same for an instant that may be left out; None then.

    Raises:
        ContractError: ``input.bad_instant``.
    """
    return None if text is None else parse_instant(text, pointer)


def read_table_instant(text: str, zone: str, formats: Sequence[str] = ()) -> tuple[datetime, bool]:
    """An instant as a table writes it: with its zone as ``read_instant`` takes it, or a civil time of the table's zone.

    Args:
        zone: of times without one, by its IANA name.
        formats: further writings of a civil time, in ``strptime``'s words.

    Returns:
        The instant in UTC, and whether the civil time stands twice: in autumn, when the clock is set back, an
        hour comes again. Such a time is taken as the first of the two.

    Raises:
        SkippedTimeError: the civil time does not exist.
        ValueError: the text is no time.
    """
    civil = _as_written(text, formats)
    if civil.tzinfo is not None:
        return _in_utc(civil), False
    first, second = (_in_utc(civil.replace(tzinfo=_zone(zone), fold=fold)) for fold in (0, 1))
    if first.astimezone(_zone(zone)).replace(tzinfo=None) != civil:
        raise SkippedTimeError(text)
    return first, first != second


def has_time_zone(name: str) -> bool:
    """True for the name of a time zone in the IANA database."""
    return name in _time_zones()


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _in_utc(aware: datetime) -> datetime:
    try:
        return aware.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside of the calendar") from None


def _iso_8601(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _named_utc(text: str) -> datetime:
    time, name, after = text.rpartition(" UTC")
    if not name or after:
        raise ValueError("not followed by UTC")
    civil = datetime.fromisoformat(time)
    if civil.tzinfo is not None:
        raise ValueError("two zones")
    return civil.replace(tzinfo=UTC)


_Reader = Callable[[str], datetime]
_READERS: tuple[_Reader, ...] = (_iso_8601, _named_utc)
"""Every writing of an instant that the platform takes, in bodies, addresses, commands and tables alike; each
raises ``ValueError`` for what it does not know."""

_TIME_OF_DAY = re.compile(r":|[T ]\d")


def _as_written(text: str, formats: Sequence[str] = ()) -> datetime:
    """The time, aware where the text gives a zone."""
    if not text.isprintable():  # ``fromisoformat`` passes over a NUL
        raise ValueError("not plain text")
    if not _TIME_OF_DAY.search(text):  # a date alone is no time, and digits alone are a number
        raise ValueError("no time of day")
    readers = _READERS
    if formats:
        readers += tuple(partial(_by_format, form) for form in formats)
    for reader in readers:
        try:
            return reader(text)
        except ValueError:
            continue
    raise ValueError("no known writing of a time")


def _by_format(form: str, text: str) -> datetime:
    return datetime.strptime(text, form)  # noqa: DTZ007 (the caller adds the zone)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def short_utc(instant: datetime) -> str:
    """An instant in UTC as ISO 8601 with ``Z``; a fraction of a second only where there is one."""
    return instant.replace(tzinfo=None).isoformat() + "Z"


def minute_utc(instant: datetime) -> str:
    """An aware instant as people write it: ``30 November 2026, 05:19 UTC``."""
    at = instant.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def iso_utc(instant: datetime) -> str:
    """The instant as ISO 8601 with microseconds and ``Z``.

    Raises:
        ValueError: the instant carries no zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
