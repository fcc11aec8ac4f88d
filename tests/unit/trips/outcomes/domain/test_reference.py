"""A whole week that says something is compared with, however little was scored before it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.trips.outcomes.domain.reference import KnownDay, ReferenceDays, choose_days

MONDAY = date(2026, 5, 4)
FULL = KnownDay(rides=30_000, outcomes=20_000, hours=24)
SLOT = KnownDay(rides=300, outcomes=250, hours=1)
"""What one slot that was scored by hand leaves: many rides, all of one hour."""

QUIET = KnownDay(rides=200, outcomes=29, hours=20)
SILENT = KnownDay(rides=30_000, outcomes=0, hours=0)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def days(**kinds: KnownDay) -> dict[date, KnownDay]:
    """``d0_6=FULL`` is seven full days from Monday on."""
    known = {}
    for name, kind in kinds.items():
        first, _, last = name.removeprefix("d").partition("_")
        known |= {day(number): kind for number in range(int(first), int(last or first) + 1)}
    return known


@pytest.mark.parametrize(
    ("known", "before", "expected"),
    [
        ({}, 30, None),
        # a week is taken as soon as it is whole, and stays
        (days(d0_6=FULL), 7, (0, 6, False)),
        (days(d0_29=FULL), 30, (0, 6, False)),
        # the window begins within the seventh day
        (days(d0_6=FULL), 6, (0, 6, True)),
        # one slot that was scored by hand, days before or on the day before
        (days(d0=SLOT, d10_16=FULL), 30, (10, 16, False)),
        (days(d0=SLOT, d1_7=FULL), 30, (1, 7, False)),
        # many such slots are no week either
        (days(d0_9=SLOT, d10_16=FULL), 30, (10, 16, False)),
        # a hole or a thin day begins the count again
        (days(d0_3=FULL, d5_11=FULL), 30, (5, 11, False)),
        (days(d0_3=FULL, d4=QUIET, d5_11=FULL), 30, (5, 11, False)),
        # without a whole week: where most outcomes are, not where it began
        (days(d0=SLOT, d10_12=FULL), 30, (10, 12, True)),
        (days(d0_1=FULL, d3=FULL, d8_9=FULL), 30, (0, 3, True)),
        (days(d0_9=QUIET), 30, (0, 6, True)),
        (days(d0=SLOT), 1, (0, 0, True)),
        # no outcomes at all: drift can still be seen
        (days(d0=KnownDay(10, 0, 0), d3_9=SILENT), 30, (3, 9, True)),
    ],
)
def test_what_is_chosen(
    known: dict[date, KnownDay], before: int, expected: tuple[int, int, bool] | None
) -> None:
    chosen = choose_days(known, before=day(before))
    assert chosen == (
        None if expected is None else ReferenceDays(day(expected[0]), day(expected[1]), expected[2])
    )


@given(
    st.dictionaries(
        st.integers(0, 30).map(day),
        st.builds(KnownDay, st.integers(1, 100), st.integers(0, 60), st.integers(0, 24)),
        min_size=1,
    )
)
def test_it_is_a_week_at_most_and_begins_and_ends_on_known_days(known: dict[date, KnownDay]) -> None:
    chosen = choose_days(known, before=day(31))
    assert chosen is not None
    assert chosen.first in known and chosen.last in known
    span = (chosen.last - chosen.first).days + 1
    assert 1 <= span <= 7
    if not chosen.are_few:
        assert span == 7 and all(not known[chosen.first + timedelta(days=at)].is_few for at in range(7))


@given(st.lists(st.sampled_from([FULL, SLOT, QUIET]), min_size=1, max_size=30), st.integers(1, 30))
def test_a_full_week_stays_the_choice_as_days_are_added(kinds: list[KnownDay], seen: int) -> None:
    known = {day(number): kind for number, kind in enumerate(kinds)}
    early = choose_days({each: kind for each, kind in known.items() if each < day(seen)}, before=day(seen))
    if early is not None and not early.are_few:
        assert choose_days(known, before=day(31)) == early
