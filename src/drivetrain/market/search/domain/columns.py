"""Listings as columns of numbers: words as codes, unknown numbers as NaN, rows in the order of their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.text import compact, spelling_key
from drivetrain.market.listings.domain.car import EQUIPMENT
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.search.domain.query import NUMBER_FIELDS, WORD_FIELDS

FloatArray = NDArray[np.float64]
CodeArray = NDArray[Any]
ID_DTYPE = "S32"
MISSING = 0
"""Code of an unknown word."""

UNASKED_FIELDS = ("currency", "demonstration")
"""Words that are no filters."""

_BIT = {word: 1 << place for place, word in enumerate(EQUIPMENT)}


class ListedCar(NamedTuple):
    """A live listing as the index takes it; None stands for unknown.

    Attributes:
        listing_id: 32 hexadecimal digits.
        price: in whole units of its currency.
        live_at_s: since when it is on offer, Unix seconds.
        deal: rating of the price.
        price_share: the price as a share of the value.
        demonstration: of what it is one; None for a car that is for sale.
    """

    listing_id: str
    make: str
    model: str
    price: float
    currency: str
    year: int
    odometer_km: float
    live_at_s: float
    variant: str | None = None
    fuel: str | None = None
    gearbox: str | None = None
    drive: str | None = None
    body: str | None = None
    color: str | None = None
    place: str | None = None
    country: str | None = None
    company: str | None = None
    power_kw: float | None = None
    engine_size_l: float | None = None
    doors: int | None = None
    seats: int | None = None
    owners: int | None = None
    equipment: frozenset[str] = frozenset()
    latitude: float | None = None
    longitude: float | None = None
    deal: str | None = None
    price_share: float | None = None
    demonstration: str | None = None

    @classmethod
    def of(cls, listing: Listing) -> ListedCar:
        """A listing as the index takes it; one that never went live as if it did when it was made."""
        car, price = listing.car, listing.price
        return cls(
            listing.listing_id.hex,
            car.make,
            car.model,
            price.amount,
            price.currency,
            car.year,
            car.distance.km,
            (listing.live_at or listing.created_at).timestamp(),
            **{name: getattr(car, name) for name in _AS_IN_CAR},
            place=car.place.name,
            country=car.place.country,
            company=str(listing.owner.company),
            latitude=car.place.latitude,
            longitude=car.place.longitude,
            deal=None if listing.valuation is None else listing.valuation.rating,
            price_share=None if listing.valuation is None else listing.valuation.price_share(price),
            demonstration=listing.demonstration,
        )


_AS_IN_CAR = (
    *("variant", "fuel", "gearbox", "drive", "body", "color", "power_kw", "engine_size_l"),
    *("doors", "seats", "owners", "equipment"),
)


@lru_cache(maxsize=65_536)
def word_key(word: str) -> str:
    """What two writings of a word share: ``3 Series``, ``3-series``; the word itself where it has no letters."""
    return compact(spelling_key(word)) or word


@dataclass(frozen=True, slots=True)
class WordColumn:
    """Words as codes.

    Attributes:
        words: each word once, in its most frequent writing; the first is the empty one, for unknown.
        codes: of each row, places in ``words``, in the smallest unsigned type that holds them.
    """

    words: tuple[str, ...]
    codes: CodeArray

    @classmethod
    def of(cls, cells: Sequence[str | None]) -> WordColumn:
        """Encode words; writings with one ``word_key`` are one word."""
        writings = Counter(cell for cell in cells if cell)
        shown: dict[str, str] = {}
        for writing, _ in sorted(writings.items(), key=lambda item: (-item[1], item[0])):
            shown.setdefault(word_key(writing), writing)
        places = {key: place for place, key in enumerate(shown, start=1)}
        by_writing: dict[str | None, int] = {writing: places[word_key(writing)] for writing in writings}
        codes = np.fromiter((by_writing.get(cell, MISSING) for cell in cells), np.int64, len(cells))
        return cls(("", *shown.values()), _smallest(codes, len(shown)))

    def code(self, word: str) -> int | None:
        """The code of a word in any writing; None where no row has it."""
        return _places(self.words).get(word_key(word))

    def joined(self, other: WordColumn, rows: NDArray[np.int64]) -> WordColumn:
        """Some rows of this column and of another one behind it.

        Args:
            rows: to take, in this order; the other column's begin where this one's end.
        """
        places = dict(_places(self.words))
        words = list(self.words)
        mapped = np.zeros(len(other.words), dtype=np.int64)
        for code, word in enumerate(other.words[1:], start=1):
            place = places.setdefault(word_key(word), len(words))
            if place == len(words):
                words.append(word)
            mapped[code] = place
        codes = np.concatenate([self.codes.astype(np.int64), mapped[other.codes]])[rows]
        return WordColumn(tuple(words), _smallest(codes, len(words)))


@lru_cache(maxsize=64)
def _places(words: tuple[str, ...]) -> Mapping[str, int]:
    return {word_key(word): place for place, word in enumerate(words) if place}


def _smallest(codes: NDArray[np.int64], largest: int) -> CodeArray:
    return codes.astype(np.uint8 if largest < 256 else np.uint16 if largest < 65_536 else np.uint32)


@dataclass(frozen=True, slots=True)
class Columns:
    """Listings by columns, rows in the order of their ids.

    Attributes:
        ids: bytes of 32 hexadecimal digits.
        words: by field of ``WORD_FIELDS``, and of ``UNASKED_FIELDS``.
        numbers: by field of ``NUMBER_FIELDS``; ``price`` in the currency of its row.
        equipment: a bit for each word of ``EQUIPMENT``.
        live_at_s: Unix seconds.
        latitude, longitude: degrees; NaN for unknown.
    """

    ids: NDArray[np.bytes_]
    words: Mapping[str, WordColumn]
    numbers: Mapping[str, FloatArray]
    equipment: NDArray[np.uint32]
    live_at_s: FloatArray
    latitude: FloatArray
    longitude: FloatArray

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, cars: Sequence[ListedCar]) -> Columns:
        """Listings in any order, each id once."""
        ordered = sorted(cars, key=lambda car: car.listing_id)
        cells: dict[str, Sequence[Any]] = dict(
            zip(ListedCar._fields, zip(*ordered, strict=True), strict=True)
            if ordered
            else ((name, ()) for name in ListedCar._fields)
        )
        return cls(
            np.array(cells["listing_id"], dtype=ID_DTYPE),
            {name: WordColumn.of(cells[name]) for name in (*WORD_FIELDS, *UNASKED_FIELDS)},
            {name: _numbers(cells[name]) for name in NUMBER_FIELDS},
            np.fromiter((_bits(words) for words in cells["equipment"]), np.uint32, len(ordered)),
            _numbers(cells["live_at_s"]),
            _numbers(cells["latitude"]),
            _numbers(cells["longitude"]),
        )

    def merged(self, changed: Sequence[ListedCar], gone: Collection[str]) -> Columns:
        """The columns with some listings added or replaced and others removed; those that are not there are no error."""
        delta = Columns.of(changed)
        replaced = np.concatenate([delta.ids, np.array(sorted(gone), dtype=ID_DTYPE)])
        kept = np.flatnonzero(~np.isin(self.ids, replaced))
        rows = np.concatenate([kept, np.arange(len(self), len(self) + len(delta))])
        ids = np.concatenate([self.ids, delta.ids])[rows]
        order = np.argsort(ids, kind="stable")
        rows = rows[order]

        def joined(part: Callable[[Columns], NDArray[Any]]) -> NDArray[Any]:
            both = np.concatenate([part(self), part(delta)])
            chosen: NDArray[Any] = both[rows]
            return chosen

        return Columns(
            ids[order],
            {name: column.joined(delta.words[name], rows) for name, column in self.words.items()},
            {name: np.concatenate([of, delta.numbers[name]])[rows] for name, of in self.numbers.items()},
            joined(lambda columns: columns.equipment),
            joined(lambda columns: columns.live_at_s),
            joined(lambda columns: columns.latitude),
            joined(lambda columns: columns.longitude),
        )


def _numbers(cells: Sequence[float | None]) -> FloatArray:
    return np.array(cells, dtype=np.float64)  # None becomes NaN


def _bits(words: frozenset[str]) -> int:
    return sum(_BIT[word] for word in words)


def equipment_bits(words: Collection[str]) -> int:
    """The bits of some words of ``EQUIPMENT``."""
    return _bits(frozenset(words))
