"""Parameters of rides where no real table is present: coarse, made by hand, and synthetic through and through.

Nothing here is counted from a table. Attractions, hours and speeds are round figures that somebody who knows
a large city with a dense center and two airports would put down; the places of the areas are public facts,
the tariff is published.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np

from drivetrain.trips.city.domain.areas import PLACES, UNKNOWN_AREA
from drivetrain.trips.rides.domain.areas import (
    KINDS,
    LOOP,
    MIDWAY,
    NEAR_NORTH,
    NEAR_WEST,
    OHARE,
    centroid_miles,
    pair_kinds,
)
from drivetrain.trips.rides.domain.clock import HOURS
from drivetrain.trips.rides.model.demand import (
    Distances,
    Fares,
    FloatArray,
    RideDemand,
    Speeds,
    WhenAndWhere,
    settled,
)
from drivetrain.trips.rides.model.groups import FARE_EDGES_USD, MILE_BANDS, SPEED_GROUPS, STANDS, TRUSTS
from drivetrain.trips.rides.model.quantiles import normal_table

_RIDES_A_DAY = 15_000.0
"""A large city's taxis, rounded; the rate of a draw scales it."""

_DAYS = np.array([0.9, 1.0, 1.0, 1.05, 1.15, 1.0, 0.8])
"""Monday to Sunday: the week fills up toward Friday evening and rests on Sunday."""

_ATTRACTION = {
    NEAR_NORTH: 24.0,  # hotels, restaurants and offices north of the river
    LOOP: 20.0,  # offices and stations
    OHARE: 14.0,
    NEAR_WEST: 9.0,  # stations and hospitals
    MIDWAY: 3.0,
    6: 4.0,  # Lake View
    7: 4.0,  # Lincoln Park
    33: 4.0,  # Near South Side: museums and the convention center
    24: 3.0,  # West Town
    3: 2.0,  # Uptown
    41: 2.0,  # Hyde Park
}
"""Percent of rides that start or end in an area; the others share a fifth, less the farther they lie from the
Loop."""

_OTHERS, _OTHERS_FALL_MILES = 20.0, 4.0
_UNKNOWN_SHARE = 0.10
"""One ride in ten leaves the city or comes from outside it, at either end."""

_FALL_MILES = 5.0
"""Attraction falls by e with each five miles: taxis are taken over short ways. Who flies does not mind the
distance."""

_AIRPORT_NEARNESS = 0.5
_BOTH_UNKNOWN = 4.0
"""Who starts outside the city mostly ends there too."""

_ROAD_PER_STRAIGHT = 1.3
"""Miles on a grid of streets per mile as the crow flies: between 1 along the grid and 1.41 across it, plus
the ways in."""

_WITHIN_AREA_MILES = 1.0
_UNKNOWN_MILES = (6.0, 8.0, 2.5)
"""Drop-off unknown, pick-up unknown, both unknown."""

_MPH = (4.0, 6.5, 8.0, 9.0, 9.5, 10.5, 13.0, 17.0, 21.0, 25.0, 28.0, 31.0, 33.0)
"""By band of miles: short rides are lights and curbs, long ones expressway."""

_WAITING = (0.7, 0.5, 0.4, 0.2)
"""Share of the time charged as waiting, by band of speed: a meter counts time below about nine miles per
hour."""

_AIRPORT_TAX_USD = 4.0
_TIPPED_SHARE, _USUAL_TIP = 0.5, 0.2
"""Half pay by card and tip a fifth; tips in cash are not reported."""


@cache
def built_in() -> RideDemand:
    """The coarse parameters made by this project."""
    return settled(
        RideDemand(
            name="built-in",
            source="Coarse parameters made by the drivetrain project; no real ride stands behind them.",
            learned_from_real=False,
            when=_when(),
            distances=_distances(),
            speeds=_speeds(),
            fares=_fares(),
        )
    )


def _when() -> WhenAndWhere:
    week_day = _bumps((8.0, 2.0, 0.8), (17.5, 3.5, 1.3), (12.5, 3.0, 0.6), night=0.1)
    weekend = _bumps((13.0, 4.0, 0.9), (19.5, 3.5, 1.2), (0.5, 2.5, 0.9), night=0.1)
    rides_per_hour = _RIDES_A_DAY * _DAYS[:, None] * np.array([week_day] * 5 + [weekend] * 2)
    home, work = (
        _bumps((8.0, 2.0, 2.0), (18.0, 4.0, 1.0), night=0.1),
        _bumps((17.5, 3.0, 2.0), (9.0, 3.0, 0.8), night=0.1),
    )
    flights = _bumps((11.0, 3.5, 0.8), (19.0, 4.0, 1.3), night=0.05)
    by_area = {
        LOOP: work,
        NEAR_NORTH: work,
        NEAR_WEST: work,
        OHARE: flights,
        MIDWAY: flights,
        UNKNOWN_AREA: week_day,
    }
    on_weekdays = np.array([by_area.get(area, home) for area in range(PLACES)])
    at_weekends = np.array([flights if area in (OHARE, MIDWAY) else weekend for area in range(PLACES)])
    none = np.zeros(0, dtype=np.int64)
    profile = np.hstack([on_weekdays * 5 / 7, at_weekends * 2 / 7])
    return WhenAndWhere(
        rides_per_hour, _pair_share(), profile, none, none, none.astype(np.float64), pair_strength=1.0
    )


def _bumps(*bumps: tuple[float, float, float], night: float) -> FloatArray:
    """A day's profile, shape (24,), sums to 1: bumps around an hour, with a width in hours and a height, over a flat night."""
    hours = np.arange(HOURS) + 0.5
    profile = np.full(HOURS, night)
    for middle, width, height in bumps:
        away = (hours - middle + HOURS / 2) % HOURS - HOURS / 2
        profile += height * np.exp(-0.5 * (away / width) ** 2)
    shares: FloatArray = profile / profile.sum()
    return shares


def _pair_share() -> FloatArray:
    """A gravity model: attraction of both ends, less the farther they lie apart."""
    miles = centroid_miles()
    pull = np.exp(-np.nan_to_num(miles[LOOP]) / _OTHERS_FALL_MILES)
    pull[[UNKNOWN_AREA, *_ATTRACTION]] = 0.0
    pull *= _OTHERS / pull.sum()
    for area, percent in _ATTRACTION.items():
        pull[area] = percent
    nearness = np.exp(-np.nan_to_num(miles) / _FALL_MILES)
    for airport in (OHARE, MIDWAY):
        nearness[airport, :] = nearness[:, airport] = _AIRPORT_NEARNESS
        nearness[airport, airport] = 0.1  # between terminals goes a train
    pairs = pull[:, None] * pull * nearness
    pairs /= pairs.sum()
    to_unknown = pairs.sum(axis=1) * _UNKNOWN_SHARE
    from_unknown = pairs.sum(axis=0) * _UNKNOWN_SHARE
    pairs[:, UNKNOWN_AREA], pairs[UNKNOWN_AREA, :] = to_unknown, from_unknown
    pairs[UNKNOWN_AREA, UNKNOWN_AREA] = _UNKNOWN_SHARE**2 * _BOTH_UNKNOWN
    share: FloatArray = pairs / pairs.sum()
    return share


def _distances() -> Distances:
    road = np.nan_to_num(centroid_miles()) * _ROAD_PER_STRAIGHT
    np.fill_diagonal(road, _WITHIN_AREA_MILES)
    road[:, UNKNOWN_AREA], road[UNKNOWN_AREA, :] = _UNKNOWN_MILES[:2]
    road[UNKNOWN_AREA, UNKNOWN_AREA] = _UNKNOWN_MILES[2]
    near = np.exp(-road / 2.0)
    # the nearer the areas, the more it matters where in them a ride starts and ends
    scale = 0.15 + 0.45 * near
    scale[UNKNOWN_AREA, :] = scale[:, UNKNOWN_AREA] = 0.8
    return Distances(
        np.log(np.maximum(road, 0.6)), scale, pair_kinds(), normal_table([0.0] * KINDS, [1.0] * KINDS)
    )


def _speeds() -> Speeds:
    rush = _bumps((8.0, 1.5, 1.0), (17.0, 2.0, 1.2), night=0.2)
    slow = 0.25 * (rush.mean() - rush) / rush.max()
    weekday = np.array([slow, 2 * slow])  # the expressways suffer more
    return Speeds(
        middle=np.tile(np.log(_MPH), TRUSTS),
        hour_effect=np.hstack([weekday, np.full((2, HOURS), 0.1)]),
        pair_effect=np.zeros((PLACES, PLACES)),
        pair_scale=np.ones((PLACES, PLACES)),
        residual=normal_table([0.0] * SPEED_GROUPS, ([0.35] * 6 + [0.28] * (MILE_BANDS - 6)) * TRUSTS),
    )


def _fares() -> Fares:
    tip = np.clip(normal_table([_USUAL_TIP], [0.05])[0], 0.0, 0.4)
    levels = np.linspace(0.0, 1.0, len(tip))
    tips = np.where(
        levels < 1 - _TIPPED_SHARE, 0.0, np.interp((levels - 1 + _TIPPED_SHARE) / _TIPPED_SHARE, levels, tip)
    )
    edges = (5.0, *FARE_EDGES_USD, 60.0)
    usual_fare = [(low + high) / 2 for low, high in itertools.pairwise(edges)]
    tax = [0.0, 0.0, 0.0, _AIRPORT_TAX_USD, _AIRPORT_TAX_USD]
    surcharge = np.array([tax[stand] + fare * tips for stand in range(STANDS) for fare in usual_fare])
    return Fares(normal_table(list(_WAITING) * SPEED_GROUPS, [0.1] * len(_WAITING) * SPEED_GROUPS), surcharge)
