"""Figures of quality from sums: worked examples, intervals that hold what they promise, groups by civil time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from drivetrain.core.statistics import UNDEFINED, Estimate
from drivetrain.trips.outcomes.domain.quality import (
    By,
    Cells,
    figures_of,
    grouped,
    labels_of,
    mean_of,
    share_of,
)

RELEASED = {"9": datetime(2026, 5, 1, 12, tzinfo=UTC), "10": datetime(2026, 5, 3, tzinfo=UTC)}


def cells(*rows: dict[str, Any]) -> Cells:
    """One ride per row unless it says otherwise; ten minutes predicted and eight taken."""
    usual = {
        "area": 8,
        "hour": "2026-05-04T05",
        "version": "9",
        "rides": 1,
        "outcomes": 1,
        "synthetic": 0,
        "unusable": 0,
        "error": 2.0,
        "absolute_error": 2.0,
        "squared_error": 4.0,
        "actual": 8.0,
        "squared_actual": 64.0,
        "covered": 1,
        "baseline_rides": 1,
        "baseline_error": 3.0,
        "compared_error": 2.0,
    }
    full = [{**usual, **row} for row in rows]
    kinds = {"hour": "datetime64[h]", "version": np.str_}
    floats = {name for name, value in usual.items() if isinstance(value, float)}
    return Cells(
        **{
            name: np.array(
                [row[name] for row in full], dtype=kinds.get(name, np.float64 if name in floats else np.int64)
            )
            for name in usual
        }
    )


def test_figures_are_ratios_of_sums() -> None:
    one = {
        "rides": 5,
        "outcomes": 3,
        "synthetic": 1,
        "error": 0.0,
        "absolute_error": 6.0,
        "squared_error": 14.0,
        "covered": 2,
    }
    other = {
        "rides": 2,
        "unusable": 1,
        "error": 4.0,
        "absolute_error": 4.0,
        "squared_error": 16.0,
        "covered": 0,
    }
    found = figures_of(cells(one, {**other, "hour": "2026-05-04T06"}))
    assert (found.rides, found.outcomes, found.synthetic, found.unusable, found.hours) == (7, 4, 1, 1, 2)
    assert found.mean_absolute_error_min.value == pytest.approx(2.5)
    assert found.bias_min.value == pytest.approx(1.0)
    assert found.coverage.value == pytest.approx(0.5)


def test_without_outcomes_nothing_is_claimed() -> None:
    sums = (
        "error",
        "absolute_error",
        "squared_error",
        "actual",
        "squared_actual",
        "baseline_error",
        "compared_error",
    )
    nothing = dict.fromkeys(("outcomes", "covered", "baseline_rides", *sums), 0)
    for empty in (cells(nothing), cells()):
        found = figures_of(empty)
        assert (
            found.mean_absolute_error_min == found.bias_min == found.coverage == found.gain_min == UNDEFINED
        )
        assert found.r2_score is None
        assert found.are_few


def test_one_ride_has_a_value_and_no_interval() -> None:
    found = figures_of(cells({}))
    assert found.mean_absolute_error_min == Estimate(2.0)
    assert found.r2_score is None  # one duration has no variance
    assert found.coverage.low < 0.25  # Wilson: 0.207 to 1


def test_equal_durations_leave_nothing_to_explain() -> None:
    assert (
        figures_of(
            cells({"outcomes": 4, "actual": 32.0, "squared_actual": 256.0, "squared_error": 16.0})
        ).r2_score
        is None
    )


def test_the_explained_share_is_that_of_the_rides() -> None:
    draw = np.random.default_rng(1)
    actual = draw.gamma(2, 8, 500)
    predicted = 0.8 * actual + draw.normal(2, 3, 500)
    error = predicted - actual
    found = figures_of(
        cells(
            {
                "outcomes": 500,
                "squared_error": (error**2).sum(),
                "actual": actual.sum(),
                "squared_actual": (actual**2).sum(),
            }
        )
    )
    assert found.r2_score == pytest.approx(1 - (error**2).sum() / ((actual - actual.mean()) ** 2).sum())


def test_wilsons_interval_is_that_of_the_books() -> None:
    """81 of 263: 0.2553 to 0.3662 (Newcombe 1998, table I)."""
    found = share_of(np.array([81.0]), np.array([263.0]))
    assert (found.low, found.high) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))


def test_rides_that_share_their_hour_are_worth_less() -> None:
    """The same 500 of 1,000: spread evenly over the hours, and all in half of them."""
    counts = np.full(20, 50.0)
    even, lumped = share_of(np.full(20, 25.0), counts), share_of(np.repeat([50.0, 0.0], 10), counts)
    assert even.value == lumped.value == 0.5
    assert even.low == pytest.approx(0.469, abs=1e-3)  # Wilson for 1,000 independent rides
    assert lumped.low < 0.32


@pytest.mark.parametrize("shared", [0.0, 3.0])
def test_intervals_of_means_hold_the_truth_as_often_as_they_promise(shared: float) -> None:
    """Also where all rides of an hour are slow together, which makes an interval over rides far too narrow."""
    draw = np.random.default_rng(7)
    held = held_by_rides = 0
    for _ in range(400):
        traffic = draw.normal(0, shared, 100)
        rides = draw.poisson(40, 100).astype(float)
        errors = [draw.normal(5 + extra, 4, int(n)) for extra, n in zip(traffic, rides, strict=True)]
        found = mean_of(
            np.array([each.sum() for each in errors]), rides, float(sum((each**2).sum() for each in errors))
        )
        held += found.low <= 5 <= found.high
        everything = np.concatenate(errors)
        held_by_rides += abs(found.value - 5) <= 1.96 * everything.std() / np.sqrt(len(everything))
    assert held / 400 >= 0.915
    if shared:
        assert held_by_rides / 400 < 0.6


@pytest.mark.parametrize(
    ("hour", "civil", "day"),
    [
        ("2026-05-04T05", 0, "2026-05-04"),
        ("2026-05-04T04", 23, "2026-05-03"),
        ("2026-03-08T07", 1, "2026-03-08"),
        ("2026-03-08T08", 3, "2026-03-08"),  # the hour from 2 to 3 is skipped
        ("2026-11-01T06", 1, "2026-11-01"),
        ("2026-11-01T07", 1, "2026-11-01"),  # the hour from 1 to 2 comes twice
    ],
)
def test_hours_and_days_are_those_of_chicago(hour: str, civil: int, day: str) -> None:
    each = cells({"hour": hour})
    assert labels_of(each, By.HOUR, {}) == [civil]
    assert labels_of(each, By.DAY, {}) == [day]


def test_both_passes_of_the_autumn_hour_are_one_group_of_two_hours() -> None:
    found = grouped(cells({"hour": "2026-11-01T06"}, {"hour": "2026-11-01T07"}), By.HOUR, {})
    assert [(label, each.outcomes, each.hours) for label, each in found.items()] == [(1, 2, 2)]


def test_age_counts_whole_days_since_the_release() -> None:
    each = cells(
        {"hour": "2026-05-01T12"},
        {"hour": "2026-05-02T11"},
        {"hour": "2026-05-02T12"},
        {"hour": "2026-05-01T11"},  # scored before its release: caught up with an older slot
        {"hour": "2026-05-04T12", "version": "10"},
        {"version": "77"},  # never released
    )
    assert labels_of(each, By.MODEL_AGE, RELEASED) == [0, 0, 1, -1, 1, "unknown"]
    assert list(grouped(each, By.MODEL_AGE, RELEASED)) == [-1, 0, 1, "unknown"]


def test_groups_stand_in_the_order_of_their_labels_and_add_up() -> None:
    each = cells({"version": "10"}, {"version": "9"}, {"version": "9", "area": 32}, {"area": 1})
    assert list(grouped(each, By.VERSION, {})) == ["9", "10"]  # by number, not by letter
    by_area = grouped(each, By.AREA, {})
    assert list(by_area) == [1, 8, 32]
    assert sum(found.rides for found in by_area.values()) == figures_of(each).rides == 4
