"""Read how well durations were predicted in a window, beside a plain baseline, and how far the inputs have moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from drivetrain.core.errors import ContractError, FieldError, InvalidInputError
from drivetrain.core.time import Clock
from drivetrain.trips.city.domain.civil_time import CHICAGO, FIRST_YEAR, LAST_YEAR
from drivetrain.trips.outcomes.domain.drift import Drift, by_exposure, drift_of
from drivetrain.trips.outcomes.domain.quality import By, Cells, Figures, Label, figures_of, grouped
from drivetrain.trips.outcomes.domain.reference import KnownDay, choose_days, first_full_week

LONGEST_WINDOW = timedelta(days=31)
USUAL_WINDOW = timedelta(days=1)

_SEARCHED, _SEARCHES = timedelta(days=10), 9
"""Days that are counted at a time, and how often, in search of the week to compare with. Usually it is among the first
days; where it is not found in a quarter, outcomes are hardly reported, and counting years of rides would keep the
database busy for nothing."""

LEAST_PER_PAIR = 5
"""Outcomes of a pair of areas in the reference, for a median of its own; with fewer, the median of all."""

_EARLIEST, _LATEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
"""The years in which there are rides; at the ends of the calendar hours cannot even be counted on."""

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
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


class ReferenceChoice(StrEnum):
    """Why a window is compared with another."""

    NAMED = "named"
    FIRST_FULL_WEEK = "first_full_week"
    MOST_OUTCOMES = "most_outcomes"
    BEFORE_RELEASE = "before_release"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a window is compared with.

    Attributes:
        are_few: True where it is not a full week with enough outcomes on each day; None where somebody named it.
    """

    window: Window
    choice: ReferenceChoice
    are_few: bool | None


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
        synthetic_rides: scored rides of the window that nobody drove.
        reference: None when there is none.
        released: when each version was first released.
    """

    cells: Cells
    medians: Mapping[By, Mapping[Label | None, float]]
    waiting: int
    profile: Profile
    reference: Profile | None
    released: Mapping[str, datetime]
    synthetic_rides: int = 0


class QualityStore(Protocol):
    """Sums up predictions and outcomes. Every method raises UnavailableError without the database."""

    def live_since(self) -> datetime | None:
        """When a version of the model first became champion; None before it."""
        ...

    def first_slot_at(self, since: datetime | None) -> datetime | None:
        """Begin of the oldest slot with a scored ride, of those from an instant on; None before it."""
        ...

    def known_by_day(self, window: Window) -> Mapping[date, KnownDay]:
        """What is known of the rides of a window, by civil day of Chicago; days without a ride are left out.

        Raises:
            UnavailableError: it took too long (``trips.quality_too_slow``).
        """
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
        synthetic_rides: scored rides that nobody drove.
    """

    window: Window
    total: Group
    groups: Mapping[By, tuple[Group, ...]]
    waiting: int
    reference: Reference | None
    drift: Mapping[str, Drift]
    synthetic_rides: int = 0

    @property
    def is_synthetic(self) -> bool:
        """True where rides or their outcomes were drawn: then the figures say nothing of real trips."""
        return self.synthetic_rides > 0 or self.total.figures.synthetic > 0


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
            reference: begin and end of what it is compared with; chosen when left out: the first seven days
                in a row since the model went live that have enough outcomes, else those with the most.

        Raises:
            InvalidInputError: a window is empty or too long, or the reference does not end before the window.
            UnavailableError: the database cannot be reached, or took too long.
        """
        window = self._window(begin, end)
        compared = self._chosen(window) if reference is None else _named(reference, window)
        compared_window = None if compared is None else compared.window
        record = self.store.read(window, by, compared_window, least_per_pair=LEAST_PER_PAIR)
        everything = next(iter(record.medians.values())).get(None)
        return Quality(
            window,
            Group("all", figures_of(record.cells), everything),
            {dimension: _groups(record, dimension) for dimension in by},
            record.waiting,
            compared,
            {}
            if record.reference is None or compared_window is None
            else _drifts(record.profile, window, record.reference, compared_window),
            record.synthetic_rides,
        )

    def _window(self, begin: datetime | None, end: datetime | None) -> Window:
        try:
            until = end or (self.clock.now() if begin is None else begin + USUAL_WINDOW)
            return _checked(Window(begin or until - USUAL_WINDOW, until), "The window")
        except OverflowError:  # a day before or after all time
            raise _bad_window("The window") from None

    def _chosen(self, window: Window) -> Reference | None:
        """Of what was scored since the model went live; only where that is nothing, of what was scored for earlier days."""
        live_since = self.store.live_since()
        chosen = self._searched(live_since, window)
        if chosen is not None or live_since is None:
            return chosen
        earlier = self._searched(None, window)
        return None if earlier is None else replace(earlier, choice=ReferenceChoice.BEFORE_RELEASE)

    def _searched(self, since: datetime | None, window: Window) -> Reference | None:
        first = self.store.first_slot_at(since)
        if first is None or first >= window.begin:
            return None
        known: dict[date, KnownDay] = {}
        before = _civil_day(window.begin)
        begin = first
        for _ in range(_SEARCHES):
            end = min(_midnight(_civil_day(begin) + _SEARCHED), window.begin)
            known |= self.store.known_by_day(Window(begin, end))
            if end == window.begin or first_full_week(known, before=before) is not None:
                break
            begin = end
        days = choose_days(known, before=before)
        if days is None:
            return None
        span = Window(max(first, _midnight(days.first)), min(_midnight(days.last + _DAY), window.begin))
        choice = ReferenceChoice.MOST_OUTCOMES if days.are_few else ReferenceChoice.FIRST_FULL_WEEK
        return Reference(span, choice, days.are_few)


def both_ends(begin: datetime | None, end: datetime | None, place: str) -> tuple[datetime, datetime] | None:
    """The ends of a reference that somebody named; None where neither was.

    Args:
        place: where one is missing: a JSON pointer or an option.

    Raises:
        ContractError: only one was named.
    """
    if begin is None and end is None:
        return None
    if begin is None or end is None:
        detail = "Both ends of the reference are needed."
        raise ContractError([FieldError("input.missing_field", detail, pointer=place)])
    return begin, end


def _civil_day(instant: datetime) -> date:
    return instant.astimezone(CHICAGO.zone).date()


def _midnight(day: date) -> datetime:
    """Begin of a civil day, UTC; Chicago's clocks are never changed at midnight."""
    return datetime(day.year, day.month, day.day, tzinfo=CHICAGO.zone).astimezone(UTC)


def _groups(record: QualityRecord, by: By) -> tuple[Group, ...]:
    medians = record.medians[by]
    figures = grouped(record.cells, by, record.released)
    return tuple(Group(label, own_figures, medians.get(label)) for label, own_figures in figures.items())


def _named(reference: tuple[datetime, datetime], window: Window) -> Reference:
    compared = _checked(Window(*reference), "The reference")
    if compared.end > window.begin:
        raise InvalidInputError(
            "The reference must end before the window begins: the window must not be compared with itself.",
            code="trips.reference_overlaps",
        )
    return Reference(compared, ReferenceChoice.NAMED, are_few=None)


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
