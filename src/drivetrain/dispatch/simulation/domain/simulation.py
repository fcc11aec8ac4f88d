"""A city in which one policy shares out the drivers: from event to event, with a look at who waits in every window.

Riders, drivers, what ways take and who refuses whom are drawn by the seed alone, so every policy meets the same city.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from enum import IntEnum

import numpy as np

from drivetrain.dispatch.simulation.domain.chance import Luck, pair_chance, pair_normal
from drivetrain.dispatch.simulation.domain.cities import City
from drivetrain.dispatch.simulation.domain.contenders import BoolArray, Contender, Window
from drivetrain.dispatch.simulation.domain.course import Course
from drivetrain.dispatch.simulation.domain.crew import Crew
from drivetrain.dispatch.simulation.domain.demand import HOUR_S
from drivetrain.dispatch.simulation.domain.fleet import DRIVING, FETCHING, IDLE, OFFERED, Point
from drivetrain.dispatch.simulation.domain.idleness import Idleness
from drivetrain.dispatch.state.domain.drivers import FloatArray, IntArray

WINDOW_S = 2.0
WARM_UP_S, TAIL_S = 1_800.0, 1_800.0
"""Before the riders who are counted, and behind them: a city neither begins nor ends with them."""

_LOOK_AGAIN_S = 10.0
"""Where nobody came and nobody got free: drivers move."""

_COUNT_EVERY_S = 5.0
"""Idle drivers by cell, for those who look at that."""

_PLACES = 4_096
"""Of the sample of places where riders ask."""


class Happening(IntEnum):
    """What happens at an instant."""

    ASKS = 0
    GIVES_UP = 1
    ANSWERS = 2
    IS_THERE = 3
    IS_DONE = 4
    DRIFTS = 5
    BEGINS_SHIFT = 6
    ENDS_SHIFT = 7


class Simulation:
    """One run; made for it, and used once.

    Args:
        hours: in which riders are counted.
    """

    def __init__(self, city: City, drivers: int, contender: Contender, *, seed: int, hours: float) -> None:
        self._city, self._contender, self._seed = city, contender, seed
        self._begins_s, self._ends_s = WARM_UP_S, WARM_UP_S + hours * HOUR_S
        self._stops_s = self._ends_s + TAIL_S
        self._demand = city.demand.draw(self._stops_s, city.ways, _stream(seed, 1))
        self._trip_km = self._demand.trip_km
        self._places = city.demand.places(_PLACES, _stream(0, 2))
        self._idleness = Idleness(self._places, len(self._demand) / self._stops_s, city.size_km)
        self._by_cell, self._counted_s = np.zeros(0), -np.inf
        self._events: list[tuple[float, int, Happening, int, int]] = [
            (at_s, rider, Happening.ASKS, rider, 0) for rider, at_s in enumerate(self._demand.at_s.tolist())
        ]
        self._numbers = len(self._events)
        self._start_riders()
        self._start_drivers(drivers)

    def run(self) -> Course:
        """Until the last rider who is counted was picked up or gave up."""
        now_s, handle = 0.0, self._handlers()
        while self._events and (next_s := self._events[0][0]) < self._stops_s:
            if self._waiting:
                next_s = min(next_s, now_s + _LOOK_AGAIN_S)
            now_s = max(now_s + WINDOW_S, -(-next_s // WINDOW_S) * WINDOW_S)
            while self._events and self._events[0][0] <= now_s:
                at_s, _, happening, who, other = heapq.heappop(self._events)
                handle[happening](at_s, who, other)
            if self._waiting:
                self._share_out(now_s)
        return self._course()

    def _start_riders(self) -> None:
        riders = len(self._demand)
        self._waiting: set[int] = set()
        self._refused_by: dict[int, list[int]] = {}
        self._accepted_s, self._picked_up_s = np.full(riders, np.nan), np.full(riders, np.nan)
        self._driver_of, self._refusals = np.full(riders, -1), np.zeros(riders, dtype=np.int64)
        self._offers = 0

    def _start_drivers(self, drivers: int) -> None:
        counted_s = (self._begins_s, self._ends_s)
        self._crew = Crew(self._city, drivers, self._places, _stream(self._seed, 3), counted_s)
        self._fleet = self._crew.fleet
        for driver, left_s in enumerate(self._crew.left_s):
            self._begin_shift(0.0, driver, left_s)

    def _handlers(self) -> Sequence[Callable[[float, int, int], None]]:
        return (  # in the order of ``Happening``
            self._asks,
            self._gives_up,
            self._answers,
            self._is_there,
            self._is_done,
            self._drifts,
            lambda at_s, driver, _: self._begin_shift(at_s, driver, self._city.shifts.lasts_h * HOUR_S),
            self._ends_shift,
        )

    def _push(self, at_s: float, happening: Happening, who: int, other: int = 0) -> None:
        self._numbers += 1
        heapq.heappush(self._events, (at_s, self._numbers, happening, who, other))

    # riders

    def _asks(self, at_s: float, rider: int, _: int) -> None:
        self._waiting.add(rider)
        self._push(at_s + self._city.patience_s, Happening.GIVES_UP, rider)

    def _gives_up(self, _at_s: float, rider: int, _: int) -> None:
        """Who is waiting leaves; who has an offer does if it is refused."""
        self._waiting.discard(rider)

    # offers

    def _share_out(self, now_s: float) -> None:
        idle = self._fleet.idle()
        if not len(idle):
            return
        riders = sorted(self._waiting)
        for row, column in self._contender.propose(self._window(riders, idle, now_s)):
            self._offer(riders[row], int(idle[column]), now_s)

    def _window(self, riders: list[int], idle: IntArray, now_s: float) -> Window:
        rows, city = np.array(riders), self._city
        places_km = self._fleet.places(idle, now_s)
        apart = self._demand.from_km[rows][:, None, :] - places_km[None, :, :]
        distances_km = np.sqrt(apart[:, :, 0] ** 2 + apart[:, :, 1] ** 2)
        is_possible = city.ways.expected_s(distances_km) <= city.bound_min * 60
        self._leave_out_refused(riders, idle, is_possible)
        return Window(
            distances_km,
            is_possible,
            (now_s - self._demand.at_s[rows]) / 60,
            lambda: city.acceptance.chances(
                city.ways.expected_s(distances_km) / 60, self._trip_km[rows][:, None], city.hour(now_s)
            ),
            lambda: self._idle_change_min(rows, places_km, now_s),
        )

    def _leave_out_refused(self, riders: list[int], idle: IntArray, is_possible: BoolArray) -> None:
        column_of = np.full(len(self._fleet), -1)
        column_of[idle] = np.arange(len(idle))
        for row, rider in enumerate(riders):
            if refused_by := self._refused_by.get(rider):
                columns = column_of[refused_by]
                is_possible[row, columns[columns >= 0]] = False

    def _idle_change_min(self, riders: IntArray, places_km: FloatArray, now_s: float) -> FloatArray:
        by_cell = self._idle_by_cell(now_s)
        after = self._idleness.at(by_cell, self._demand.to_km[riders])
        return np.asarray(after[:, None] - self._idleness.at(by_cell, places_km)[None, :])

    def _offer(self, rider: int, driver: int, now_s: float) -> None:
        self._offers += 1
        self._waiting.discard(rider)
        self._fleet.state[driver] = OFFERED
        shortest_s, longest_s = self._city.answer_s
        chance = pair_chance(self._seed, rider, driver, Luck.ANSWERS_AFTER)
        self._push(now_s + shortest_s + (longest_s - shortest_s) * chance, Happening.ANSWERS, driver, rider)

    def _answers(self, at_s: float, driver: int, rider: int) -> None:
        east, north = self._fleet.place(driver, at_s)
        to_east, to_north = self._demand.from_km[rider].tolist()
        distance_km = float(np.hypot(to_east - east, to_north - north))
        expected_s = self._city.ways.start_s + self._city.ways.s_per_km * distance_km
        chance = self._city.acceptance.chance(
            expected_s / 60, float(self._trip_km[rider]), self._city.hour(at_s), self._crew.leaning[driver]
        )
        if pair_chance(self._seed, rider, driver, Luck.REFUSES) >= chance:
            self._refuse(at_s, driver, rider)
            return
        self._crew.count_empty(driver, at_s)
        luck = pair_normal(self._seed, rider, driver, Luck.PICK_UP)
        lasts_s = expected_s * float(np.exp(self._city.ways.spread * luck))
        self._fleet.state[driver] = FETCHING
        self._accepted_s[rider], self._driver_of[rider] = at_s, driver
        self._fleet.send(driver, (to_east, to_north), at_s, lasts_s)
        self._push(at_s + lasts_s, Happening.IS_THERE, driver, rider)

    def _refuse(self, at_s: float, driver: int, rider: int) -> None:
        """For good: this driver is not asked for this rider again."""
        self._refusals[rider] += 1
        self._refused_by.setdefault(rider, []).append(driver)
        if at_s - self._demand.at_s[rider] < self._city.patience_s:
            self._waiting.add(rider)
        self._be_idle(at_s, driver)

    # drivers

    def _is_there(self, at_s: float, driver: int, rider: int) -> None:
        self._crew.count_empty(driver, at_s)
        self._fleet.state[driver] = DRIVING
        self._picked_up_s[rider] = at_s
        lasts_s = float(self._demand.trip_s[rider])
        east, north = self._demand.to_km[rider].tolist()
        self._fleet.send(driver, (east, north), at_s, lasts_s)
        self._push(at_s + lasts_s, Happening.IS_DONE, driver, rider)

    def _is_done(self, at_s: float, driver: int, rider: int) -> None:
        east, north = self._demand.to_km[rider].tolist()
        self._fleet.stand(driver, (east, north), at_s)
        self._be_idle(at_s, driver)

    def _be_idle(self, at_s: float, driver: int) -> None:
        if self._crew.is_over[driver]:
            self._end_shift(at_s, driver)
            return
        self._fleet.state[driver] = IDLE
        self._fleet.idle_since[driver] += 1
        self._plan_drift(at_s, driver)

    def _plan_drift(self, at_s: float, driver: int) -> None:
        after_s = self._contender.reposition_after_s
        after_s = self._city.drift_after_s if after_s is None else after_s
        self._push(at_s + after_s, Happening.DRIFTS, driver, self._fleet.idle_since[driver])

    def _drifts(self, at_s: float, driver: int, planned: int) -> None:
        if self._fleet.state[driver] != IDLE or self._fleet.idle_since[driver] != planned:
            return
        self._crew.count_empty(driver, at_s)
        to = self._drift_target(driver, at_s, planned)
        if to is None:
            self._fleet.stand(driver, self._fleet.place(driver, at_s), at_s)
            self._plan_drift(at_s, driver)
            return
        east, north = self._fleet.place(driver, at_s)
        lasts_s = self._city.ways.s_per_km * float(np.hypot(to[0] - east, to[1] - north))
        self._fleet.send(driver, to, at_s, lasts_s)
        self._plan_drift(at_s + lasts_s, driver)

    def _drift_target(self, driver: int, at_s: float, planned: int) -> Point | None:
        """Where the policy sends an idle driver, or where they go by themselves: anywhere that riders ask."""
        if self._contender.reposition_after_s is None:
            east, north = self._places[
                int(_PLACES * pair_chance(self._seed, driver, planned, Luck.DRIFTS_TO))
            ].tolist()
            return east, north
        min_per_km = self._city.ways.s_per_km / 60
        return self._idleness.better_place(
            self._idle_by_cell(at_s), self._fleet.place(driver, at_s), min_per_km
        )

    def _idle_by_cell(self, now_s: float) -> FloatArray:
        """Counted anew where the last count is older than a few seconds."""
        if now_s > self._counted_s + _COUNT_EVERY_S:
            self._by_cell = self._idleness.by_cell(self._fleet.target_km[self._fleet.idle()])
            self._counted_s = now_s
        return self._by_cell

    def _begin_shift(self, at_s: float, driver: int, lasts_s: float) -> None:
        self._crew.begin_shift(driver, at_s)
        self._push(at_s + lasts_s, Happening.ENDS_SHIFT, driver)
        self._be_idle(at_s, driver)

    def _ends_shift(self, at_s: float, driver: int, _: int) -> None:
        self._crew.is_over[driver] = True
        if self._fleet.state[driver] == IDLE:
            self._end_shift(at_s, driver)

    def _end_shift(self, at_s: float, driver: int) -> None:
        self._crew.end_shift(driver, at_s)
        self._push(at_s + self._city.shifts.pause_min * 60, Happening.BEGINS_SHIFT, driver)

    def _course(self) -> Course:
        self._crew.close()
        at_s = self._demand.at_s
        return Course(
            self._city,
            self._demand,
            (self._begins_s <= at_s) & (at_s < self._ends_s),
            self._accepted_s,
            self._picked_up_s,
            self._driver_of,
            self._refusals,
            self._crew.empty_km,
            self._crew.on_shift_s,
            self._stops_s,
            self._offers,
        )


def _stream(seed: int, number: int) -> np.random.Generator:
    """Random numbers of one purpose, independent of all others of the seed."""
    return np.random.default_rng((seed, number))
