"""Read how well durations were predicted in a window, beside a plain baseline, and how far the inputs have moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import Clock
from drivetrain.trips.city.domain.civil_time import CHICAGO, FIRST_YEAR, LAST_YEAR
from drivetrain.trips.outcomes.domain.drift import Drift, by_exposure, drift_of
from drivetrain.trips.outcomes.domain.quality import By, Cells, Figures, Label, figures_of, grouped

LONGEST_WINDOW = timedelta(days=31)
USUAL_WINDOW = timedelta(days=1)
REFERENCE = timedelta(days=7)
"""Of the first rides that were scored: a week has every hour of the week in it."""

LEAST_PER_PAIR = 5
"""Outcomes of a pair of areas in the reference, for a median of its own; with fewer, the median of all."""

_EARLIEST, _LATEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
"""The years in which there are rides; at the ends of the calendar hours cannot even be counted on."""

_HOUR = timedelta(hours=1)
_MOST_HOURS = 26
"""A longer window holds every hour of the day, also when one is skipped."""


@dataclass(frozen=True, slots=True)
class Window:
    """Slots that begin in ``[begin, end)``; both aware, UTC."""

    begin: datetime
    end: datetime

    def hours_of_day(self) -> list[int]:
        """The hours of the day that the window touches, by the clocks of Chicago, ascending."""
        whole_hours = int((self.end - self.begin) / _HOUR) + 2
        starts = (self.begin + hours * _HOUR for hours in range(min(whole_hours, _MOST_HOURS)))
        last = self.end - timedelta(microseconds=1)
        return sorted({min(start, last).astimezone(CHICAGO.zone).hour for start in starts})


@dataclass(frozen=True, slots=True)
class Profile:
    """Scored rides of a window, counted.

    Attributes:
        pairs: by pick-up and drop-off area.
        hours: by the hour in which their slot begins, aware.
    """

    pairs: Mapping[tuple[int, int], int]
    hours: Mapping[datetime, int]


@dataclass(frozen=True, slots=True)
class QualityRecord:
    """What the database says of a window, in one state of the tables.

    Attributes:
        medians: median absolute error of each group in each grouping, minutes; that of all under None.
        waiting: outcomes reported in the window whose trip has no prediction.
        reference: None when there is none.
        released: when each version was first released.
    """

    cells: Cells
    medians: Mapping[By, Mapping[Label | None, float]]
    waiting: int
    profile: Profile
    reference: Profile | None
    released: Mapping[str, datetime]


class QualityStore(Protocol):
    """Sums up predictions and outcomes. Every method raises UnavailableError without the database."""

    def first_slot_at(self) -> datetime | None:
        """Begin of the oldest slot with a scored ride; None before it."""
        ...

    def read(
        self, window: Window, by: Sequence[By], reference: Window | None, *, least_per_pair: int
    ) -> QualityRecord:
        """Sum up a window.

        Args:
            by: what medians are grouped by, at least one.
            reference: from which the baseline's medians come, and the profile of the window's hours of the
                day.
            least_per_pair: outcomes that a pair needs for a median of its own.

        Raises:
            UnavailableError: it took too long (``trips.quality_too_slow``).
        """
        ...


@dataclass(frozen=True, slots=True)
class Group:
    """One group of rides with its figures."""

    label: Label
    figures: Figures
    median_absolute_error_min: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """What is known of a window.

    Attributes:
        reference: None when nothing was scored before the window.
        drift: by input; empty without a reference.
    """

    window: Window
    total: Group
    groups: Mapping[By, tuple[Group, ...]]
    waiting: int
    reference: Window | None
    drift: Mapping[str, Drift]


@dataclass(frozen=True, slots=True)
class ReadQuality:
    """Reads the quality of a window."""

    store: QualityStore
    clock: Clock

    def __call__(
        self,
        begin: datetime | None = None,
        end: datetime | None = None,
        *,
        by: Sequence[By] = (By.DAY,),
        reference: tuple[datetime, datetime] | None = None,
    ) -> Quality:
        """Read a window.

        Args:
            begin, end: of the window, aware; the last day up to now when left out.
            by: the groupings wanted, at least one.
            reference: begin and end of what it is compared with; the first week of scored rides when left
                out.

        Raises:
            InvalidInputError: a window is empty or too long, or the reference does not end before the window.
            UnavailableError: the database cannot be reached, or took too long.
        """
        window = self._window(begin, end)
        compared = self._first_week(window) if reference is None else _reference_window(reference, window)
        record = self.store.read(window, by, compared, least_per_pair=LEAST_PER_PAIR)
        everything = next(iter(record.medians.values())).get(None)
        return Quality(
            window,
            Group("all", figures_of(record.cells), everything),
            {dimension: _groups(record, dimension) for dimension in by},
            record.waiting,
            compared,
            {}
            if record.reference is None or compared is None
            else _drifts(record.profile, window, record.reference, compared),
        )

    def _window(self, begin: datetime | None, end: datetime | None) -> Window:
        try:
            until = end or (self.clock.now() if begin is None else begin + USUAL_WINDOW)
            return _checked(Window(begin or until - USUAL_WINDOW, until), "The window")
        except OverflowError:  # a day before or after all time
            raise _bad_window("The window") from None

    def _first_week(self, window: Window) -> Window | None:
        first = self.store.first_slot_at()
        if first is None or first >= window.begin:
            return None
        return Window(first, min(first + REFERENCE, window.begin))


def _groups(record: QualityRecord, by: By) -> tuple[Group, ...]:
    medians = record.medians[by]
    figures = grouped(record.cells, by, record.released)
    return tuple(Group(label, own_figures, medians.get(label)) for label, own_figures in figures.items())


def _reference_window(reference: tuple[datetime, datetime], window: Window) -> Window:
    compared = _checked(Window(*reference), "The reference")
    if compared.end > window.begin:
        raise InvalidInputError(
            "The reference must end before the window begins: the window must not be compared with itself.",
            code="trips.reference_overlaps",
        )
    return compared


def _checked(window: Window, subject: str) -> Window:
    is_in_calendar = window.begin >= _EARLIEST and window.end <= _LATEST
    if not is_in_calendar or not timedelta(0) < window.end - window.begin <= LONGEST_WINDOW:
        raise _bad_window(subject)
    return window


def _bad_window(subject: str) -> InvalidInputError:
    return InvalidInputError(
        f"{subject} must end after it begins, span at most {LONGEST_WINDOW.days} days, and lie in the years {FIRST_YEAR} to "
        f"{LAST_YEAR}.",
        code="trips.bad_window",
    )


def _drifts(current: Profile, window: Window, earlier: Profile, reference: Window) -> dict[str, Drift]:
    weekly = by_exposure(
        _by_hour_of_week(current),
        _by_hour_of_week(earlier),
        _observed(current, window),
        _observed(earlier, reference),
    )
    return {
        "pickup_community_area": drift_of(*(_by_area(profile, 0) for profile in (current, earlier))),
        "dropoff_community_area": drift_of(*(_by_area(profile, 1) for profile in (current, earlier))),
        "pair_of_areas": drift_of(
            *({f"{a} to {b}": n for (a, b), n in profile.pairs.items()} for profile in (current, earlier))
        ),
        "hour_of_week": drift_of(*weekly),
    }


def _by_area(profile: Profile, side: int) -> dict[str, float]:
    rides_by_area: dict[str, float] = {}
    for pair, rides in profile.pairs.items():
        rides_by_area[str(pair[side])] = rides_by_area.get(str(pair[side]), 0) + rides
    return rides_by_area


def _by_hour_of_week(profile: Profile) -> dict[str, float]:
    rides_by_hour: dict[str, float] = {}
    for hour, rides in profile.hours.items():
        name = _hour_of_week(hour)
        rides_by_hour[name] = rides_by_hour.get(name, 0) + rides
    return rides_by_hour


def _observed(profile: Profile, window: Window) -> dict[str, float]:
    """Hours of the window by hour of the week.

    An hour in which nothing was scored does not count: the scorer was down.
    """
    hours_by_name: dict[str, float] = {}
    for hour in profile.hours:
        name = _hour_of_week(hour)
        hours_by_name[name] = (
            hours_by_name.get(name, 0) + (min(hour + _HOUR, window.end) - max(hour, window.begin)) / _HOUR
        )
    return hours_by_name


def _hour_of_week(hour: datetime) -> str:
    """By the clocks of Chicago: ``Mon 08``."""
    return hour.astimezone(CHICAGO.zone).strftime("%a %H")
