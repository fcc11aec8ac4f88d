"""With which rides a window is compared: a whole week that says something, else as much as is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from drivetrain.trips.outcomes.domain.quality import FEW_HOURS, FEW_OUTCOMES

WEEK_DAYS = 7
"""A week has every hour of the week in it."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KnownDay:
    """What is known of the rides of a civil day.

    Attributes:
        rides: scored.
        outcomes: of these, with a usable outcome.
        hours: with at least one outcome.
    """

    rides: int
    outcomes: int
    hours: int

    @property
    def is_few(self) -> bool:
        """True where there is too little to compare with, by the bounds below which figures are called few."""
        return self.outcomes < FEW_OUTCOMES or self.hours < FEW_HOURS


@dataclass(frozen=True, slots=True)
class ReferenceDays:
    """Civil days to compare with, both ends included.

    Attributes:
        are_few: True where they are not seven days of which each has enough outcomes.
    """

    first: date
    last: date
    are_few: bool


def choose_days(days: Mapping[date, KnownDay], *, before: date) -> ReferenceDays | None:
    """The first full week, else the week or less with the most outcomes.

    An early day or two, as a slot that was scored by hand leaves them, is no week; and a week that was chosen
    stays the choice as time passes.

    Args:
        days: those with a scored ride; the last may be a part of one.
        before: civil day on which the compared window begins; it is not whole before it.

    Returns:
        None where nothing is known.
    """
    first = first_full_week(days, before=before)
    if first is not None:
        return ReferenceDays(first, first + (WEEK_DAYS - 1) * _DAY, are_few=False)
    if not days:
        return None
    best = max(sorted(days), key=lambda day: _amount(days, day))  # the earliest of equals
    return ReferenceDays(best, max(_week(days, best)), are_few=True)


def first_full_week(days: Mapping[date, KnownDay], *, before: date) -> date | None:
    """The first of seven days in a row with enough outcomes each, all of them whole; None where there is none."""
    enough = {day for day, known in days.items() if day < before and not known.is_few}
    weeks = (day for day in sorted(enough) if all(day + at * _DAY in enough for at in range(WEEK_DAYS)))
    return next(weeks, None)


def _amount(days: Mapping[date, KnownDay], first: date) -> tuple[int, int]:
    """Outcomes and rides of the week that begins with a day."""
    week = [days[day] for day in _week(days, first)]
    return sum(known.outcomes for known in week), sum(known.rides for known in week)


def _week(days: Mapping[date, KnownDay], first: date) -> list[date]:
    return [day for at in range(WEEK_DAYS) if (day := first + at * _DAY) in days]
