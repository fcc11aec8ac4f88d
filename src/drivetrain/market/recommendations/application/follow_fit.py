"""What was learned last, in each worker, laid over the listings that it searches."""

from __future__ import annotations

from dataclasses import dataclass

from drivetrain.market.recommendations.application.ports import Fits
from drivetrain.market.recommendations.domain.fit import Fit, FittedIndex
from drivetrain.market.search.application.follow_listings import FollowListings, Snapshot


@dataclass(frozen=True, slots=True)
class FittedListings:
    """Listings as they were at one moment, with what was learned laid over them."""

    snapshot: Snapshot
    fitted: FittedIndex


class FollowFit:
    """Lays the latest fit over the latest listings beside the requests, which go on with the former ones meanwhile."""

    def __init__(self, fits: Fits, following: FollowListings) -> None:
        self._fits = fits
        self._following = following
        self._fit = Fit()
        self._latest: FittedListings | None = None

    @property
    def latest(self) -> FittedListings:
        """The listings as last laid out; those of this moment at the first time.

        Raises:
            UnavailableError: ``market.search_not_ready``; the listings have not been read yet.
        """
        return self._latest or self._lay()

    def look(self) -> None:
        """Take a newer fit and newer listings, once anybody has asked for the latest ones.

        Raises:
            UnavailableError: the database cannot be reached; what was laid out stays.
        """
        if self._fits.latest_version() != self._fit.version:
            self._fit = self._fits.latest()
        if self._latest is not None:
            self._lay()

    def _lay(self) -> FittedListings:
        latest, snapshot, fit = self._latest, self._following.snapshot, self._fit
        if latest is None or latest.snapshot is not snapshot or latest.fitted.fit is not fit:
            latest = FittedListings(snapshot, FittedIndex(fit, snapshot.similar))
            self._latest = latest
        return latest
