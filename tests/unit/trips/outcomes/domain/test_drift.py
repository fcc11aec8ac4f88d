"""Drift of inputs: seen where it is, and not cried where chance did it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from drivetrain.trips.outcomes.domain.drift import (
    FEWEST_RIDES,
    OTHER,
    Verdict,
    by_exposure,
    drift_of,
    noise_floor,
    stability_index,
)

SHARES = np.arange(77, 0, -1.0) ** 2
SHARES /= SHARES.sum()


def sample(draw: np.random.Generator, rides: int, shares: np.ndarray = SHARES) -> dict[str, float]:
    counts = draw.multinomial(rides, shares)
    return {str(area): float(n) for area, n in enumerate(counts, start=1) if n}


@pytest.mark.parametrize(("now", "reference"), [(100, 100), (150, 5_000), (1_000, 1_000), (20_000, 100_000)])
def test_two_samples_of_one_city_are_no_drift(now: int, reference: int) -> None:
    """Small ones neither: their index is large, and their noise floor larger."""
    draw = np.random.default_rng(3)
    found = [drift_of(sample(draw, now), sample(draw, reference)) for _ in range(300)]
    alarms = sum(each.verdict is not Verdict.STABLE for each in found)
    assert alarms <= 6  # one in a hundred is promised
    above = sum(each.index > each.noise_floor for each in found)  # type: ignore[operator]
    assert above <= 12


def test_the_customary_marks_alone_would_cry_wolf() -> None:
    """Two hundred rides over the hours of a day differ by 0.2 from two hundred others of the same day."""
    draw = np.random.default_rng(4)
    flat = np.full(24, 1 / 24)
    found = [drift_of(sample(draw, 200, flat), sample(draw, 200, flat)) for _ in range(100)]
    assert np.mean([each.index for each in found if each.index is not None]) > 0.2
    assert sum(each.verdict is not Verdict.STABLE for each in found) <= 4


@pytest.mark.parametrize("rides", [1_000, 50_000])
def test_a_city_that_moved_is_seen(rides: int) -> None:
    draw = np.random.default_rng(5)
    moved = 0.7 * SHARES
    moved[76 - 1] += 0.3  # a new airport
    found = drift_of(sample(draw, rides, moved), sample(draw, rides))
    assert found.verdict is Verdict.DRIFTED
    assert (found.changes[0].category, found.changes[0].share > 0.25) in {("76", True), (OTHER, True)}


def test_a_large_sample_with_a_difference_too_small_to_matter_is_stable() -> None:
    """Significant is not important: with a million rides any difference exceeds chance."""
    moved = SHARES.copy()
    moved[:2] += (-0.005, 0.005)
    found = drift_of(*({str(at): each * 1e6 for at, each in enumerate(shares)} for shares in (moved, SHARES)))
    assert found.index is not None and found.noise_floor is not None
    assert found.noise_floor < found.index < 0.1
    assert found.verdict is Verdict.STABLE


def test_between_the_marks_it_is_called_shifted() -> None:
    found = drift_of({"a": 62_000, "b": 38_000}, {"a": 45_000, "b": 55_000})
    assert found.index == pytest.approx(
        (0.62 - 0.45) * np.log(0.62 / 0.45) + (0.38 - 0.55) * np.log(0.38 / 0.55), abs=1e-3
    )
    assert found.verdict is Verdict.SHIFTED


def test_with_too_few_rides_nothing_is_said() -> None:
    for few in ({}, {"a": FEWEST_RIDES - 1.0}):
        found = drift_of(few, {"a": 1_000.0})
        assert (found.verdict, found.index, found.noise_floor) == (Verdict.TOO_FEW, None, None)
        assert drift_of({"a": 1_000.0}, few).verdict is Verdict.TOO_FEW


def test_a_category_never_seen_before_is_counted() -> None:
    found = drift_of({"a": 500, "new": 500}, {"a": 1_000})
    assert found.verdict is Verdict.DRIFTED
    assert {change.category for change in found.changes} == {"a", "new"}


def test_only_one_category_cannot_drift() -> None:
    found = drift_of({"a": 500}, {"a": 900})
    assert (found.index, found.noise_floor, found.distance, found.verdict) == (0.0, 0.0, 0.0, Verdict.STABLE)


def test_thin_categories_are_taken_together() -> None:
    thin = drift_of({"a": 995, "b": 1, "c": 4}, {"a": 9_950, "b": 10, "c": 40})
    assert thin.categories == 2
    assert OTHER in {change.category for change in thin.changes}


def test_the_index_does_not_depend_on_which_is_the_reference() -> None:
    p, q = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert stability_index(10 * p, 10 * q) == stability_index(10 * q, 10 * p)


@pytest.mark.parametrize("categories", [4, 24, 77, 168])
def test_the_noise_floor_is_a_quantile_of_chi_squared(categories: int) -> None:
    assert noise_floor(categories, 400, 1_600) == pytest.approx(
        chi2.ppf(0.99, categories - 1) / 320, rel=0.01
    )


def test_a_window_without_its_monday_is_not_taken_for_drift() -> None:
    """Sixty rides an hour on Mondays, thirty on Sundays: a window of Sundays differs by the calendar alone."""
    week = {"Mon 08": 120.0, "Sun 08": 60.0}
    sundays = {"Sun 08": 90.0}
    ours, theirs = by_exposure(sundays, week, {"Sun 08": 3.0}, {"Mon 08": 2.0, "Sun 08": 2.0})
    assert (ours, theirs) == ({"Sun 08": 90.0}, {"Sun 08": 60.0})


def test_hours_seen_more_often_do_not_count_more() -> None:
    ours, theirs = by_exposure(
        {"Mon 08": 100.0, "Sun 08": 400.0}, {"Mon 08": 100.0, "Sun 08": 100.0}, {"Mon 08": 1.0, "Sun 08": 4.0},
        {"Mon 08": 1.0, "Sun 08": 1.0},
    )  # fmt: skip
    assert ours == {"Mon 08": 250.0, "Sun 08": 250.0}  # as many rides as before, evenly
    assert theirs == {"Mon 08": 100.0, "Sun 08": 100.0}


def test_windows_without_a_common_hour_have_nothing_to_compare() -> None:
    ours, theirs = by_exposure({"Mon 08": 5.0}, {"Sun 08": 5.0}, {"Mon 08": 1.0}, {"Sun 08": 1.0})
    assert (ours, theirs) == ({}, {})
    assert drift_of(ours, theirs).verdict is Verdict.TOO_FEW
