"""A worker lays a newer fit over newer listings, and keeps what it has where something cannot be read."""

from __future__ import annotations

import pytest
from tests.support.event_log import MemoryEventLog
from tests.support.market import MemoryLiveCars, listed_car

from drivetrain.core.errors import UnavailableError
from drivetrain.market.recommendations.application.follow_fit import FollowFit
from drivetrain.market.recommendations.domain.fit import Fit
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.domain.rates import RateTable


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


@pytest.fixture
def listings() -> FollowListings:
    return FollowListings(MemoryLiveCars([listed_car(1)]), MemoryEventLog(), RateTable())


def test_a_newer_fit_is_read_once_and_an_unreadable_one_changes_nothing(listings):
    fits = MemoryFits()
    following = FollowFit(fits, listings)
    listings.look()
    following.look()
    assert (fits.reads, following.latest.fitted.fit.version) == (0, 0)
    fits.fit = Fit(version=2)
    following.look()
    following.look()
    assert (fits.reads, following.latest.fitted.fit.version) == (1, 2)
    fits.fit = Fit(version=3)
    with pytest.raises(UnavailableError):
        following.look()
    assert following.latest.fitted.fit.version == 2


def test_it_is_laid_out_anew_only_for_other_listings_and_not_by_a_request(listings):
    following = FollowFit(MemoryFits(), listings)
    listings.look()
    first = following.latest
    following.look()
    assert following.latest is first
    again = FollowListings(MemoryLiveCars([listed_car(2)]), MemoryEventLog(), RateTable())
    again.look()
    following._following = again
    assert following.latest is first
    following.look()
    assert following.latest.snapshot is again.snapshot


def test_before_the_listings_were_read_there_is_nothing(listings):
    following = FollowFit(MemoryFits(), listings)
    following.look()
    with pytest.raises(UnavailableError, match="being read"):
        _ = following.latest
