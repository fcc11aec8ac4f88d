"""Counting steps of drivers in windows: the same arrays while events come and over the log.

A window is counted in tiles. A tile holds sums, and sums do not depend on the order in which events come, so two who
have read the same part of the log have the same numbers to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from drivetrain.dispatch.features.domain.steps import (
    NO_RESPONSE,
    CountedStep,
    IntArray,
    Repeats,
    StepColumns,
)
from drivetrain.dispatch.features.domain.views import ONE_HOUR, SEVEN_DAYS, STATS_LAYOUT, Records, Window

MOST_DRIVERS = 1_000_000
LONGEST_RESPONSE_MS = 600_000
"""Longer answers count as this: no offer lasts so long."""

_FIRST_CAPACITY = 1_024
_NO_TILE = -(2**62)

OFFER_COUNTERS: Mapping[str, DTypeLike] = {
    "accepted": np.uint16,
    "refused": np.uint16,
    "answered": np.uint16,
    "response_ms": np.uint32,
}
"""By tile of six hours. A counter that is full stays full: 65,535 offers in six hours are not a driver's."""

TRIP_COUNTERS: Mapping[str, DTypeLike] = {"completed": np.uint16}


class TiledCounts:
    """Counters of many drivers in one window, each an array of shape (tiles of the window, capacity).

    Attributes:
        newest: the number of the newest tile in which something was counted; each tile has its row for as long as no
            newer one needs it.
        counts: the counters by name.
    """

    def __init__(self, window: Window, counters: Mapping[str, DTypeLike]) -> None:
        self.window = window
        self.newest = _NO_TILE
        self.counts: dict[str, NDArray[Any]] = {
            name: np.zeros((window.tiles, 0), dtype=kind) for name, kind in counters.items()
        }

    def grow(self, capacity: int) -> None:
        """Have room for so many drivers."""
        for name, counts in self.counts.items():
            room = np.zeros((len(counts), capacity - counts.shape[1]), dtype=counts.dtype)
            self.counts[name] = np.concatenate([counts, room], axis=1)

    def keep(self, places: IntArray) -> None:
        """Keep some drivers, in the given order."""
        for name, counts in self.counts.items():
            self.counts[name] = counts[:, places]

    def add(self, places: IntArray, known_us: IntArray, amounts: Mapping[str, IntArray]) -> None:
        """Count something of drivers.

        What is too old for the window at the newest instant is left out: it counts at no later one either.

        Args:
            places: of the drivers, shape (n,), each < capacity.
            known_us: when the log got it, shape (n,).
            amounts: by counter, shape (n,), each >= 0.
        """
        if not len(places):
            return
        tiles = known_us // self.window.tile_us
        self._turn_to(int(tiles.max()))
        is_kept = tiles > self.newest - self.window.tiles
        rows, places = tiles[is_kept] % self.window.tiles, places[is_kept]
        for name, amount in amounts.items():
            counts = self.counts[name]
            cells, inverse = np.unique(rows * counts.shape[1] + places, return_inverse=True)
            sums = np.zeros(len(cells), dtype=np.int64)
            np.add.at(sums, inverse, amount[is_kept])
            at = np.divmod(cells, counts.shape[1])
            most = np.iinfo(counts.dtype).max
            counts[at] = np.minimum(counts[at].astype(np.int64) + sums, most)

    def totals(self, places: IntArray | slice, as_of_us: int) -> dict[str, IntArray]:
        """The sums in the window that ends at an instant, by counter, shape (n,).

        Args:
            as_of_us: not before the newest of what was counted, microseconds since 1970.

        Raises:
            ValueError: it is; what the window held then is not kept.
        """
        last = as_of_us // self.window.tile_us
        if last < self.newest:
            raise ValueError(f"a window at tile {last} was asked for after tile {self.newest} had begun")
        rows = self._rows_of(max(self.window.first_tile(as_of_us), self.newest - self.window.tiles + 1))
        totals = {}
        for name, counts in self.counts.items():
            total = np.zeros_like(counts[0, places], dtype=np.int64)
            for row in rows:  # tile by tile: no copy of all tiles of all drivers
                total += counts[row, places]
            totals[name] = total
        return totals

    def _rows_of(self, first: int) -> list[int]:
        return [tile % self.window.tiles for tile in range(first, self.newest + 1)]

    def _turn_to(self, tile: int) -> None:
        """Empty the rows that tiles up to this one need."""
        if tile <= self.newest:
            return
        first = max(self.newest + 1, tile - self.window.tiles + 1)
        for counts in self.counts.values():
            counts[np.arange(first, tile + 1) % self.window.tiles] = 0
        self.newest = tile


class DriverWindows:
    """The windows of all drivers of whom a step was counted. Changed by one thread; empty before the first step.

    Attributes:
        driver_ids: by place.
        newest_us: when the log got the newest step, microseconds since 1970; 0 before.
        ignored: steps of drivers beyond ``MOST_DRIVERS``.
    """

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._repeats = Repeats()
        self._capacity = 0
        self.offers = TiledCounts(SEVEN_DAYS, OFFER_COUNTERS)
        self.trips = TiledCounts(ONE_HOUR, TRIP_COUNTERS)
        self.driver_ids: list[str] = []
        self.newest_us = self.ignored = 0

    def __len__(self) -> int:
        return len(self.driver_ids)

    @classmethod
    def restored(
        cls, driver_ids: Sequence[str], newest_us: int, repeats: Repeats, capacity: int
    ) -> DriverWindows:
        """Windows of known drivers in which nothing was counted yet, with room for so many.

        Args:
            repeats: what is known of steps that may come again.
            capacity: at least the number of drivers.
        """
        windows = cls()
        windows._repeats, windows.newest_us = repeats, newest_us
        windows._have_room(capacity)
        windows._add(driver_ids)
        return windows

    @property
    def places(self) -> Mapping[str, int]:
        """Of drivers in the arrays. Only grows, or is replaced as a whole: whoever has it can go on reading it."""
        return self._places

    @property
    def repeats(self) -> Repeats:
        """What is known of steps that may come again."""
        return self._repeats

    def apply(self, steps: StepColumns) -> int:
        """Count steps, each once; how many were new.

        Call it with each part of the log once, the steps of a partition in the order of their offsets. Otherwise the
        result depends on nothing: neither on how the log is cut nor on how partitions take turns.
        """
        steps = self._repeats.first_ones(steps)
        if not len(steps):
            return 0
        self.newest_us = max(self.newest_us, int(steps.known_us.max()))
        places = np.array(self._places_of(steps.driver_ids), dtype=np.int64)
        is_kept = places >= 0
        self._count(places[is_kept], steps if is_kept.all() else steps.only(np.flatnonzero(is_kept)))
        return len(steps)

    def fill(self, records: Records, driver_ids: Sequence[str], as_of_us: int) -> None:
        """Write the windows of some drivers, as they are at an instant, into their records.

        Args:
            records: with the fields of ``DRIVER_STATS``, shape (n,), nothing known yet.
            as_of_us: not before ``newest_us``.

        Raises:
            ValueError: it is.
        """
        places = np.array([self._places.get(driver, -1) for driver in driver_ids], dtype=np.int64)
        rows = np.flatnonzero(places >= 0)
        known = self._records(places[rows], as_of_us)
        for name in STATS_LAYOUT.names:
            records[name][rows] = known[name]

    def all_records(self, as_of_us: int) -> Records:
        """The windows of all drivers at an instant, in the order of ``driver_ids``, records of ``STATS_LAYOUT``.

        Args:
            as_of_us: not before ``newest_us``.

        Raises:
            ValueError: it is.
        """
        return self._records(slice(0, len(self)), as_of_us)

    def _records(self, places: IntArray | slice, as_of_us: int) -> Records:
        if as_of_us < self.newest_us:
            raise ValueError("windows were asked for at an instant before the newest step")
        offers, trips = self.offers.totals(places, as_of_us), self.trips.totals(places, as_of_us)
        records = STATS_LAYOUT.empty(len(trips["completed"]))
        records["accept_rate_7d"] = _ratio(offers["accepted"], offers["accepted"] + offers["refused"])
        records["avg_response_ms"] = _ratio(offers["response_ms"], offers["answered"])
        records["trips_1h"] = trips["completed"]
        return records

    def forget(self, as_of_us: int) -> int:
        """Drop the drivers of whom no window holds anything at an instant, or later; how many they were."""
        if not len(self) or as_of_us < self.newest_us:
            return 0
        everybody = slice(0, len(self))
        offers, trips = self.offers.totals(everybody, as_of_us), self.trips.totals(everybody, as_of_us)
        keep = np.flatnonzero(offers["accepted"] + offers["refused"] + trips["completed"])
        forgotten = len(self) - len(keep)
        if forgotten:
            self.offers.keep(keep)
            self.trips.keep(keep)
            self._capacity = len(keep)
            self.driver_ids = [self.driver_ids[place] for place in keep.tolist()]
            self._places = {driver: place for place, driver in enumerate(self.driver_ids)}
        return forgotten

    def _count(self, places: IntArray, steps: StepColumns) -> None:
        kinds = steps.steps
        is_accepted = kinds == CountedStep.ACCEPT
        is_refused = (kinds == CountedStep.DECLINE) | (kinds == CountedStep.EXPIRE)
        is_offer, is_trip = is_accepted | is_refused, kinds == CountedStep.COMPLETE
        response_ms = np.minimum(steps.response_ms, LONGEST_RESPONSE_MS)
        has_response = response_ms != NO_RESPONSE
        self.offers.add(
            places[is_offer],
            steps.known_us[is_offer],
            {
                "accepted": is_accepted[is_offer].astype(np.int64),
                "refused": is_refused[is_offer].astype(np.int64),
                "answered": has_response[is_offer].astype(np.int64),
                "response_ms": np.where(has_response, response_ms, 0)[is_offer],
            },
        )
        trips = np.ones(int(is_trip.sum()), dtype=np.int64)
        self.trips.add(places[is_trip], steps.known_us[is_trip], {"completed": trips})

    def _places_of(self, driver_ids: Sequence[str]) -> Sequence[int]:
        """The place of each driver, -1 for one too many; new ones get theirs."""
        known = self._places
        if new := [driver for driver in dict.fromkeys(driver_ids) if driver not in known]:
            self._add(new[: MOST_DRIVERS - len(known)])
        places = [known.get(driver, -1) for driver in driver_ids]
        self.ignored += places.count(-1)
        return places

    def _add(self, driver_ids: Sequence[str]) -> None:
        first, following = len(self), len(self) + len(driver_ids)
        if following > self._capacity:
            self._have_room(max(_FIRST_CAPACITY, 2 * first, following))
        self._places.update(zip(driver_ids, range(first, following), strict=True))
        self.driver_ids.extend(driver_ids)

    def _have_room(self, capacity: int) -> None:
        self._capacity = capacity
        self.offers.grow(capacity)
        self.trips.grow(capacity)


def windows_of(windows: DriverWindows, driver_ids: Sequence[str], as_of_us: int) -> Records:
    """The windows of some drivers at an instant, records of ``STATS_LAYOUT``."""
    records = STATS_LAYOUT.empty(len(driver_ids))
    windows.fill(records, driver_ids, as_of_us)
    return records


def _ratio(part: IntArray, whole: IntArray) -> NDArray[np.float64]:
    """Shape (n,); NaN where there is nothing to divide by."""
    ratios = np.full(len(part), np.nan)
    np.divide(part, whole, out=ratios, where=whole > 0)
    return ratios
