"""Cities to try policies in: what riders, drivers and ways are like."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from drivetrain.dispatch.simulation.domain.demand import DAY_H, HOUR_S, DemandSource, Spot, SpotDemand, Ways
from drivetrain.dispatch.state.domain.drivers import FloatArray


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The chance that a driver takes an offer: a logit in the way to the rider and the length of the ride.

    That drivers differ is assumed. In the one public table of requests with refusals they do not: 300 drivers are as
    alike as chance makes them (chi-square by degrees of freedom 0.87).

    Attributes:
        base: log-odds of a driver who is there, for a ride of no length.
        per_min: log-odds for each minute to the rider.
        per_km: log-odds for each kilometer of the ride.
        driver_sd: standard deviation of what a driver's own leaning adds to the log-odds.
        by_hour: added in each hour of the day; empty for nothing.
    """

    base: float
    per_min: float
    per_km: float
    driver_sd: float
    by_hour: tuple[float, ...] = ()

    def chances(self, eta_min: FloatArray, trip_km: FloatArray, hour: int) -> FloatArray:
        """Of drivers without a leaning."""
        return np.asarray(
            1.0 / (1.0 + np.exp(-self._log_odds(hour) - self.per_min * eta_min - self.per_km * trip_km))
        )

    def chance(self, eta_min: float, trip_km: float, hour: int, leaning: float) -> float:
        """Of a driver with theirs."""
        return 1.0 / (
            1.0 + math.exp(-self._log_odds(hour) - self.per_min * eta_min - self.per_km * trip_km - leaning)
        )

    def _log_odds(self, hour: int) -> float:
        return self.base + (self.by_hour[hour] if self.by_hour else 0.0)


@dataclass(frozen=True, slots=True)
class Shifts:
    """When drivers work.

    Attributes:
        lasts_h: a shift; it ends with the ride that is on.
        pause_min: until the next one begins, elsewhere.
    """

    lasts_h: float = 8.0
    pause_min: float = 15.0


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a ride earns. Made up, in units of money without a name."""

    base: float = 2.5
    per_km: float = 1.2
    per_min: float = 0.3


@dataclass(frozen=True, slots=True)
class City:
    """A city.

    Attributes:
        size_km: of the square in which everybody is; values of places are counted by its cells.
        patience_s: a rider whom nobody has accepted until then gives up.
        bound_min: no driver is asked who is expected to take longer to the rider.
        answer_s: shortest and longest time that a driver takes to answer.
        drift_after_s: an idle driver drives to where riders ask after so long.
        begins_h: hour of the day at which a run begins.
        markets: number of drivers by the name of the market.
        is_synthetic: whether the demand is made up, too.
    """

    name: str
    summary: str
    size_km: float
    demand: DemandSource
    ways: Ways
    acceptance: Acceptance
    markets: Mapping[str, int]
    patience_s: float = 300.0
    bound_min: float = 10.0
    answer_s: tuple[float, float] = (2.0, 10.0)
    drift_after_s: float = 300.0
    shifts: Shifts = field(default_factory=Shifts)
    tariff: Tariff = field(default_factory=Tariff)
    begins_h: int = 0
    is_synthetic: bool = True

    def hour(self, at_s: float) -> int:
        """Of the day."""
        return (self.begins_h + int(at_s // HOUR_S)) % DAY_H


ACCEPTANCE = Acceptance(base=1.4, per_min=-0.15, per_km=0.08, driver_sd=0.5)
"""About 30 % of offers are refused, as in the public table of requests; the slopes and the leaning are assumed."""

SYNTHETIC = City(
    name="synthetic",
    summary="10 by 10 km with a center, a station and an edge where rides end more often than they begin.",
    size_km=10.0,
    demand=SpotDemand(
        per_s=0.37,
        size_km=10.0,
        spots=(
            Spot(0.50, 0.30, 5.0, 5.0, 1.2),
            Spot(0.15, 0.10, 3.0, 7.5, 0.4),
            Spot(0.10, 0.10, 8.5, 2.0, 0.4),
            Spot(0.25, 0.50),
        ),
    ),
    ways=Ways(start_s=60.0, s_per_km=200.0, spread=0.2),
    acceptance=ACCEPTANCE,
    markets={"slack": 480, "tight": 440, "overload": 375},
)
"""The built-in city. All of its figures are made up, and were set before weights were chosen: the markets so that
first come, first served drives nearly all, about nine in ten, and about three in four of the riders.
"""

CITIES = {SYNTHETIC.name: SYNTHETIC}
