"""Which window is read, and what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.support.fakes import FixedClock

from drivetrain.core.errors import ContractError, InvalidInputError
from drivetrain.trips.outcomes.application.read_quality import (
    Profile,
    QualityRecord,
    ReadQuality,
    Reference,
    ReferenceChoice,
    Window,
    both_ends,
)
from drivetrain.trips.outcomes.domain.drift import Verdict
from drivetrain.trips.outcomes.domain.quality import By, Cells
from drivetrain.trips.outcomes.domain.reference import KnownDay

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
FIRST = datetime(2026, 5, 4, 5, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NO_CELLS = Cells(
    **{
        name: np.array([], dtype={"hour": "datetime64[h]", "version": np.str_}.get(name, np.float64))
        for name in Cells.__dataclass_fields__
    }
)


FULL = KnownDay(rides=30_000, outcomes=20_000, hours=24)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("America/Chicago")).astimezone(UTC)


def known_days(begin: datetime, number: int, kind: KnownDay = FULL) -> dict[date, KnownDay]:
    first = begin.astimezone(ZoneInfo("America/Chicago")).date()
    return {first + at * DAY: kind for at in range(number)}


@dataclass
class Recorded:
    """A store that answers with what it was given and remembers what it was asked."""

    first: datetime | None = FIRST
    live: datetime | None = None
    days: dict[date, KnownDay] = field(default_factory=lambda: known_days(FIRST, 16))
    counted: list[Window] = field(default_factory=list)
    now: Profile = field(default_factory=lambda: Profile({}, {}))
    before: Profile = field(default_factory=lambda: Profile({}, {}))
    asked: tuple[Window, Window | None] | None = None
    synthetic_rides: int = 0

    def live_since(self) -> datetime | None:
        return self.live

    def first_slot_at(self, since: datetime | None) -> datetime | None:
        """The first slot stands at the begin of the first known day."""
        days = [midnight(day) for day in sorted(self.days) if since is None or midnight(day) >= since]
        return None if self.first is None else max(self.first, days[0]) if days else None

    def known_by_day(self, window: Window) -> dict[date, KnownDay]:
        self.counted.append(window)
        return {day: known for day, known in self.days.items() if window.begin <= midnight(day) < window.end}

    def read(
        self, window: Window, by: Sequence[By], reference: Window | None, *, least_per_pair: int
    ) -> QualityRecord:
        self.asked = window, reference
        medians = {each: {} for each in by}
        before = None if reference is None else self.before
        return QualityRecord(NO_CELLS, medians, 0, self.now, before, {}, self.synthetic_rides)


def asked(store: Recorded, *window: datetime | None, **options: object) -> tuple[Window, Window | None]:
    ReadQuality(store, FixedClock(NOW))(*window, **options)  # type: ignore[arg-type]
    assert store.asked is not None
    return store.asked


def test_without_a_window_it_is_the_last_day() -> None:
    assert asked(Recorded())[0] == Window(NOW - DAY, NOW)
    assert asked(Recorded(), FIRST)[0] == Window(FIRST, FIRST + DAY)
    assert asked(Recorded(), None, FIRST)[0] == Window(FIRST - DAY, FIRST)


@pytest.mark.parametrize("rides", [0, 40])
def test_a_window_of_drawn_rides_is_synthetic_before_any_outcome_is_known(rides: int) -> None:
    quality = ReadQuality(Recorded(synthetic_rides=rides), FixedClock(NOW))()
    assert quality.is_synthetic == (rides > 0)


def test_the_first_week_is_what_is_compared_with() -> None:
    assert asked(Recorded())[1] == Window(FIRST, FIRST + 7 * DAY)


def test_a_younger_installation_compares_with_what_it_has() -> None:
    """Never with rides of the window itself: a baseline that has seen them would look too good."""
    assert asked(Recorded(), FIRST + 2 * DAY, FIRST + 3 * DAY)[1] == Window(FIRST, FIRST + 2 * DAY)


@pytest.mark.parametrize("first", [None, FIRST, FIRST + HOUR])
def test_with_nothing_before_the_window_there_is_no_reference(first: datetime | None) -> None:
    store = Recorded(first=first)
    assert asked(store, FIRST, FIRST + DAY)[1] is None
    assert ReadQuality(store, FixedClock(NOW))(FIRST, FIRST + DAY).drift == {}


SLOT = KnownDay(rides=300, outcomes=250, hours=1)


def chosen(store: Recorded, begin: datetime = NOW - DAY) -> Reference | None:
    return ReadQuality(store, FixedClock(NOW))(begin, begin + DAY).reference


def test_an_early_backfill_does_not_become_the_reference() -> None:
    """A slot of long ago that somebody scored by hand, as the documentation shows it."""
    backfill = FIRST - 100 * DAY
    store = Recorded(first=backfill, live=FIRST, days=known_days(backfill, 1, SLOT) | known_days(FIRST, 16))
    assert chosen(store) == Reference(
        Window(FIRST, FIRST + 7 * DAY), ReferenceChoice.FIRST_FULL_WEEK, are_few=False
    )


def test_until_a_week_is_full_the_days_with_most_outcomes_are_few() -> None:
    store = Recorded(live=FIRST, days=known_days(FIRST, 1, SLOT) | known_days(FIRST + DAY, 3))
    assert chosen(store, FIRST + 3 * DAY) == Reference(
        Window(FIRST, FIRST + 3 * DAY), ReferenceChoice.MOST_OUTCOMES, are_few=True
    )


def test_rides_of_before_the_release_count_only_where_there_are_no_others() -> None:
    store = Recorded(live=NOW)
    assert chosen(store, FIRST + 9 * DAY) == Reference(
        Window(FIRST, FIRST + 7 * DAY), ReferenceChoice.BEFORE_RELEASE, are_few=False
    )


def test_the_search_ends_with_the_week_it_is_for() -> None:
    early = midnight(date(2026, 3, 5))
    store = Recorded(first=early, days=known_days(FIRST, 16) | known_days(early, 1, SLOT))
    assert chosen(store) == Reference(
        Window(FIRST, FIRST + 7 * DAY), ReferenceChoice.FIRST_FULL_WEEK, are_few=False
    )
    assert [round((window.end - window.begin) / DAY) for window in store.counted] == [10] * 7


def test_years_without_outcomes_are_not_counted_through() -> None:
    silent = KnownDay(rides=30_000, outcomes=0, hours=0)
    store = Recorded(first=FIRST - 700 * DAY, days=known_days(FIRST - 700 * DAY, 716, silent))
    reference = chosen(store)
    assert reference is not None and reference.are_few
    assert [round((window.end - window.begin) / DAY) for window in store.counted] == [10] * 9


def test_the_days_of_a_changed_clock_are_whole_ones() -> None:
    march = datetime(2026, 3, 5, 6, tzinfo=UTC)  # the clock is set forward on the 8th
    reference = chosen(Recorded(first=march, days=known_days(march, 20)), march + 15 * DAY)
    assert reference is not None
    assert reference.window == Window(march, march + 7 * DAY - HOUR)


@pytest.mark.parametrize("ends", [(FIRST, None), (None, FIRST)])
def test_a_reference_has_two_ends(ends: tuple[datetime | None, datetime | None]) -> None:
    with pytest.raises(ContractError) as refused:
        both_ends(*ends, "--reference-from")
    assert refused.value.errors[0].pointer == "--reference-from"
    assert both_ends(None, None, "") is None


def test_a_reference_may_be_named() -> None:
    window = asked(Recorded(), NOW - DAY, NOW, reference=(FIRST, FIRST + DAY))
    assert window[1] == Window(FIRST, FIRST + DAY)


@pytest.mark.parametrize(
    ("window", "reference", "code"),
    [
        ((NOW, NOW), None, "trips.bad_window"),
        ((NOW, NOW - HOUR), None, "trips.bad_window"),
        ((NOW - 32 * DAY, NOW), None, "trips.bad_window"),
        ((datetime.max.replace(tzinfo=UTC), None), None, "trips.bad_window"),
        ((None, datetime.min.replace(tzinfo=UTC)), None, "trips.bad_window"),
        ((datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)), None, "trips.bad_window"),
        (
            (datetime(9999, 12, 31, 20, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)),
            None,
            "trips.bad_window",
        ),
        ((NOW - DAY, NOW), (NOW - 2 * DAY, NOW - HOUR), "trips.reference_overlaps"),
        ((NOW - DAY, NOW), (FIRST, FIRST), "trips.bad_window"),
        (
            (NOW - DAY, NOW),
            (datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)),
            "trips.bad_window",
        ),
    ],
)
def test_windows_that_make_no_sense_are_refused(window: tuple, reference: tuple | None, code: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        asked(Recorded(), *window, reference=reference)
    assert raised.value.code == code


def profile(begin: datetime, hours: int, per_hour: int, pairs: dict[tuple[int, int], int]) -> Profile:
    return Profile(pairs, {begin + at * HOUR: per_hour for at in range(hours)})


def test_a_day_against_a_week_is_compared_by_its_own_hours() -> None:
    """Wednesday has twice the rides of other days, in the window as in the reference: nothing has moved."""
    wednesday, monday = FIRST + 9 * DAY, FIRST
    week = {monday + at * HOUR: 200 if 48 <= at < 72 else 100 for at in range(7 * 24)}
    store = Recorded(
        now=profile(wednesday, 24, 200, {(8, 32): 4_800}), before=Profile({(8, 32): sum(week.values())}, week)
    )
    drift = ReadQuality(store, FixedClock(NOW))(wednesday, wednesday + DAY).drift
    assert {name: each.verdict for name, each in drift.items()} == dict.fromkeys(
        ("pickup_community_area", "dropoff_community_area", "pair_of_areas", "hour_of_week"), Verdict.STABLE
    )
    assert drift["hour_of_week"].categories == 24


def test_hours_in_which_the_scorer_was_down_are_not_taken_for_quiet_ones() -> None:
    wednesday = FIRST + 9 * DAY
    full = profile(FIRST, 7 * 24, 100, {(8, 32): 16_800})
    holed = {hour: rides for hour, rides in profile(wednesday, 24, 100, {}).hours.items() if hour.hour > 12}
    store = Recorded(now=Profile({(8, 32): sum(holed.values())}, holed), before=full)
    assert (
        ReadQuality(store, FixedClock(NOW))(wednesday, wednesday + DAY).drift["hour_of_week"].verdict
        is Verdict.STABLE
    )


def test_a_part_of_an_hour_counts_as_a_part() -> None:
    """A window that begins at half past has half the rides of that hour."""
    wednesday = FIRST + 9 * DAY
    hours = {wednesday + at * HOUR: 50 if at == 0 else 100 for at in range(24)}
    store = Recorded(
        now=Profile({(8, 32): 2_350}, hours), before=profile(FIRST, 7 * 24, 100, {(8, 32): 16_800})
    )
    drift = ReadQuality(store, FixedClock(NOW))(wednesday + HOUR / 2, wednesday + DAY).drift["hour_of_week"]
    assert drift.index == pytest.approx(0, abs=1e-6)


def test_turned_rides_are_seen_in_both_areas() -> None:
    wednesday = FIRST + 9 * DAY
    store = Recorded(
        now=profile(wednesday, 24, 100, {(32, 8): 2_400}), before=profile(FIRST, 168, 100, {(8, 32): 16_800})
    )
    drift = ReadQuality(store, FixedClock(NOW))(wednesday, wednesday + DAY).drift
    assert {name for name, each in drift.items() if each.verdict is Verdict.DRIFTED} == {
        "pickup_community_area",
        "dropoff_community_area",
        "pair_of_areas",
    }


@pytest.mark.parametrize(
    ("begin", "length", "hours"),
    [
        (FIRST, HOUR, [0]),
        (FIRST, 3 * HOUR, [0, 1, 2]),
        (FIRST + HOUR / 2, HOUR, [0, 1]),
        (FIRST + HOUR / 2, HOUR / 2, [0]),
        (FIRST - HOUR, 2 * HOUR, [0, 23]),
        (FIRST, DAY, list(range(24))),
        (FIRST, 31 * DAY, list(range(24))),
        (datetime(2026, 3, 8, 7, tzinfo=UTC), 2 * HOUR, [1, 3]),  # the clocks skip an hour
        (datetime(2026, 11, 1, 6, tzinfo=UTC), 2 * HOUR, [1]),  # the clocks repeat one
    ],
)
def test_a_morning_is_compared_with_mornings(begin: datetime, length: timedelta, hours: list[int]) -> None:
    assert Window(begin, begin + length).hours_of_day() == hours
