"""A worker takes a newer fit, and lays it over its index once."""

from __future__ import annotations

import pytest
from tests.support.market import listed_car

from drivetrain.core.errors import UnavailableError
from drivetrain.market.recommendations.application.follow_fit import FollowFit
from drivetrain.market.recommendations.domain.fit import Fit
from drivetrain.market.search.domain.columns import Columns


class MemoryFits:
    """The port ``Fits`` as far as a worker follows it."""

    def __init__(self) -> None:
        self.fit = Fit()
        self.reads = 0

    def latest_version(self) -> int:
        return self.fit.version

    def latest(self) -> Fit:
        self.reads += 1
        if self.fit.version == 3:
            raise UnavailableError("gone", code="database.unavailable")
        return self.fit


def test_a_newer_fit_is_read_once_and_an_unreadable_one_changes_nothing():
    fits, columns = MemoryFits(), Columns.of([listed_car(1)])
    following = FollowFit(fits)
    following.look()
    assert (fits.reads, following.over(columns).fit.version) == (0, 0)
    fits.fit = Fit(version=2)
    following.look()
    following.look()
    assert (fits.reads, following.over(columns).fit.version) == (1, 2)
    fits.fit = Fit(version=3)
    with pytest.raises(UnavailableError):
        following.look()
    assert following.over(columns).fit.version == 2


def test_it_is_laid_over_an_index_once():
    following, columns = FollowFit(MemoryFits()), Columns.of([listed_car(1)])
    assert following.over(columns) is following.over(columns)
    assert following.over(Columns.of([listed_car(2)])) is not following.over(columns)
