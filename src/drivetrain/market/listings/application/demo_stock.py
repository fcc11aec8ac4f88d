"""The published tables of used cars as demonstration stock, through the contract that dealers' stock goes through."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from drivetrain.core.errors import ContractError
from drivetrain.core.text import is_unknown
from drivetrain.core.time import Clock
from drivetrain.market.listings.application.contract import read_listing
from drivetrain.market.listings.application.ports import ListingStore
from drivetrain.market.listings.domain.car import COLORS
from drivetrain.market.listings.domain.listing import (
    Demonstration,
    Listing,
    ListingState,
    Owner,
    PriceChange,
)

Cells = Mapping[str, str | None]
"""A row of a published table as text; a short row lacks its last cells."""

ACTOR = "demonstration stock"
_AT_ONCE = 1_000
_DESCRIPTIONS: Mapping[Demonstration, str] = {
    Demonstration.PUBLISHED: "Demonstration stock of a published table; this car is not for sale.",
    Demonstration.SYNTHETIC: "Demonstration stock; this car is made up (synthetic).",
}
_NAMESPACE = UUID("5f0f7f5e-6a0c-5d1c-9a53-4c1a7c0f4d10")
_UNKNOWN = frozenset({"- / -", "none", "other"})
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LITERS = re.compile(r"(\d+(?:\.\d+)?) L$")
_KW_PER_BHP = 0.7457
_LONGEST_INITIALS = 3
"""Makes of at most so many letters are initials: BMW, VW, KIA."""


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """A published table and how its rows become listings.

    Attributes:
        name: under which the home has it.
        read: makes the fields of the contract; what cannot be read as a number stays text, for the contract to refuse.
    """

    name: str
    read: Callable[[Cells], dict[str, object]]


@dataclass(slots=True)
class StockReport:
    """What became of a table.

    Attributes:
        added: listings made.
        known: rows whose listings were there already.
        refused: by reason, rows that the contract refuses; a row counts under its first one.
    """

    added: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class TakeDemoStock:
    """Puts the rows of a published table on sale. A row has the same listing ever after, so repeating adds nothing."""

    store: ListingStore
    clock: Clock

    def __call__(
        self, table: PublishedTable, rows: Iterable[Cells], owner: Owner, *, is_synthetic: bool
    ) -> StockReport:
        """Take rows in, a thousand in a transaction.

        Args:
            is_synthetic: whether the rows are made up; each listing says so.

        Raises:
            UnavailableError: the database cannot be reached; what was taken so far stays.
        """
        report = StockReport()
        waiting: list[Listing] = []
        now = self.clock.now()
        kind = Demonstration.SYNTHETIC if is_synthetic else Demonstration.PUBLISHED
        for number, cells in enumerate(rows):
            try:
                waiting.append(_listing(table, number, cells, owner, now, kind))
            except ContractError as error:
                report.refused[error.errors[0].code] += 1
            if len(waiting) == _AT_ONCE:
                self._keep(waiting, report)
                waiting = []
        self._keep(waiting, report)
        return report

    def _keep(self, waiting: Sequence[Listing], report: StockReport) -> None:
        if waiting:
            added = self.store.add(waiting)
            report.added += added
            report.known += len(waiting) - added


def _listing(
    table: PublishedTable, number: int, cells: Cells, owner: Owner, at: datetime, kind: Demonstration
) -> Listing:
    fields = {name: value for name, value in table.read(cells).items() if value is not None}
    own = {"reference": f"{table.name}-{number}", "description": _DESCRIPTIONS[kind]}
    car, price, _ = read_listing({**fields, **own})
    listing_id = uuid5(_NAMESPACE, f"{owner.company} {table.name} {number}")
    prices = (PriceChange(price, at),)
    return Listing(
        listing_id, owner, car, price, ListingState.LIVE, 1, at, at, ACTOR, at, prices, demonstration=kind
    )


def _british(cells: Cells) -> dict[str, object]:
    engine_size_l = _number(cells, "engineSize")
    make = _word(cells, "make") or ""  # in small letters
    return {
        "make": (make.upper() if len(make) <= _LONGEST_INITIALS else make.title()) or None,
        "model": _word(cells, "model"),
        "year": _number(cells, "year"),
        "distance": _number(cells, "mileage"),
        "distance_unit": "miles",
        "price": _number(cells, "price"),
        "currency": "GBP",
        "fuel": _word(cells, "fuelType"),
        "gearbox": _word(cells, "transmission"),
        "engine_size_l": engine_size_l or None,  # 0 stands for unknown
        "country": "GB",
    }


def _australian(cells: Cells) -> dict[str, object]:
    color = _word(cells, "ColourExtInt") or ""
    place = _word(cells, "Location") or ""
    return {
        "make": _word(cells, "Brand"),
        "model": _word(cells, "Model"),
        "year": _number(cells, "Year"),
        "distance": _number(cells, "Kilometres"),
        "distance_unit": "km",
        "price": _number(cells, "Price"),
        "currency": "AUD",
        "fuel": _word(cells, "FuelType"),
        "gearbox": _word(cells, "Transmission"),
        "engine_size_l": _first(_LITERS, _word(cells, "Engine")) or None,
        "drive": _word(cells, "DriveType"),
        "body": _word(cells, "BodyType"),
        "color": _color(color.partition("/")[0]),
        "doors": _first(_NUMBER, _ending(cells, "Doors")),  # 59 cells hold seats
        "seats": _first(_NUMBER, _ending(cells, "Seats")),
        "place": place.partition(",")[0].strip() or None,
        "country": "AU",
    }


def _indian(cells: Cells) -> dict[str, object]:
    name = (_word(cells, "Model") or "").split()
    size_cc, power_bhp = (
        _first(_NUMBER, _word(cells, "Engine")),
        _first(_NUMBER, _word(cells, "Max Power")),
    )
    return {
        "make": _word(cells, "Make"),
        "model": name[0] if name else None,
        "variant": " ".join(name[1:])[:64].strip() or None,
        "year": _number(cells, "Year"),
        "distance": _number(cells, "Kilometer"),
        "distance_unit": "km",
        "price": _number(cells, "Price"),
        "currency": "INR",
        "fuel": _word(cells, "Fuel Type"),
        "gearbox": _word(cells, "Transmission"),
        "engine_size_l": None if not size_cc else round(size_cc / 1_000, 1),
        "power_kw": None if not power_bhp else round(power_bhp * _KW_PER_BHP),
        "drive": _word(cells, "Drivetrain"),
        "color": _color(_word(cells, "Color") or ""),
        "owners": _OWNERS.get((_word(cells, "Owner") or "").casefold()),
        "seats": _number(cells, "Seating Capacity"),
        "place": _word(cells, "Location"),
        "country": "IN",
    }


PUBLISHED = (
    PublishedTable("used-cars-uk", _british),
    PublishedTable("used-cars-au", _australian),
    PublishedTable("used-cars-in", _indian),
)

_OWNERS = {"unregistered car": 0, "first": 1, "second": 2, "third": 3, "fourth": 4, "4 or more": 4}
_COLORS = frozenset({*COLORS, "grey"} - {"other"})


def _word(cells: Cells, name: str) -> str | None:
    cell = " ".join((cells.get(name) or "").split())
    return None if is_unknown(cell) or cell.casefold() in _UNKNOWN else cell


def _number(cells: Cells, name: str) -> float | str | None:
    """The number of a cell; its text where it is none, such as ``POA``."""
    word = _word(cells, name)
    try:
        return None if word is None else float(word)
    except ValueError:
        return word


def _ending(cells: Cells, name: str) -> str | None:
    """A cell such as ``5 Doors`` in the column ``Doors``; None for one that counts something else."""
    word = _word(cells, name)
    return word if word is not None and word.endswith(name) else None


def _first(pattern: re.Pattern[str], word: str | None) -> float | None:
    match = pattern.search(word or "")
    return float(match[match.lastindex or 0]) if match else None


def _color(text: str) -> str | None:
    """The color among the words of a maker's name for it; None where there is none."""
    return next((word for word in text.casefold().split() if word in _COLORS), None)
