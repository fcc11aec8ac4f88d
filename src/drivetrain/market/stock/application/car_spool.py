"""The cars of a table while it is read: in a file that is gone with them, because descriptions may be long and cars many."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Sequence
from typing import IO, overload

import orjson

from drivetrain.market.listings.application.change_listings import CarForSale
from drivetrain.market.listings.application.contract import car_of


class CarSpool(Sequence[CarForSale]):
    """Cars with their prices by their places; each is read again when it is asked for."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="drivetrain-")  # noqa: SIM115  # gone with the cars
        self._ends = array("Q", [0])

    def add(self, row: bytes) -> None:
        """Keep a row of the contract as JSON text, behind those that are there."""
        self._file.seek(self._ends[-1])
        self._file.write(row)
        self._ends.append(self._ends[-1] + len(row))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> CarForSale: ...

    @overload
    def __getitem__(self, place: slice) -> list[CarForSale]: ...

    def __getitem__(self, place: int | slice) -> CarForSale | list[CarForSale]:
        """The car at a place, or those at some."""
        places = range(len(self))[place]
        return self._read(places) if isinstance(places, int) else [self._read(each) for each in places]

    def _read(self, place: int) -> CarForSale:
        start, end = self._ends[place], self._ends[place + 1]
        self._file.seek(start)
        return car_of(orjson.loads(self._file.read(end - start)))
