"""Saved searches as columns: the index of listings turned round, asked which searches a car passes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import EARTH_RADIUS_KM, great_circle_km
from drivetrain.market.alerts.domain.saved_search import Frequency, Notice, SavedSearch
from drivetrain.market.search.domain.columns import ID_DTYPE, ListedCar, equipment_bits, word_key
from drivetrain.market.search.domain.query import NUMBER_FIELDS, WORD_FIELDS, SearchQuery
from drivetrain.market.search.domain.rates import RateTable

RowArray = NDArray[np.intp]
_FIRST_FIELD = "make"
"""Most searches name one, so it leaves the fewest of them to look at."""

_OTHER_FIELDS = tuple(name for name in WORD_FIELDS if name != _FIRST_FIELD)
_ANY, _WATCH = 0, -1
"""Codes in place of a set of words: for a search without this filter, and for one that watches a listing."""

_NOTICES, _FREQUENCIES = tuple(Notice), tuple(Frequency)
_COMPACT_FROM = 1_000


class WordSets:
    """The different sets of words that searches accept in one field, each with a code."""

    def __init__(self) -> None:
        self._codes: dict[frozenset[str], int] = {frozenset(): _ANY}
        self._having: dict[str, list[int]] = {}

    def code(self, words: Collection[str]) -> int:
        """The code of a set of words, in any writing."""
        keys = frozenset(map(word_key, words))
        known = self._codes.get(keys)
        if known is not None:
            return known
        code = self._codes[keys] = len(self._codes)
        for key in keys:
            self._having.setdefault(key, []).append(code)
        return code

    def codes_with(self, word: str | None) -> list[int]:
        """Codes of the sets that hold a word; that of no filter first."""
        return [_ANY, *(() if word is None else self._having.get(word_key(word), ()))]

    def accepting(self, word: str | None) -> NDArray[np.bool_]:
        """By code, whether a car with this word passes."""
        accepting = np.zeros(len(self._codes), dtype=np.bool_)
        accepting[self.codes_with(word)] = True
        return accepting


class SearchTable:
    """Saved searches by columns, changed in place by the one thread that asks.

    A car passes exactly the searches whose query finds it in a ``SearchIndex``.
    """

    def __init__(self, rates: RateTable) -> None:
        self.rates = rates
        self._words = {name: WordSets() for name in WORD_FIELDS}
        self._currencies: dict[str, int] = {}
        self._columns = self._encoded([])
        self._rows: dict[bytes, int] = {}
        self._watches: dict[str, set[int]] = {}
        self._removed = 0
        self._by_first: tuple[NDArray[Any], RowArray] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, searches: Sequence[SavedSearch]) -> None:
        """Add searches, or replace those of the same ids."""
        self.remove([each.search_id.hex for each in searches])
        first, new = len(self._columns["search"]), self._encoded(searches)
        self._columns = {name: np.concatenate([column, new[name]]) for name, column in self._columns.items()}
        self._rows.update(zip(new["search"].tolist(), range(first, first + len(searches)), strict=True))
        for row, each in enumerate(searches, start=first):
            if each.listing is not None:
                self._watches.setdefault(each.listing.hex, set()).add(row)
        self._by_first = None

    def remove(self, ids: Collection[str]) -> None:
        """Remove searches; those that are not there are no error."""
        for each in ids:
            row = self._rows.pop(each.encode("ascii"), None)
            if row is not None:
                self._columns["is_kept"][row] = False
                self._removed += 1
        if self._removed > max(_COMPACT_FROM, len(self._rows) // 4):
            self._compact()

    def ids_of(self, person: str) -> list[str]:
        """The searches of a person."""
        theirs = self._columns["is_kept"] & (self._columns["person"] == person.encode("ascii"))
        return [each.decode("ascii") for each in self._columns["search"][theirs].tolist()]

    def matching(self, car: ListedCar) -> RowArray:
        """Rows of the searches that a car passes, and of those that watch it, ascending."""
        rows = self._candidates(car)
        for name in _OTHER_FIELDS:
            rows = rows[self._words[name].accepting(getattr(car, name))[self._columns[name][rows]]]
        rows = rows[self._in_ranges(rows, "price", self._prices(car)[self._columns["currency"][rows]])]
        for name in NUMBER_FIELDS:
            if name != "price":
                number = getattr(car, name)
                rows = rows[self._in_ranges(rows, name, np.float64(np.nan if number is None else number))]
        rows = rows[(self._columns["equipment"][rows] & ~np.uint32(equipment_bits(car.equipment))) == 0]
        rows = rows[self._in_circles(rows, car)]
        watching = [row for row in self._watches.get(car.listing_id, ()) if self._columns["is_kept"][row]]
        return np.sort(np.concatenate([rows, np.array(watching, dtype=np.intp)]))

    def wanting(self, rows: RowArray, notice: Notice) -> NDArray[np.bool_]:
        """Which of some rows want a notice."""
        bit = np.uint8(1 << _NOTICES.index(notice))
        wanting: NDArray[np.bool_] = (self._columns["notices"][rows] & bit) != 0
        return wanting

    def content_with_drop(self, rows: RowArray, car: ListedCar, former: float) -> NDArray[np.bool_]:
        """For which of some rows a price has fallen enough.

        Args:
            former: price before, in the currency of the car.
        """
        drop, columns = former - car.price, self._columns
        by_currency = [self.rates.converted(drop, car.currency, each) for each in self._currencies]
        drops = np.array(by_currency, dtype=np.float64)[columns["currency"][rows]]
        amount, share = columns["drop_amount"][rows], columns["drop_share"][rows]
        is_enough: NDArray[np.bool_] = (np.isnan(amount) | (drops >= amount)) & (
            np.isnan(share) | (drop >= share * former)
        )
        return is_enough & (drop > 0)

    def of(self, row: int) -> tuple[str, str, Frequency]:
        """Search and person of a row, 32 hexadecimal digits each, and how often they want to be told."""
        columns = self._columns
        return (
            columns["search"][row].decode("ascii"),
            columns["person"][row].decode("ascii"),
            _FREQUENCIES[columns["frequency"][row]],
        )

    # What a car has to pass.

    def _candidates(self, car: ListedCar) -> RowArray:
        """The rows that accept the make of a car."""
        if self._by_first is None:
            codes = self._columns[_FIRST_FIELD]
            order = np.argsort(codes, kind="stable")
            self._by_first = codes[order], order
        sorted_codes, order = self._by_first
        accepted = np.array(self._words[_FIRST_FIELD].codes_with(car.make))
        begins = np.searchsorted(sorted_codes, accepted, side="left")
        ends = np.searchsorted(sorted_codes, accepted, side="right")
        rows = np.concatenate([order[begin:end] for begin, end in zip(begins, ends, strict=True)])
        kept: RowArray = rows[self._columns["is_kept"][rows]]
        return kept

    def _in_ranges(self, rows: RowArray, name: str, value: Any) -> NDArray[np.bool_]:
        low, high = self._columns[f"{name}_min"][rows], self._columns[f"{name}_max"][rows]
        inside: NDArray[np.bool_] = np.isnan(low) | ((value >= low) & (value <= high))
        return inside

    def _prices(self, car: ListedCar) -> NDArray[np.float64]:
        """By currency of a search, the price of a car as it is compared there; NaN where it cannot be."""

        def price(currency: str) -> float:
            if not self.rates.knows(currency):
                return car.price if car.currency == currency else np.nan
            return car.price / self.rates.per_unit[car.currency] if self.rates.knows(car.currency) else np.nan

        return np.array([price(each) for each in self._currencies], dtype=np.float64)

    def _in_circles(self, rows: RowArray, car: ListedCar) -> NDArray[np.bool_]:
        radius = self._columns["radius_km"][rows]
        inside: NDArray[np.bool_] = np.isnan(radius)
        if car.latitude is None or car.longitude is None:
            return inside
        latitude, longitude = self._columns["latitude"][rows], self._columns["longitude"][rows]
        reach = np.degrees(radius / EARTH_RADIUS_KM)
        near = np.flatnonzero(np.abs(car.latitude - latitude) <= reach)
        here = np.asarray(car.latitude), np.asarray(car.longitude)
        inside[near] = great_circle_km(*here, latitude[near], longitude[near]) <= radius[near]
        return inside

    # Columns.

    def _encoded(self, searches: Sequence[SavedSearch]) -> dict[str, NDArray[Any]]:
        queries = [each.query or SearchQuery() for each in searches]
        is_watch = [each.listing is not None for each in searches]
        first = [
            _WATCH if watches else self._words[_FIRST_FIELD].code(query.words.get(_FIRST_FIELD, ()))
            for query, watches in zip(queries, is_watch, strict=True)
        ]
        circles = [
            None if query.circle is None or query.circle.radius_km is None else query.circle
            for query in queries
        ]
        words: Mapping[str, list[int]] = {
            name: [self._words[name].code(query.words.get(name, ())) for query in queries]
            for name in _OTHER_FIELDS
        }
        return {
            "search": np.array([each.search_id.hex for each in searches], dtype=ID_DTYPE),
            "person": np.array([each.person.hex for each in searches], dtype=ID_DTYPE),
            "is_kept": np.ones(len(searches), dtype=np.bool_),
            "notices": np.array([_bits(each.notices) for each in searches], dtype=np.uint8),
            "drop_amount": _numbers(each.least_drop.amount for each in searches),
            "drop_share": _numbers(each.least_drop.share for each in searches),
            "frequency": np.array([_FREQUENCIES.index(each.frequency) for each in searches], dtype=np.uint8),
            "currency": np.array([self._currency(query.currency) for query in queries], dtype=np.int16),
            "equipment": np.array([equipment_bits(query.equipment) for query in queries], dtype=np.uint32),
            "radius_km": _numbers(None if each is None else each.radius_km for each in circles),
            "latitude": _numbers(None if each is None else each.latitude for each in circles),
            "longitude": _numbers(None if each is None else each.longitude for each in circles),
            _FIRST_FIELD: np.array(first, dtype=np.int32),
            **{name: np.array(codes, dtype=np.int32) for name, codes in words.items()},
            **self._bounds(queries),
        }

    def _bounds(self, queries: Sequence[SearchQuery]) -> dict[str, NDArray[np.float64]]:
        """Of each number its least and its largest, NaN for a search without that filter."""
        bounds: dict[str, NDArray[np.float64]] = {}
        for name in NUMBER_FIELDS:
            sides = [self._range(query, name) for query in queries]
            bounds[f"{name}_min"] = _numbers(low for low, _ in sides)
            bounds[f"{name}_max"] = _numbers(high for _, high in sides)
        return bounds

    def _range(self, query: SearchQuery, name: str) -> tuple[float | None, float | None]:
        bounds = query.ranges.get(name)
        if bounds is None:
            return None, None
        scale = self.rates.per_unit.get(query.currency, 1.0) if name == "price" else 1.0
        low = -np.inf if bounds.low is None else bounds.low / scale
        return low, np.inf if bounds.high is None else bounds.high / scale

    def _currency(self, currency: str) -> int:
        return self._currencies.setdefault(currency, len(self._currencies))

    def _compact(self) -> None:
        """Leave out the rows of removed searches."""
        kept = np.flatnonzero(self._columns["is_kept"])
        place = {row: new for new, row in enumerate(kept.tolist())}
        self._columns = {name: column[kept] for name, column in self._columns.items()}
        self._rows = {search: place[row] for search, row in self._rows.items()}
        watches = {
            listing: {place[row] for row in rows if row in place} for listing, rows in self._watches.items()
        }
        self._watches = {listing: rows for listing, rows in watches.items() if rows}
        self._removed, self._by_first = 0, None


def _bits(notices: Collection[Notice]) -> int:
    return sum(1 << _NOTICES.index(each) for each in notices)


def _numbers(cells: Iterable[float | None]) -> NDArray[np.float64]:
    return np.array(list(cells), dtype=np.float64)  # None becomes NaN
