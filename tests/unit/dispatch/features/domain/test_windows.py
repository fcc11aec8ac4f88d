"""Windows give what a plain loop over the log gives, whatever the order, the pieces, the repeats and the delays."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.ride_steps import (
    DAY_US,
    HOUR_US,
    MINUTE_US,
    START_US,
    Step,
    a_log,
    features_by_loop,
    step_columns,
)

from drivetrain.dispatch.features.domain import windows
from drivetrain.dispatch.features.domain.windows import DriverWindows, windows_of

DRIVERS = ["d0", "d1", "d2", "d3"]


def records(
    steps: list[Step], drivers: list[str], as_of_us: int, cuts: list[int] | None = None
) -> np.ndarray:
    state = DriverWindows()
    for first, end in pairwise(sorted({0, len(steps), *(cut % (len(steps) + 1) for cut in cuts or ())})):
        state.apply(step_columns(steps[first:end]))
    return windows_of(state, drivers, as_of_us)


def by_loop(steps: list[Step], drivers: list[str], as_of_us: int) -> np.ndarray:
    rows = [features_by_loop(steps, driver, as_of_us) for driver in drivers]
    return np.array(rows, dtype=windows.STATS_LAYOUT.dtype)


def assert_equal_bits(ours: np.ndarray, theirs: np.ndarray) -> None:
    for name in windows.STATS_LAYOUT.names:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


def test_a_thousand_drivers_have_what_a_plain_loop_gives() -> None:
    drivers = [f"driver_{number}" for number in range(1_000)]
    steps = a_log(7, 12_000, drivers)
    end_us = steps[-1].known_us
    ours = records(steps, drivers, end_us, [1, 500, 4_000, 4_001])
    of_driver: dict[str, list[Step]] = {driver: [] for driver in drivers}
    for step in steps:
        of_driver[step.driver_id].append(step)
    loop = [features_by_loop(of_driver[driver], driver, end_us) for driver in drivers]
    assert_equal_bits(ours, np.array(loop, dtype=windows.STATS_LAYOUT.dtype))
    assert 900 < np.isfinite(ours["accept_rate_7d"]).sum() <= 1_000
    assert 0 < (ours["trips_1h"] > 0).sum() < 1_000


@given(
    st.integers(0, 1_000), st.integers(0, 120), st.lists(st.integers(0, 120), max_size=5), st.integers(0, 9)
)
def test_the_pieces_in_which_the_log_is_read_change_nothing(
    seed: int, count: int, cuts: list[int], days: int
) -> None:
    steps = a_log(seed, count, DRIVERS)
    as_of_us = max([START_US, *(step.known_us for step in steps)]) + days * DAY_US
    assert_equal_bits(records(steps, DRIVERS, as_of_us, cuts), by_loop(steps, DRIVERS, as_of_us))


@given(st.integers(0, 1_000), st.randoms(use_true_random=False))
def test_partitions_may_be_read_in_any_turn(seed: int, turns: random.Random) -> None:
    """A partition may be days ahead of another: a worker that starts reads each as far as a batch goes."""
    steps = a_log(seed, 120, DRIVERS)
    queues = [[step for step in steps if step.partition == partition] for partition in range(4)]
    state = DriverWindows()
    while any(queues):
        queue = turns.choice([queue for queue in queues if queue])
        size = turns.randrange(1, len(queue) + 1)
        state.apply(step_columns(queue[:size]))
        del queue[:size]
    end_us = steps[-1].known_us
    assert_equal_bits(windows_of(state, DRIVERS, end_us), by_loop(steps, DRIVERS, end_us))


@given(st.integers(0, 1_000), st.integers(1, 3))
def test_steps_that_come_again_are_counted_once(seed: int, times: int) -> None:
    steps = [step for step in a_log(seed, 60, DRIVERS) if step.partition == 0]
    again = [step for step in steps for _ in range(times + 1)]
    end_us = max([START_US, *(step.known_us for step in steps)])
    assert_equal_bits(records(again, DRIVERS, end_us), records(steps, DRIVERS, end_us))


@given(st.integers(0, 1_000), st.randoms(use_true_random=False))
def test_the_order_within_ten_minutes_changes_nothing(seed: int, order: random.Random) -> None:
    steps = a_log(seed, 60, DRIVERS, span_us=MINUTE_US)
    end_us = START_US + 20 * MINUTE_US
    shuffled = order.sample(steps, len(steps))
    first = {(step.request_id, step.version): step for step in reversed(steps)}
    kept = [replace(step, known_us=first[step.request_id, step.version].known_us) for step in shuffled]
    assert_equal_bits(records(kept, DRIVERS, end_us), by_loop(list(first.values()), DRIVERS, end_us))


def test_a_step_counts_from_when_the_log_got_it_not_from_when_it_happened() -> None:
    late = Step(0, "r", 2, "d0", START_US + 8 * DAY_US, "accept", 4_000)
    (known,) = records([late], ["d0"], late.known_us)
    assert known["accept_rate_7d"] == 1.0
    (unknown,) = records([], ["d0"], late.known_us - 1)
    assert np.isnan(unknown["accept_rate_7d"])


# What happened to one driver, and what their features are then.
CASES = [
    pytest.param([], (np.nan, np.nan, 0), id="nothing is known"),
    pytest.param([("accept", 4_000)], (1.0, 4_000.0, 0), id="one offer accepted"),
    pytest.param([("expire", None)], (0.0, np.nan, 0), id="silence is a refusal but no answer"),
    pytest.param([("accept", 2_000), ("decline", 6_000)], (0.5, 4_000.0, 0), id="both answers have a time"),
    pytest.param([("accept", None)], (1.0, np.nan, 0), id="an answer whose offer is not known has no time"),
    pytest.param([("accept", 0)], (1.0, 0.0, 0), id="an answer at once is an answer"),
    pytest.param([("complete", None)] * 3, (np.nan, np.nan, 3), id="trips without offers"),
    pytest.param([("accept", 10**9)], (1.0, 600_000.0, 0), id="an answer that took too long"),
]


@pytest.mark.parametrize(("happened", "expected"), CASES)
def test_the_definitions(happened: list[tuple[str, int | None]], expected: tuple[float, float, int]) -> None:
    steps = [Step(0, f"r{n}", 1, "d0", START_US, kind, ms) for n, (kind, ms) in enumerate(happened)]
    (record,) = records(steps, ["d0"], START_US)
    np.testing.assert_array_equal(record.item(), expected)


def test_a_window_begins_with_the_tile_of_its_first_instant() -> None:
    trip = [Step(0, "r", 4, "d0", START_US + 4 * MINUTE_US, "complete")]
    last_us = START_US + HOUR_US + 5 * MINUTE_US - 1
    assert records(trip, ["d0"], last_us)["trips_1h"] == 1
    assert records(trip, ["d0"], last_us + 1)["trips_1h"] == 0
    offer = [Step(0, "r", 2, "d0", START_US, "accept", 1_000)]
    last_us = START_US + 7 * DAY_US + 6 * HOUR_US - 1
    assert records(offer, ["d0"], last_us)["accept_rate_7d"] == 1
    assert np.isnan(records(offer, ["d0"], last_us + 1)["accept_rate_7d"])


def test_a_window_cannot_be_asked_for_before_what_it_counted() -> None:
    state = DriverWindows()
    state.apply(step_columns([Step(0, "r", 2, "d0", START_US, "accept", 1_000)]))
    with pytest.raises(ValueError, match="before the newest step"):
        windows_of(state, ["d0"], START_US - 1)


def test_a_counter_that_is_full_stays_full() -> None:
    state = DriverWindows()
    state.apply(step_columns([Step(0, f"r{n}", 4, "d0", START_US, "complete") for n in range(65_534)]))
    state.apply(step_columns([Step(0, f"s{n}", 4, "d0", START_US, "complete") for n in range(9)]))
    assert windows_of(state, ["d0"], START_US)["trips_1h"] == 65_535


@given(st.integers(0, 1_000), st.integers(0, 15))
def test_who_is_forgotten_had_nothing_left_and_the_others_keep_theirs(seed: int, days: int) -> None:
    steps = a_log(seed, 30, DRIVERS)
    state = DriverWindows()
    state.apply(step_columns(steps))
    as_of_us = steps[-1].known_us + days * DAY_US
    before = windows_of(state, DRIVERS, as_of_us)
    known = len(state)
    assert state.forget(as_of_us) == known - len(state)
    assert_equal_bits(windows_of(state, DRIVERS, as_of_us), before)
    state.apply(step_columns([Step(0, "new", 1, "d9", as_of_us, "accept", 500)]))
    assert windows_of(state, ["d9"], as_of_us)["accept_rate_7d"] == 1
    assert_equal_bits(windows_of(state, DRIVERS, as_of_us), before)


def test_drivers_beyond_the_most_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MOST_DRIVERS", 1)
    state = DriverWindows()
    state.apply(step_columns([Step(0, f"r{n}", 2, f"d{n}", START_US, "accept", 1_000) for n in range(3)]))
    assert (state.driver_ids, state.ignored) == (["d0"], 2)
    assert np.isnan(windows_of(state, ["d1"], START_US)["accept_rate_7d"])
