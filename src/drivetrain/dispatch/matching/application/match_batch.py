"""Matching all riders who wait at once: the drivers of a window are shared out so that the sum of waits is least."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from drivetrain.core.errors import ConflictError
from drivetrain.core.ids import new_id
from drivetrain.dispatch.events.domain.places import City
from drivetrain.dispatch.matching.application.match_rider import (
    POLICY,
    Match,
    RankDrivers,
    RankedDriver,
    Ride,
)
from drivetrain.dispatch.matching.application.ports import Holder, WantedHold
from drivetrain.dispatch.matching.domain.assignment import Pair, best_pairs, closest_pairs, load_solver
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.state.domain.drivers import FloatArray
from drivetrain.lifecycle.serving.predictions import ModelRef, RequestContext

MATCHER = "batch matcher"
"""Who made the offers, in the ledger and in histories."""

MOST_RIDERS = 300
"""In a window; those who have waited longest. The others come with the next one."""

CHOICES = 30
"""Of how many of a rider's best drivers one is chosen."""

_HELD_US = 10_000_000
"""So long a driver who was seen to be held is not looked at again; about an offer's time."""

_FIRST_S_PER_STEP = 2e-10
"""What a step of an assignment takes, before one was timed: measured at 1e-10 to 2.5e-10, 50 to 300 riders."""

_TELLING_STEPS = 1_000_000
"""Smaller assignments take their time for something else than steps."""


@dataclass(frozen=True, slots=True)
class WaitingRide:
    """A request that waits for a driver.

    Attributes:
        refused_by: drivers who declined it.
    """

    ride: Ride
    request_id: str
    waited_min: float
    refused_by: Set[str] = frozenset()


class WaitingRides(Protocol):
    """Requests that wait, and drivers who are held. Blocking."""

    def waiting(self, city: City | None, most: int) -> Sequence[WaitingRide]:
        """Those who have waited longest, in a city or anywhere.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

    def held(self, driver_ids: Sequence[str]) -> Set[str]:
        """Which of some drivers are held.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...


class Leases(Protocol):
    """Who matches a city. Blocking."""

    def take(self, city: str) -> int | None:
        """Take the city for a while, or keep it; the number of this tenure, which counts up. None where another has it.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """What came of a window.

    Attributes:
        riders: who waited.
        offers: riders whose driver is held now.
        lost: drivers whom somebody else held meanwhile.
        is_optimal: whether the sum of waits is least; else the closest pairs were made.
        took_s: from the reading of the riders to the last offer.
    """

    riders: int
    offers: int
    lost: int
    is_optimal: bool
    took_s: float


@dataclass(frozen=True, slots=True)
class _Tenure:
    """Who matches a window, by which policy."""

    fence: int
    policy: ModelRef


@dataclass(slots=True)
class MatchBatch:
    """Offers drivers to all riders who wait in a city.

    Args:
        deadline_s: an assignment that would take longer is not begun; the closest pairs are made instead.
        policy: that in force, asked before each window. Blocking.
    """

    ranking: RankDrivers
    holder: Holder
    rides: WaitingRides
    leases: Leases
    deadline_s: float
    policy: Callable[[], PickUpPolicy]
    timer: Callable[[], float] = time.perf_counter
    _s_per_step: float = field(default=_FIRST_S_PER_STEP, init=False)

    async def __call__(self, city: City | None) -> Batch | None:
        """Match a window; None where another process matches this city.

        Raises:
            UnavailableError: the database cannot be reached, or this process has just begun.
        """
        name, started = "" if city is None else city.name, self.timer()
        fence = await asyncio.to_thread(self.leases.take, name)
        if fence is None:
            return None
        policy = await asyncio.to_thread(self.policy)
        riders = await asyncio.to_thread(self.rides.waiting, city, MOST_RIDERS)
        choices = [self._choices(rider) for rider in riders]
        drivers = sorted({driver_id for choice in choices for driver_id in choice})
        held = await asyncio.to_thread(self.rides.held, drivers) if drivers else frozenset[str]()
        self._remember(held)
        free = [driver_id for driver_id in drivers if driver_id not in held]
        if free:
            await asyncio.to_thread(load_solver)
        pairs, is_optimal = self._solve(self._costs(riders, choices, free, policy))
        # a process that was paused for longer than its tenure lets the next one go on
        if pairs and await asyncio.to_thread(self.leases.take, name) != fence:
            return None
        context = RequestContext(MATCHER, new_id(), started)
        tenure = _Tenure(fence, ModelRef(POLICY, policy.version))
        offers = await asyncio.gather(
            *(self._offer(riders[row], choices[row], free[column], tenure, context) for row, column in pairs)
        )
        return Batch(len(riders), sum(offers), len(offers) - sum(offers), is_optimal, self.timer() - started)

    def _choices(self, rider: WaitingRide) -> Mapping[str, RankedDriver]:
        """A rider's best drivers, best first."""
        ranked = self.ranking.rank(rider.ride, 1)
        possible = [driver for driver in ranked if driver.driver_id not in rider.refused_by]
        return {driver.driver_id: driver for driver in possible[:CHOICES]}

    def _remember(self, held: Set[str]) -> None:
        """Have the next windows look past held drivers: they may be the nearest hundred of a rider."""
        now_us = self.ranking.idle.now_us()
        for driver_id in held:
            self.ranking.held.add(driver_id, now_us + _HELD_US, now_us)

    def _costs(
        self,
        riders: Sequence[WaitingRide],
        choices: Sequence[Mapping[str, RankedDriver]],
        free: Sequence[str],
        policy: PickUpPolicy,
    ) -> FloatArray:
        """What each driver costs for each rider, minutes; infinite for who is not among the rider's best."""
        columns = {driver_id: column for column, driver_id in enumerate(free)}
        waits = np.full((len(riders), len(free)), np.inf)
        for row, choice in enumerate(choices):
            for driver in choice.values():
                if (column := columns.get(driver.driver_id)) is not None:
                    waits[row, column] = driver.eta_min + driver.unsure_min
        waited = np.array([rider.waited_min for rider in riders], dtype=np.float64)
        return policy.batch_costs_min(waits, waited)

    def _solve(self, costs: FloatArray) -> tuple[list[Pair], bool]:
        """The pairs, and whether they are the best. What has begun cannot be ended, so its time is foreseen."""
        riders, drivers = costs.shape
        steps = min(riders, drivers) ** 2 * max(riders, drivers)
        if steps * self._s_per_step > self.deadline_s:
            self._s_per_step *= 0.9  # what was slow once, on a busy machine, is tried again in time
            return closest_pairs(costs), False
        began_at = self.timer()
        pairs = best_pairs(costs)
        if steps >= _TELLING_STEPS:
            self._s_per_step = (self.timer() - began_at) / steps
        return pairs, True

    async def _offer(
        self,
        rider: WaitingRide,
        choices: Mapping[str, RankedDriver],
        driver_id: str,
        tenure: _Tenure,
        context: RequestContext,
    ) -> bool:
        """Offer a driver; whether they are held for the rider now."""
        others = [driver for driver in choices.values() if driver.driver_id != driver_id]
        match = Match([choices[driver_id], *others], len(choices), tenure.policy, new_id())
        decision = self.ranking.decision(
            rider.ride, match, context, offered=driver_id, matcher="batch", tenure=tenure.fence
        )
        try:
            hold = await self.holder.hold(
                WantedHold(driver_id, rider.request_id, rider.ride.rider_id, decision)
            )
        except ConflictError:  # somebody has offered the ride meanwhile
            return False
        return hold is not None
