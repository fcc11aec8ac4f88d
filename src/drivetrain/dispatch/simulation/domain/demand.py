"""Who asks for a ride in a simulated city: drawn from spots on a plane, or from recorded trips, or these themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from drivetrain.dispatch.state.domain.drivers import FloatArray

HOUR_S = 3_600.0
DAY_H = 24

Random = np.random.Generator


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Requests in the order in which they come.

    Attributes:
        at_s: when each comes, seconds from the beginning, shape (n,), ascending.
        from_km, to_km: east and north of the south-west corner, kilometers, shape (n, 2).
        trip_s: how long the ride takes from pick-up to drop-off, seconds, shape (n,).
    """

    at_s: FloatArray
    from_km: FloatArray
    to_km: FloatArray
    trip_s: FloatArray

    def __len__(self) -> int:
        return len(self.at_s)

    @property
    def trip_km(self) -> FloatArray:
        """From pick-up to drop-off, as the crow flies."""
        return np.asarray(np.hypot(*(self.to_km - self.from_km).T))


@dataclass(frozen=True, slots=True)
class Ways:
    """How long ways take.

    Attributes:
        start_s: that every way takes, whatever its length.
        s_per_km: for each kilometer as the crow flies.
        spread: standard deviation of the logarithm of what a way takes against what is expected.
    """

    start_s: float
    s_per_km: float
    spread: float

    def expected_s(self, distance_km: FloatArray) -> FloatArray:
        """The median."""
        return self.start_s + self.s_per_km * distance_km


class DemandSource(Protocol):
    """Where requests come from."""

    def draw(self, seconds: float, ways: Ways, random: Random) -> Demand:
        """The requests of so many seconds."""
        ...

    def places(self, count: int, random: Random) -> FloatArray:
        """Places where riders ask, kilometers, shape (count, 2)."""
        ...


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a city, round as a bell; with ``sd_km`` 0 all of the city.

    Attributes:
        from_share, to_share: of the requests that begin and end there.
    """

    from_share: float
    to_share: float
    east_km: float = 0.0
    north_km: float = 0.0
    sd_km: float = 0.0


@dataclass(frozen=True, slots=True)
class SpotDemand:
    """Requests at a constant rate between spots; ends are drawn independently.

    Attributes:
        size_km: of the rectangle.
    """

    per_s: float
    size_km: float
    spots: Sequence[Spot]

    def draw(self, seconds: float, ways: Ways, random: Random) -> Demand:
        """A Poisson number of requests, at any time alike."""
        count = int(random.poisson(self.per_s * seconds))
        at_s = np.sort(random.uniform(0, seconds, count))
        from_km = self._at([spot.from_share for spot in self.spots], count, random)
        to_km = self._at([spot.to_share for spot in self.spots], count, random)
        expected_s = ways.expected_s(np.hypot(*(to_km - from_km).T))
        return Demand(at_s, from_km, to_km, expected_s * np.exp(random.normal(0, ways.spread, count)))

    def places(self, count: int, random: Random) -> FloatArray:
        """Where requests begin."""
        return self._at([spot.from_share for spot in self.spots], count, random)

    def _at(self, shares: Sequence[float], count: int, random: Random) -> FloatArray:
        kinds = random.choice(len(self.spots), count, p=np.array(shares) / sum(shares))
        centers = np.array([(spot.east_km, spot.north_km) for spot in self.spots])[kinds]
        sds = np.array([spot.sd_km for spot in self.spots])[kinds][:, None]
        near = centers + random.normal(0, 1, (count, 2)) * sds
        anywhere = random.uniform(0, self.size_km, (count, 2))
        return np.clip(np.where(sds > 0, near, anywhere), 0, self.size_km)


@dataclass(frozen=True, slots=True, eq=False)
class RecordedDemand:
    """Trips that were driven, as a city in which each of them may come again.

    Attributes:
        trips: in the order of the time of day, seconds since midnight.
        days: that they were recorded on.
        scale: how many requests there are for each recorded trip.
        begins_s: time of day at which a run begins.
        is_replay: whether the trips come as they were, at their times; else as many are drawn with replacement, each
            at its time of day give or take ``_SHAKE_S``, and ``_SHAKE_KM`` away.
    """

    trips: Demand
    days: float
    scale: float = 1.0
    begins_s: float = 0.0
    is_replay: bool = False

    def draw(self, seconds: float, ways: Ways, random: Random) -> Demand:
        """The requests of so many seconds from ``begins_s`` on; none is recorded twice in a replay."""
        trips = self.trips
        after_s = np.mod(trips.at_s - self.begins_s, DAY_H * HOUR_S)
        rows = np.flatnonzero(after_s < seconds)
        if not self.is_replay:
            rows = random.choice(rows, int(random.poisson(len(rows) * self.scale / self.days)))
            shaken_s = after_s[rows] + random.normal(0, _SHAKE_S, len(rows))
            at_s = np.mod(shaken_s, seconds)
            shake_km = random.normal(0, _SHAKE_KM, (2, len(rows), 2))
        else:
            at_s, shake_km = after_s[rows], np.zeros((2, len(rows), 2))
        order = np.argsort(at_s, kind="stable")
        rows = rows[order]
        return Demand(
            at_s[order],
            trips.from_km[rows] + shake_km[0][order],
            trips.to_km[rows] + shake_km[1][order],
            trips.trip_s[rows],
        )

    def places(self, count: int, random: Random) -> FloatArray:
        """Where trips began, at any time of day."""
        return self.trips.from_km[random.integers(0, len(self.trips), count)]


_SHAKE_S = 450.0
_SHAKE_KM = 0.15
"""So that a drawn city is no copy of the days that were recorded."""
