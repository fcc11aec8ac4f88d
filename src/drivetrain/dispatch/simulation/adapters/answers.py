"""Leagues in words of the API. Nothing here imports the simulator: workers go without scipy."""

from __future__ import annotations

from typing_extensions import TypedDict


class LeagueMeasures(TypedDict):
    """Means over the seeds: shares in [0, 1], seconds, the made-up tariff's money per hour."""

    served: float
    wait_s: float
    wait_p50_s: float
    wait_p90_s: float
    pick_up_s: float
    refusals: float
    empty_share: float
    utilization: float
    earnings_per_h: float
    gini: float


class LeagueDifference(TypedDict):
    """Against the reference in the same cities, with the 95 % interval; ``relative`` is by the reference's mean."""

    value: float
    low: float
    high: float
    relative: float | None
    verdict: str


class LeagueStanding(TypedDict):
    """A policy in a market; the reference has no differences."""

    policy: str
    is_among_best: bool
    means: LeagueMeasures
    differences: dict[str, LeagueDifference]


class LeagueMarket(TypedDict):
    """Policies of a market, those who served most first."""

    name: str
    drivers: int
    standings: list[LeagueStanding]


class PolicyWeights(TypedDict):
    """What counts beside the expected wait, minutes."""

    served_min: float
    waited: float
    refusal_min: float
    place: float


class LeaguePolicy(TypedDict):
    """A policy: its weights, and how the drivers of a window are shared out."""

    key: str
    summary: str
    assignment: str
    weights: PolicyWeights
    reposition_after_s: float | None


class LeagueAnswer(TypedDict):
    """Policies beside each other. ``is_synthetic`` is about the demand; the rest of the city always is made up."""

    version: str
    made_at: str
    city: str
    city_summary: str
    is_synthetic: bool
    reference: str
    seeds: list[int]
    hours: float
    assumed: list[str]
    policies: list[LeaguePolicy]
    markets: list[LeagueMarket]


class KeptLeague(TypedDict):
    """A league by its city."""

    city: str
    version: str
    made_at: str


class LeagueList(TypedDict):
    """The last league of each city; all of them, so ``next`` is null."""

    items: list[KeptLeague]
    next: str | None
