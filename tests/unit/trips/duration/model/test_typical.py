"""What is typical of a pair leans on its own trips where there are many, and on coarser ones where there are few."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.trips.city.domain.areas import PLACES, straight_km
from drivetrain.trips.duration.model.hours import BANDS
from drivetrain.trips.duration.model.typical import PAIRS, distance_bands, fit_typical

OFTEN, SELDOM = 8 * PLACES + 32, 8 * PLACES + 33
NIGHT, MORNING = 0, 1


def city(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Trips at 25 km/h between random areas in two bands, the mornings a fifth slower."""
    rng = np.random.default_rng(seed)
    pairs = rng.integers(1, 78, 8_000) * PLACES + rng.integers(1, 78, 8_000)
    bands = rng.integers(0, 2, 8_000)
    minutes = (5 + straight_km().ravel()[pairs] / 25 * 60) * np.where(bands == MORNING, 1.2, 1.0)
    return pairs, bands, minutes * rng.lognormal(0, 0.25, 8_000)


def with_trips(pair: int, count: int, minutes: float) -> np.ndarray:
    pairs, bands, duration = city()
    extra = (
        np.full(count, pair),
        np.full(count, NIGHT),
        np.full(count, minutes) * np.exp(np.linspace(-0.2, 0.2, count)),
    )
    return fit_typical(*(np.concatenate(each) for each in zip((pairs, bands, duration), extra, strict=True)))


def test_many_trips_speak_for_themselves_and_one_hardly_at_all():
    usual = with_trips(OFTEN, 1, 10.0).pair_min[OFTEN]
    assert with_trips(OFTEN, 400, 40.0).pair_min[OFTEN] == pytest.approx(40.0, rel=0.1)
    assert abs(with_trips(OFTEN, 1, 40.0).pair_min[OFTEN] - usual) < 0.3 * (40 - usual)


def test_a_pair_without_a_trip_gets_the_answer_of_its_distance():
    typical = fit_typical(*city())
    empty = np.flatnonzero((typical.pair_trips == 0) & (straight_km().ravel() > 20))
    near = np.flatnonzero((typical.pair_trips == 0) & (straight_km().ravel() < 5))
    assert len(empty) and len(near)
    assert typical.pair_min[empty].min() > typical.pair_min[near].max()


def test_the_hour_counts_also_for_pairs_that_have_none_of_its_trips():
    typical = fit_typical(*city())
    unseen = typical.pair_trips == 0
    slower = typical.hour_min[unseen, MORNING] / typical.hour_min[unseen, NIGHT]
    assert np.median(slower) == pytest.approx(1.2, abs=0.08)


def test_trips_are_counted_where_they_belong():
    pairs, bands, minutes = city()
    typical = fit_typical(pairs, bands, minutes)
    assert typical.pair_trips.sum() == typical.hour_trips.sum() == len(pairs)
    assert typical.hour_trips[pairs[0], bands[0]] == np.sum((pairs == pairs[0]) & (bands == bands[0]))
    assert typical.hour_min.shape == (PAIRS, len(BANDS))


def test_where_groups_differ_by_chance_alone_none_gets_an_effect_of_its_own():
    pairs, bands, minutes = city()
    same = fit_typical(pairs, bands, np.full(len(minutes), 12.0))
    assert same.hour_min == pytest.approx(12.0)


def test_a_single_trip_is_enough_to_answer():
    typical = fit_typical(np.asarray([OFTEN]), np.asarray([NIGHT]), np.asarray([12.0]))
    assert typical.hour_min == pytest.approx(12.0)


def test_pairs_with_an_unknown_end_have_bands_of_their_own():
    bands = distance_bands().reshape(PLACES, PLACES)
    assert (
        len({int(bands[0, 0]), int(bands[0, 5]), int(bands[5, 0]), *bands[1:, 1:].ravel().tolist()}) == 3 + 10
    )
