"""Gains in the user's own money."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.domain.rule import BufferRule, ChainedRentals
from drivetrain.rental.buffer.domain.worth import BufferWorth, WorthInputs

DRAWS = ClusterBootstrap(draws=100, seed=1)


def fleet(seed: int = 0, n: int = 600) -> ChainedRentals:
    rng = np.random.default_rng(seed)
    delay = np.rint(rng.normal(0, 80, n))
    return ChainedRentals(
        rental_id=np.arange(n),
        gap_min=30.0 * rng.integers(0, 25, n),
        previous_delay_min=np.where(rng.random(n) < 0.1, np.nan, delay),
        is_connect=rng.random(n) < 0.4,
        is_canceled=rng.random(n) < 0.1,
        car=np.arange(n),
        rentals_by_car=np.full(n, 2),
    )


def gain_by_hand(rentals: ChainedRentals, rule: BufferRule, inputs: WorthInputs) -> float:
    """The expected gain, booking by booking."""
    total = 0.0
    for gap, delay, connect, canceled in zip(
        rentals.gap_min, rentals.previous_delay_min, rentals.is_connect, rentals.is_canceled, strict=True
    ):
        threshold = rule.connect_min if connect else rule.mobile_min
        if np.isnan(delay) or gap >= threshold:
            continue
        moved = inputs.shift_share if threshold - gap <= inputs.shift_up_to_min else 0.0
        if not canceled:
            total -= inputs.booking_value * (1 - inputs.recapture_share) * (1 - moved)
        if delay > gap:
            total += inputs.conflict_cost * (1 - moved * (delay > threshold))
    return 100 * total / rentals.is_known.sum()


INPUTS = [
    WorthInputs(100, 300),
    WorthInputs(100, 900, recapture_share=0.4),
    WorthInputs(80, 250, recapture_share=0.2, shift_share=0.5, shift_up_to_min=45),
]


@pytest.mark.parametrize("inputs", INPUTS)
def test_the_answer_is_the_best_of_all_rules_counted_by_hand(inputs):
    rentals = fleet()
    worth = BufferWorth(rentals, DRAWS, shift_up_to_min=inputs.shift_up_to_min, step_min=120)
    uniform_gains = [gain_by_hand(rentals, BufferRule(t, t), inputs) for t in range(0, 721, 120)]
    np.testing.assert_allclose(worth.curve(inputs).value, uniform_gains, atol=1e-8)
    answer = worth.best_uniform(inputs)
    assert answer.gain[0] == pytest.approx(max(uniform_gains))
    pair = worth.best_pair(inputs)
    pairs = [
        gain_by_hand(rentals, BufferRule(c, m), inputs)
        for c in range(0, 721, 120)
        for m in range(0, 721, 120)
    ]
    assert pair.gain[0] == pytest.approx(max(pairs))
    assert pair.gain[1] <= pair.gain[0] <= pair.gain[2]


@pytest.mark.parametrize("inputs", INPUTS)
@pytest.mark.parametrize("kind", ["best_uniform", "best_pair"])
def test_inside_its_region_the_rule_stays_the_best_and_just_outside_it_does_not(inputs, kind):
    worth = BufferWorth(fleet(), DRAWS, shift_up_to_min=inputs.shift_up_to_min)
    answer = getattr(worth, kind)(inputs)
    crossings = 0
    for name, (low, high) in answer.regions.items():
        limit = 1.0 if name.endswith("share") else np.inf
        assert low <= getattr(inputs, name) <= high
        for edge, inside, outside in ((low, 1.001, 0.999), (high, 0.999, 1.001)):
            if not 0 < edge < limit:
                continue
            assert getattr(worth, kind)(replace(inputs, **{name: edge * inside})).rule == answer.rule
            assert getattr(worth, kind)(replace(inputs, **{name: edge * outside})).rule != answer.rule
            crossings += 1
    assert crossings >= 2, "a region without an edge would show nothing"


def test_where_a_conflict_costs_nothing_no_rule_is_best():
    answer = BufferWorth(fleet(), DRAWS).best_pair(WorthInputs(100, 0))
    assert answer.rule == BufferRule(0, 0)
    assert answer.gain == (0, 0, 0)


def test_where_every_refused_driver_books_again_only_conflicts_count():
    rentals = fleet()
    answer = BufferWorth(rentals, DRAWS).best_uniform(WorthInputs(100, 50, recapture_share=1.0))
    assert answer.gain[0] == pytest.approx(50 * 100 * rentals.is_conflict.sum() / rentals.is_known.sum())


def test_the_band_of_unknown_delays_lies_around_the_known_ones_and_vanishes_without_them():
    rentals = fleet()
    answer = BufferWorth(rentals, DRAWS).best_uniform(WorthInputs(100, 500))
    assert answer.gain_worst < answer.gain[0] < answer.gain_best
    known = replace(rentals, previous_delay_min=np.nan_to_num(rentals.previous_delay_min, nan=-1.0))
    sure = BufferWorth(known, DRAWS).best_uniform(WorthInputs(100, 500))
    assert sure.gain_worst == pytest.approx(sure.gain[0]) == pytest.approx(sure.gain_best)


@pytest.mark.parametrize("conflict_cost", [0, 20, 100, 500])
@pytest.mark.parametrize("booking_value", [0, 30, 100])
def test_no_band_leaves_its_own_gain_out(booking_value, conflict_cost):
    inputs = WorthInputs(booking_value, conflict_cost)
    worth = BufferWorth(fleet(), DRAWS)
    for answer in (worth.best_uniform(inputs), worth.best_pair(inputs)):
        assert answer.gain_worst <= answer.gain[0] <= answer.gain_best


def test_unknown_bookings_that_lose_money_even_when_late_leave_the_best_at_the_gain_that_leaves_them_out():
    """Every known booking was canceled and late, so that touching it saves a conflict; unknown ones were carried out."""
    rentals = fleet()
    late = np.where(rentals.is_known, 1_000.0, np.nan)
    split = replace(rentals, previous_delay_min=late, is_canceled=rentals.is_known)
    answer = BufferWorth(split, DRAWS).best_uniform(WorthInputs(100, 30))
    assert answer.gain_worst < answer.gain_best == answer.gain[0]


def test_choosing_on_the_same_table_is_reported_as_optimism():
    assert BufferWorth(fleet(n=80), DRAWS).best_pair(WorthInputs(100, 300)).optimism > 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"booking_value": -1.0},
        {"booking_value": float("nan")},
        {"conflict_cost": float("inf")},
        {"recapture_share": 1.01},
        {"shift_share": -0.01},
        {"shift_up_to_min": 721},
    ],
)
def test_amounts_and_shares_that_cannot_be_are_refused(wrong):
    with pytest.raises(InvalidInputError):
        WorthInputs(**{"booking_value": 100.0, "conflict_cost": 300.0, **wrong})


def test_inputs_for_another_shift_than_was_counted_are_refused():
    with pytest.raises(InvalidInputError):
        BufferWorth(fleet(), DRAWS, shift_up_to_min=30).best_uniform(
            WorthInputs(100, 300, shift_up_to_min=60)
        )
