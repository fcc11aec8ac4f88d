"""What trying policies gave, as commands, routes and reports tell it."""

from __future__ import annotations

import math
from typing import cast

from drivetrain.core.time import iso_utc
from drivetrain.dispatch.simulation.adapters.answers import (
    LeagueAnswer,
    LeagueDifference,
    LeagueMarket,
    LeagueMeasures,
    LeaguePolicy,
    LeagueStanding,
    PolicyWeights,
)
from drivetrain.dispatch.simulation.application.try_policies import LeagueResult, MarketResult
from drivetrain.dispatch.simulation.domain.contenders import Contender
from drivetrain.dispatch.simulation.domain.league import Difference, Standing

ASSUMED = (
    "Whether drivers accept is assumed: a chance that falls with the way to the rider and rises with the length of the "
    "ride. No public table has offers with their ways.",
    "That drivers lean differently is assumed. In the public table of requests with refusals 300 drivers are as alike as "
    "chance makes them (chi-square by degrees of freedom 0.87).",
    "Patience of riders, time to answer, shifts and the tariff are assumed.",
    "Drivers without a ride go where riders ask after some minutes by themselves; how they really cruise is not known.",
)
"""What no table shows; printed wherever results are."""


def league_answer(league: LeagueResult) -> LeagueAnswer:
    """All of it."""
    return {
        "version": league.version,
        "made_at": iso_utc(league.made_at),
        "city": league.city.name,
        "city_summary": league.city.summary,
        "is_synthetic": league.city.is_synthetic,
        "reference": league.reference,
        "seeds": list(league.seeds),
        "hours": league.hours,
        "assumed": list(ASSUMED),
        "policies": [_contender(one) for one in league.contenders],
        "markets": [_market(market) for market in league.markets],
    }


def _contender(one: Contender) -> LeaguePolicy:
    return {
        "key": one.key,
        "summary": one.summary,
        "assignment": one.assignment.value,
        "weights": cast(PolicyWeights, one.policy.weights.as_mapping()),
        "reposition_after_s": one.reposition_after_s,
    }


def _market(market: MarketResult) -> LeagueMarket:
    return {
        "name": market.name,
        "drivers": market.drivers,
        "standings": [_standing(standing) for standing in market.standings],
    }


def _standing(standing: Standing) -> LeagueStanding:
    means = {name: _figure(value) for name, value in standing.means.items()}
    return {
        "policy": standing.key,
        "is_among_best": standing.is_among_best,
        "means": cast(LeagueMeasures, means),
        "differences": {name: _difference(one) for name, one in standing.differences.items()},
    }


def _difference(one: Difference) -> LeagueDifference:
    return {
        "value": _figure(one.estimate.value),
        "low": _figure(one.estimate.low),
        "high": _figure(one.estimate.high),
        "relative": None if one.relative is None else _figure(one.relative.value),
        "verdict": one.verdict.value,
    }


def _figure(value: float) -> float:
    """Five digits: more are noise."""
    return value if value == 0.0 else round(value, 4 - math.floor(math.log10(abs(value))))
