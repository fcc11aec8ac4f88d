"""The good rows of a table as cars, and what is wrong with the others."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import orjson

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.text import spelling_key
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.market.listings.application.contract import LISTING, car_of, row_of
from drivetrain.market.stock.application.car_spool import CarSpool
from drivetrain.market.stock.application.mapping import StockMapping
from drivetrain.market.stock.domain.difference import RefusedCars
from drivetrain.market.stock.domain.identity import Identity, identity_of, reference_key, vin_key

_SEPARATORS = str.maketrans(";|", ",,")
_SHOWN_ROWS = 3
_EMPTY: Row = dict.fromkeys(LISTING.names)


@dataclass(frozen=True, slots=True)
class StockCar:
    """A good row of a table.

    Attributes:
        row: 1-based data row.
        digest: of all that it says.
    """

    row: int
    identity: Identity
    digest: bytes


@dataclass(slots=True)
class RowReader:
    """Reads the rows of one table, one after the other.

    Attributes:
        cars: of the good rows; what they say stands in ``offers``, in the same order.
        errors: by row, of those that were refused here.
        unread_words: by column, words that were passed over because nobody knows them, each counted.
    """

    mapping: StockMapping
    cars: list[StockCar] = field(default_factory=list)
    offers: CarSpool = field(default_factory=CarSpool)
    errors: dict[int, Sequence[FieldError]] = field(default_factory=dict)
    unread_words: dict[str, Counter[str]] = field(default_factory=dict)
    _equipment: dict[str, str] = field(init=False)
    _words: dict[str, str | None] = field(default_factory=dict)
    _rows: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know the dealer's words of equipment."""
        self._equipment = self.mapping.equipment_words()

    def take(self, number: int, row: Row) -> None:
        """Read a row that the contract of the mapping has passed; a car that stands in the table twice is refused."""
        whole: Row = {**_EMPTY, **row, **self.mapping.fixed}
        whole["equipment"] = self._known_equipment(whole["equipment"])
        try:
            car, price = car_of(whole)
        except ContractError as error:
            self.errors[number] = [_in_row(each, number) for each in error.errors]
            return
        identity = identity_of(car)
        names = [f"{kind} {name}" for kind, name in _names(identity) if name is not None]
        first = next((self._rows[name] for name in names if name in self._rows), None)
        if first is not None:
            detail = f"Row {first:,} is the same car, by its VIN or the dealer's own id."
            column = "reference" if identity.vin is None else "vin"
            self.errors[number] = [FieldError("market.duplicate_row", detail, row=number, column=column)]
            return
        self._rows.update(dict.fromkeys(names, number))
        text = orjson.dumps(row_of(car, price))
        self.cars.append(StockCar(number, identity, hashlib.blake2b(text, digest_size=16).digest()))
        self.offers.add(text)

    def first_rows(self) -> list[dict[str, object]]:
        """The first good rows, as listings have them."""
        return [dict(row_of(*each)) for each in self.offers[:_SHOWN_ROWS]]

    def _known_equipment(self, cell: object) -> str | None:
        """The words of a cell that are known; one word of a dealer more is no reason to refuse a car."""
        if not isinstance(cell, str):
            return None
        known = []
        for word in filter(None, map(str.strip, cell.translate(_SEPARATORS).split(","))):
            if word not in self._words:
                self._words[word] = self._equipment.get(spelling_key(word))
            ours = self._words[word]
            if ours is None:
                self.unread_words.setdefault("equipment", Counter())[word[:64]] += 1
            else:
                known.append(ours)
        return ", ".join(known) or None


def refused_cars(rows: Sequence[tuple[str | None, str | None]]) -> RefusedCars:
    """What refused rows say of their cars.

    Args:
        rows: VIN and own id of each, as written.
    """
    keys = [(vin_key(vin), reference_key(reference)) for vin, reference in rows]
    return RefusedCars(
        vins=frozenset(vin for vin, _ in keys if vin is not None),
        references=frozenset(reference for _, reference in keys if reference is not None),
        has_nameless=(None, None) in keys,
    )


def _names(identity: Identity) -> tuple[tuple[str, str | None], ...]:
    return (("vin", identity.vin), ("reference", identity.reference))


def _in_row(error: FieldError, number: int) -> FieldError:
    return replace(error, row=number, column=error.pointer.removeprefix("/"), pointer="")
