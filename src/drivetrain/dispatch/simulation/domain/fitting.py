"""A city from recorded trips: where and when riders ask, how long ways take, how many drivers that needs.

What no table of trips shows stays assumed: who refuses, how drivers wait, how long riders do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.dispatch.simulation.domain.cities import ACCEPTANCE, Acceptance, City
from drivetrain.dispatch.simulation.domain.contenders import BoolArray
from drivetrain.dispatch.simulation.domain.demand import DAY_H, HOUR_S, Demand, RecordedDemand, Ways
from drivetrain.dispatch.state.domain.drivers import FloatArray, IntArray

FEWEST_TRIPS = 200
_SHORTEST_S, _LONGEST_S = 60.0, 7_200.0
_FASTEST_KM_H = 100.0
_OUTER_SHARE = 0.005
_STEPS = 40
_MARKETS = {"slack": 1.30, "tight": 1.08, "overload": 0.86}
"""Drivers by those who would be busy all the time if each were a few minutes from their rider."""

_USUAL_PICK_UP_S = 240.0
_USUAL_ETA_MIN, _USUAL_TRIP_KM = 5.0, 5.0
_PRIOR_OFFERS = 20.0
"""An hour with few offers is drawn towards all hours by as many."""


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """Trips of a table on a plane, each column of shape (n,) or (n, 2).

    Attributes:
        day: number of the day, any count.
        at_s: time of day.
        from_km, to_km: east and north of anywhere.
    """

    day: IntArray
    at_s: FloatArray
    from_km: FloatArray
    to_km: FloatArray
    trip_s: FloatArray

    def only(self, rows: BoolArray | IntArray) -> Trips:
        """Some of them."""
        return Trips(self.day[rows], self.at_s[rows], self.from_km[rows], self.to_km[rows], self.trip_s[rows])


def fitted_city(
    name: str,
    trips: Trips,
    *,
    begins_h: int,
    scale: float,
    is_replay: bool,
    acceptance: Acceptance = ACCEPTANCE,
) -> City:
    """The city of a table.

    Args:
        begins_h: hour of the day at which a run begins.
        scale: requests for each trip of a day.
        is_replay: whether the trips come as they were, those of all days on one.

    Raises:
        InvalidInputError: ``dispatch.too_few_trips``.
    """
    usable = _usable(trips)
    if len(usable.at_s) < FEWEST_TRIPS:
        raise InvalidInputError(
            f"A city needs {FEWEST_TRIPS} trips with both ends, of 1 to 120 minutes; this table has {len(usable.at_s)}.",
            code="dispatch.too_few_trips",
        )
    corner = np.minimum(usable.from_km.min(axis=0), usable.to_km.min(axis=0))
    order = np.argsort(usable.at_s, kind="stable")
    placed = Demand(
        usable.at_s[order], usable.from_km[order] - corner, usable.to_km[order] - corner, usable.trip_s[order]
    )
    days = len(np.unique(usable.day))
    demand = RecordedDemand(placed, days, scale, begins_h * HOUR_S, is_replay)
    ways = fitted_ways(placed.trip_km, placed.trip_s)
    per_day = len(placed) if is_replay else len(placed) * scale / days
    return City(
        name=name,
        summary=(
            f"{len(placed):,} of {len(trips.at_s):,} trips of {days} {'day' if days == 1 else 'days'} in {name}, "
            f"{'replayed as one day' if is_replay else f'drawn as {per_day:,.0f} requests a day'}, "
            f"from {begins_h}:00 on. A way takes {ways.start_s / 60:.1f} min, and {ways.s_per_km / 60:.1f} min for each "
            "kilometer as the crow flies."
        ),
        size_km=float(max(placed.from_km.max(), placed.to_km.max())),
        demand=demand,
        ways=ways,
        acceptance=acceptance,
        markets=_markets(demand, ways, is_replay=is_replay),
        begins_h=begins_h,
        is_synthetic=False,
    )


def fitted_ways(distance_km: FloatArray, trip_s: FloatArray) -> Ways:
    """The line of least absolute deviations, neither of its figures below 0, and how far ways stray from it.

    Source:
        iteratively reweighted least squares: E. Schlossmacher, "An iterative technique for absolute deviations curve
        fitting", JASA 68 (1973), 857-859.
    """
    inputs = np.column_stack([np.ones_like(distance_km), distance_km])
    weights: FloatArray = np.ones_like(trip_s)
    line: FloatArray = np.zeros(2)
    for _ in range(_STEPS):
        weighted = inputs * weights[:, None]
        line = np.asarray(np.linalg.solve(weighted.T @ inputs, weighted.T @ trip_s), dtype=np.float64)
        weights = 1.0 / np.maximum(np.abs(trip_s - inputs @ line), 1.0)
    start_s, s_per_km = max(0.0, float(line[0])), max(1.0, float(line[1]))
    strays = np.log(trip_s / np.maximum(start_s + s_per_km * distance_km, 1.0))
    spread = 1.4826 * float(np.median(np.abs(strays - np.median(strays))))
    return Ways(start_s, s_per_km, min(spread, 0.6))


def acceptance_by_hour(hours: IntArray, is_accepted: FloatArray) -> Acceptance:
    """Who accepts by the hour of the day, from requests for which there was a driver; the rest stays assumed.

    Args:
        hours: of the day, shape (n,).
        is_accepted: 1 or 0, shape (n,).
    """
    share = float(is_accepted.mean())
    offers = np.bincount(hours, minlength=DAY_H)
    accepted = np.bincount(hours, is_accepted, minlength=DAY_H)
    drawn = (accepted + _PRIOR_OFFERS * share) / (offers + _PRIOR_OFFERS)
    usual = ACCEPTANCE.per_min * _USUAL_ETA_MIN + ACCEPTANCE.per_km * _USUAL_TRIP_KM
    by_hour = tuple(float(value) for value in _logit(drawn) - _logit(share))
    return replace(ACCEPTANCE, base=float(_logit(share)) - usual, by_hour=by_hour)


def _logit(share: FloatArray | float) -> FloatArray:
    return np.asarray(np.log(share) - np.log1p(-np.asarray(share)))


def _usable(trips: Trips) -> Trips:
    """Trips with both ends inside the city, of a usual length and speed."""
    is_known = np.isfinite(trips.from_km).all(axis=1) & np.isfinite(trips.to_km).all(axis=1)
    is_known &= np.isfinite(trips.at_s) & np.isfinite(trips.trip_s)
    is_known &= (trips.trip_s >= _SHORTEST_S) & (trips.trip_s <= _LONGEST_S)
    known = trips.only(is_known)
    distance_km = np.hypot(*(known.to_km - known.from_km).T)
    known = known.only(distance_km / known.trip_s * HOUR_S <= _FASTEST_KM_H)
    if not len(known.at_s):
        return known
    ends = np.vstack([known.from_km, known.to_km])
    low, high = np.quantile(ends, (_OUTER_SHARE, 1 - _OUTER_SHARE), axis=0)
    is_inside = [((low <= places) & (places <= high)).all(axis=1) for places in (known.from_km, known.to_km)]
    return known.only(is_inside[0] & is_inside[1])


def _markets(demand: RecordedDemand, ways: Ways, *, is_replay: bool) -> dict[str, int]:
    """How many drivers the first three hours need."""
    seconds = 3 * HOUR_S
    first = replace(demand, is_replay=True).draw(seconds, ways, np.random.default_rng(0))
    factor = 1.0 if is_replay else demand.scale / demand.days
    busy = factor * float((first.trip_s + _USUAL_PICK_UP_S).sum()) / seconds
    return {name: max(2, math.ceil(share * busy)) for name, share in _MARKETS.items()}
