"""Parity counts what is equal, what one side lacks, and how far the others are apart."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.dispatch.features.domain.parity import compare
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT

NONE = np.nan


def test_what_is_equal_or_missing_on_both_sides_is_equal() -> None:
    values = np.array([[0.5, NONE, 3], [NONE, 4_000.0, 0]])
    for feature in compare(STATS_LAYOUT, values, values.copy()):
        assert (feature.compared, feature.equal, feature.equal_share) == (2, 2, 1.0)
        assert (feature.only_online, feature.only_offline, feature.largest_difference) == (0, 0, 0.0)


def test_each_difference_is_counted_with_its_feature() -> None:
    online = np.array([[0.5, NONE, 3.0], [0.25, 10.0, 0.0], [NONE, NONE, 1.0]])
    offline = np.array([[0.5, 7.0, 3.0], [0.75, NONE, 2.0], [NONE, NONE, 1.0]])
    rate, response, trips = compare(STATS_LAYOUT, online, offline)
    assert (rate.name, rate.equal, rate.largest_difference) == ("accept_rate_7d", 2, 0.5)
    assert (response.equal, response.only_online, response.only_offline) == (1, 1, 1)
    assert response.largest_difference == 0.0
    assert (trips.equal, trips.equal_share, trips.largest_difference) == (2, pytest.approx(2 / 3), 2.0)


def test_nothing_compared_is_no_difference() -> None:
    nothing = np.empty((0, 3))
    assert [feature.equal_share for feature in compare(STATS_LAYOUT, nothing, nothing)] == [1.0] * 3


@pytest.mark.parametrize("shape", [(2, 3), (3, 2)])
def test_shapes_that_do_not_compare_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="do not compare"):
        compare(STATS_LAYOUT, np.zeros((3, 3)), np.zeros(shape))
