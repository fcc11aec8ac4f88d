"""Matching one rider: the nearest idle drivers, ranked by the policy, and the decision in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import orjson

from drivetrain.core.errors import UnavailableError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock
from drivetrain.dispatch.events.domain.events import Place
from drivetrain.dispatch.features.application.ports import FeatureUse, KnownFeatures
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT
from drivetrain.dispatch.matching.application.ports import IdleDrivers
from drivetrain.dispatch.matching.domain.held import HeldDrivers
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy, Ranking
from drivetrain.dispatch.state.domain.cells import Nearby
from drivetrain.lifecycle.serving.predictions import Decision, DecisionWriter, ModelRef, RequestContext

PRODUCT = "dispatch"
POLICY = "dispatch-pick-up"
CANDIDATES = 100
"""Of how many idle drivers the policy chooses."""

_WIDER = 4
"""Where too few of the nearest are free, so many times as many are looked at."""


@dataclass(frozen=True, slots=True)
class Ride:
    """What a rider asks for.

    Attributes:
        request_id: None where the rider has made no request yet.
        dropoff: None where they have not said.
        vehicle: empty for any.
    """

    rider_id: str
    request_id: str | None
    pickup: Place
    dropoff: Place | None
    vehicle: str


class RankedDriver(NamedTuple):
    """A driver for a rider. A tuple, because each match makes a hundred: as a frozen dataclass, they took 40 % of ranking.

    Attributes:
        score: in (0, 1], the larger the better.
        age_s: how old the position is, seconds.
        unsure_min: what the age of the position may add to the time, minutes.
    """

    driver_id: str
    score: float
    distance_km: float
    eta_min: float
    age_s: float
    unsure_min: float


@dataclass(frozen=True, slots=True)
class Match:
    """The best drivers for a rider, best first.

    Attributes:
        candidates: how many were ranked.
        policy: by which.
    """

    drivers: Sequence[RankedDriver]
    candidates: int
    policy: ModelRef
    decision_id: str


@dataclass(frozen=True, slots=True)
class RankDrivers:
    """Ranks the idle drivers around a rider; every way of matching does it by this.

    Args:
        radius_km: farther ones are not looked at.
        features: what is known of drivers beside where they are; it goes into the ledger, so that the next policy
            can be learned from what was known. None for nothing.

    Attributes:
        held: drivers whom this process knows to be held; they are not ranked.
        use: of features, in decisions.
    """

    idle: IdleDrivers
    policy: PickUpPolicy
    clock: Clock
    radius_km: float
    held: HeldDrivers = field(default_factory=HeldDrivers, kw_only=True)
    features: KnownFeatures | None = field(default=None, kw_only=True)
    use: FeatureUse = field(default_factory=FeatureUse, kw_only=True)

    @property
    def policy_ref(self) -> ModelRef:
        """The policy as it stands in the ledger."""
        return ModelRef(POLICY, self.policy.version)

    def decision(self, ride: Ride, match: Match, context: RequestContext, **offer: str | int) -> Decision:
        """A match as it stands in the ledger.

        Args:
            offer: further fields of the answer.
        """
        state, features = self._seen(match)
        return Decision(
            decision_id=match.decision_id,
            decided_at=self.clock.now(),
            product=PRODUCT,
            model=match.policy,
            input_json=orjson.dumps({**_ride(ride), **state}),
            features=features,
            answer_json=orjson.dumps({**_answer(match), **offer}),
            latency_us=context.waited_us(),
            caller=context.caller,
            request_id=context.request_id,
        )

    def rank(self, ride: Ride, most: int) -> list[RankedDriver]:
        """The candidates, best first; none whom this process knows to be held.

        Args:
            most: how many are wanted, 1 to ``CANDIDATES``; fewer only where there are no more within the radius.

        Raises:
            UnavailableError: ``dispatch.catching_up``.
        """
        if self.idle.is_catching_up:
            raise UnavailableError(
                "This process has just begun and is still reading where drivers are.",
                code="dispatch.catching_up",
            )
        looked_at, now_us = CANDIDATES, self.idle.now_us()
        while True:
            nearby = self._nearest(ride, looked_at)
            free = self._free(nearby, now_us)
            if len(free) >= most or len(nearby) < looked_at:
                return _in_order(free, self.policy.rank(free, now_us=now_us))
            looked_at *= _WIDER

    def _seen(self, match: Match) -> tuple[Mapping[str, Any], Sequence[float]]:
        """What a match was made from: up to where the log was counted, and the figures of each driver.

        Distance and age of the position, and behind them the features of ``STATS_LAYOUT``, NaN where one is missing.
        """
        shown = None if self.features is None else self.features.shown
        places = [(driver.distance_km, driver.age_s) for driver in match.drivers]
        if shown is None or not places:
            self.use.count_unknown(len(places))
            return {}, [figure for place in places for figure in place]
        values = STATS_LAYOUT.numbers(shown.of([driver.driver_id for driver in match.drivers]))
        self.use.count(values)
        state = {
            "layout": STATS_LAYOUT.digest,
            "as_of_us": shown.as_of_us,
            "offsets": [[part, offset] for part, offset in shown.offsets.items()],
        }
        figures = [
            figure for place, row in zip(places, values.tolist(), strict=True) for figure in (*place, *row)
        ]
        return {"features_as_of": state}, figures

    def _nearest(self, ride: Ride, most: int) -> Nearby:
        return self.idle.index.nearest(
            ride.pickup.latitude,
            ride.pickup.longitude,
            most=most,
            radius_km=self.radius_km,
            not_before_us=self.idle.not_before_us,
            vehicle=ride.vehicle,
        )

    def _free(self, nearby: Nearby, now_us: int) -> Nearby:
        """The nearest ``CANDIDATES`` of them whom nobody is known to hold."""
        is_free = [not self.held.is_held(driver_id, now_us) for driver_id in nearby.driver_ids]
        if len(nearby) <= CANDIDATES and all(is_free):
            return nearby
        return nearby.only(np.flatnonzero(is_free)[:CANDIDATES])


@dataclass(frozen=True, slots=True)
class MatchRider(RankDrivers):
    """Answers one rider with the best drivers."""

    decisions: DecisionWriter

    async def __call__(self, ride: Ride, most: int, context: RequestContext) -> Match:
        """The best drivers, once the decision is durable; none where nobody is idle within the radius.

        Args:
            most: how many are wanted, 1 to ``CANDIDATES``.

        Raises:
            UnavailableError: the ledger cannot take the decision, or the process has just begun
                (``dispatch.catching_up``); nothing was acknowledged.
        """
        ranked = self.rank(ride, most)
        match = Match(ranked[:most], len(ranked), self.policy_ref, new_id())
        await self.decisions.append(self.decision(ride, match, context))
        return match


def _in_order(nearby: Nearby, ranking: Ranking) -> list[RankedDriver]:
    rows = ranking.rows
    columns = (ranking.scores, nearby.distances_km[rows], ranking.eta_min, ranking.age_s, ranking.unsure_min)
    driver_ids = [nearby.driver_ids[row] for row in rows.tolist()]
    return list(
        map(RankedDriver._make, zip(driver_ids, *(column.tolist() for column in columns), strict=True))
    )


def _ride(ride: Ride) -> Mapping[str, Any]:
    def pair(place: Place | None) -> list[float] | None:
        return None if place is None else [place.latitude, place.longitude]

    return {
        "rider_id": ride.rider_id,
        "request_id": ride.request_id,
        "pickup": pair(ride.pickup),
        "dropoff": pair(ride.dropoff),
        "vehicle": ride.vehicle or None,
    }


def _answer(match: Match) -> Mapping[str, Any]:
    return {
        "drivers": [
            {
                "driver_id": driver.driver_id,
                "score": round(driver.score, 6),
                "distance_m": round(driver.distance_km * 1_000),
                "eta_min": round(driver.eta_min, 2),
            }
            for driver in match.drivers
        ],
        "candidates": match.candidates,
    }
