"""What many reviews say together."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.market.reviews.domain.rating import COVERAGE, FEWEST, PRIOR, STARS, rated


def test_fewer_reviews_than_five_have_no_mean() -> None:
    for count in range(FEWEST):
        rating = rated({5: count})
        assert (rating.reviews, rating.mean, rating.low, rating.high) == (count, None, None, None)
    assert rated({5: FEWEST}).mean is not None


def test_a_few_enthusiasts_make_no_five() -> None:
    few, many = rated({5: 5}), rated({5: 500})
    assert few.mean == pytest.approx((5 * 6 + 1 + 2 + 3 + 4) / 10)
    assert few.mean is not None
    assert many.mean is not None
    assert few.mean < 4.1 < 4.9 < many.mean


def test_the_interval_narrows_with_more_reviews_and_stays_among_the_stars() -> None:
    widths = []
    for factor in (1, 10, 100):
        rating = rated({stars: factor * count for stars, count in {1: 1, 3: 2, 4: 3, 5: 4}.items()})
        assert rating.low is not None
        assert rating.high is not None
        assert 1 <= rating.low <= rating.high <= 5
        widths.append(rating.high - rating.low)
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("counts", [{1: 2, 3: 4, 5: 20}, {1: 10, 5: 10}, {4: 300, 5: 500}])
def test_mean_and_interval_are_those_of_the_distribution(counts: dict[int, int]) -> None:
    weights = [PRIOR + counts.get(stars, 0) for stars in STARS]
    drawn = np.random.default_rng(3).dirichlet(weights, 200_000) @ np.array(STARS)
    rating = rated(counts)
    assert rating.mean == pytest.approx(drawn.mean(), abs=0.005)
    assert rating.low is not None
    assert rating.high is not None
    held = np.mean((drawn >= rating.low) & (drawn <= rating.high))
    assert held == pytest.approx(COVERAGE, abs=0.015)
