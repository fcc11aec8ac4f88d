"""Learning from everybody's interactions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from drivetrain.core.time import Clock
from drivetrain.market.recommendations.application.ports import Fits
from drivetrain.market.recommendations.domain.fit import Fit, fitted

LEARNED_DAYS = 90
"""What is older says little about what is looked for now."""


@dataclass(frozen=True, slots=True)
class FitRecommendations:
    """Learns factors of types of cars, and how often each car is looked at."""

    fits: Fits
    clock: Clock

    def __call__(self) -> Fit | None:
        """Learn; None where nobody looked at anything.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        now = self.clock.now()
        since = now - timedelta(days=LEARNED_DAYS)
        looks, cars = self.fits.looks(since)
        if not cars:
            return None
        version = self.fits.latest_version() + 1
        return fitted(looks, cars, version=version, since_s=since.timestamp(), now_s=now.timestamp())
