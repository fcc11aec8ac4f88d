"""All drivers as columns: a hundred thousand in five megabytes, a thousand updates in a fraction of a millisecond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.dispatch.events.domain.events import DriverStatus
from drivetrain.dispatch.events.domain.synthetic import is_synthetic

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CodeArray = NDArray[np.uint16]

STATUSES: Sequence[DriverStatus] = tuple(DriverStatus)
STATUS_CODES = {status.value: code for code, status in enumerate(STATUSES)}
IDLE = STATUS_CODES[DriverStatus.IDLE]

ANY_VEHICLE = 0
"""Code of a vehicle that is not known; it suits every wish."""

MOST_DRIVERS = 1_000_000
OTHER_VEHICLE = 1
"""Code of all kinds beyond ``MOST_VEHICLES``; it suits no wish for a certain one."""

MOST_VEHICLES = 1_000
"""Kinds of vehicles that are told apart; whoever has more sends number plates."""

_FIRST_CAPACITY = 1_024


@dataclass(frozen=True, slots=True)
class UpdateColumns:
    """Updates in the order in which they stand in the log, column by column, each of shape (n,).

    Attributes:
        statuses: codes of ``STATUS_CODES``.
        at_us: when the driver was there, microseconds since 1970: by the device's clock, but not after the update
            was appended, because a clock that is ahead must not make a position fresh.
    """

    driver_ids: Sequence[str]
    sequences: IntArray
    latitudes: FloatArray
    longitudes: FloatArray
    statuses: NDArray[np.uint8]
    vehicles: Sequence[str]
    at_us: IntArray

    def __len__(self) -> int:
        return len(self.driver_ids)


@dataclass(slots=True)
class DriverColumns:
    """What is known of each driver, one place each; see ``UpdateColumns``.

    Attributes:
        sequences: of the update that was applied last; -1 before the first.
        vehicles: codes of the table.
    """

    sequences: IntArray
    latitudes: FloatArray
    longitudes: FloatArray
    at_us: IntArray
    vehicles: CodeArray
    statuses: NDArray[np.uint8]

    @classmethod
    def empty(cls, capacity: int) -> DriverColumns:
        """Columns for so many drivers of whom nothing is known."""
        return cls(
            np.full(capacity, -1, dtype=np.int64),
            np.zeros(capacity),
            np.zeros(capacity),
            np.zeros(capacity, dtype=np.int64),
            np.zeros(capacity, dtype=np.uint16),
            np.zeros(capacity, dtype=np.uint8),
        )

    def copied_from(self, other: DriverColumns, places: IntArray) -> None:
        """Take some drivers of other columns over, to the first places here."""
        for name in self.__slots__:
            getattr(self, name)[: len(places)] = getattr(other, name)[places]


class DriverTable:
    """What is known of all drivers. Changed by one thread; nothing is allocated before the first update.

    Attributes:
        driver_ids: by place. Only grows, or is replaced as a whole: whoever has it can go on reading it.
        ignored: updates of drivers beyond ``MOST_DRIVERS``.
        synthetic: how many of the drivers are made up.
    """

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._vehicles: dict[str, int] = {}
        self._columns = DriverColumns.empty(0)
        self.driver_ids: list[str] = []
        self.ignored = self.synthetic = 0

    def __len__(self) -> int:
        return len(self.driver_ids)

    @property
    def columns(self) -> DriverColumns:
        """Views of the columns, each of shape (n,)."""
        size = len(self)
        return DriverColumns(*(getattr(self._columns, name)[:size] for name in DriverColumns.__slots__))

    @property
    def vehicles(self) -> Sequence[str]:
        """The kinds of vehicles, by code; empty for none that is known or told apart."""
        return ["", "", *self._vehicles]

    def apply(self, updates: UpdateColumns) -> int:
        """Take updates over that are newer than what is known of their driver; how many there were.

        Of several for one driver the one with the largest sequence counts, of equal ones the first. So the same
        updates lead to the same state in whatever order and however often they come.
        """
        places = np.asarray(self._places_of(updates.driver_ids), dtype=np.int64)
        newest = _newest_of_each(places, updates.sequences)
        newest = newest[places[newest] >= 0]
        newest = newest[updates.sequences[newest] > self._columns.sequences[places[newest]]]
        at, columns = places[newest], self._columns
        columns.sequences[at] = updates.sequences[newest]
        columns.latitudes[at] = updates.latitudes[newest]
        columns.longitudes[at] = updates.longitudes[newest]
        columns.at_us[at] = updates.at_us[newest]
        columns.statuses[at] = updates.statuses[newest]
        columns.vehicles[at] = [self._vehicle_code(updates.vehicles[number]) for number in newest.tolist()]
        return len(at)

    def forget(self, before_us: int) -> int:
        """Drop the drivers whose position is older; how many they were.

        A device whose counter begins anew is heard again from then on.
        """
        keep = np.flatnonzero(self.columns.at_us >= before_us)
        forgotten = len(self) - len(keep)
        if forgotten:
            if self.synthetic:
                gone = np.flatnonzero(self.columns.at_us < before_us).tolist()
                self.synthetic -= sum(is_synthetic(self.driver_ids[place]) for place in gone)
            kept = DriverColumns.empty(len(keep))
            kept.copied_from(self._columns, keep)
            self._columns = kept
            self._forget_vehicles()
            self.driver_ids = [self.driver_ids[place] for place in keep.tolist()]
            self._places = {driver: place for place, driver in enumerate(self.driver_ids)}
        return forgotten

    def _places_of(self, driver_ids: Sequence[str]) -> Sequence[int]:
        """The place of each driver, -1 for one too many; new ones get theirs."""
        known = self._places
        if new := [driver for driver in dict.fromkeys(driver_ids) if driver not in known]:
            self._add(new[: MOST_DRIVERS - len(known)])
        places = [known.get(driver, -1) for driver in driver_ids]
        if len(known) >= MOST_DRIVERS:
            self.ignored += places.count(-1)
        return places

    def _add(self, driver_ids: Sequence[str]) -> None:
        first, following = len(self), len(self) + len(driver_ids)
        if following > len(self._columns.sequences):
            grown = DriverColumns.empty(max(_FIRST_CAPACITY, 2 * first, following))
            grown.copied_from(self._columns, np.arange(first))
            self._columns = grown
        self._places.update(zip(driver_ids, range(first, following), strict=True))
        self.driver_ids.extend(driver_ids)
        self.synthetic += sum(map(is_synthetic, driver_ids))

    def _forget_vehicles(self) -> None:
        """Keep the kinds that somebody drives, so that others have room."""
        known = self.vehicles
        driven = sorted({ANY_VEHICLE, OTHER_VEHICLE, *np.unique(self._columns.vehicles).tolist()})
        codes = np.zeros(len(known), dtype=np.uint16)
        codes[driven] = np.arange(len(driven))
        self._columns.vehicles = codes[self._columns.vehicles]
        self._vehicles = {known[code]: number for number, code in enumerate(driven) if code > OTHER_VEHICLE}

    def _vehicle_code(self, vehicle: str) -> int:
        if not vehicle:
            return ANY_VEHICLE
        code = self._vehicles.get(vehicle)
        if code is None:
            if len(self._vehicles) >= MOST_VEHICLES:
                return OTHER_VEHICLE
            code = self._vehicles[vehicle] = OTHER_VEHICLE + 1 + len(self._vehicles)
        return code


def _newest_of_each(places: IntArray, sequences: IntArray) -> IntArray:
    """Of the updates for each place, the position of the one with the largest sequence, of equal ones the first."""
    if len(places) == 0:
        return places
    order = np.lexsort((-np.arange(len(places)), sequences, places))
    of_place = places[order]
    is_last = np.empty(len(order), dtype=np.bool_)
    is_last[-1] = True
    np.not_equal(of_place[1:], of_place[:-1], out=is_last[:-1])
    return order[is_last]
