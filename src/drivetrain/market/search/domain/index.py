"""The index of live listings: immutable, and asked without a lock or a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.city import EARTH_RADIUS_KM, great_circle_km
from drivetrain.market.listings.domain.car import EQUIPMENT
from drivetrain.market.search.domain.columns import (
    MISSING,
    CodeArray,
    Columns,
    FloatArray,
    ListedCar,
    WordColumn,
    equipment_bits,
)
from drivetrain.market.search.domain.query import (
    EQUIPMENT_FIELD,
    NUMBER_FACETS,
    RADIUS_FIELD,
    WORD_FACETS,
    Circle,
    Cursor,
    Range,
    SearchQuery,
    Sort,
)
from drivetrain.market.search.domain.rates import RateTable

BoolArray = NDArray[np.bool_]
RowArray = NDArray[np.intp]

MOST_FACET_WORDS = 50
_NO_CAR = "-"
_FIRST_WALK = 2_048
_DENSE = 32
"""Where more than one in so many rows matches, walking the sorted rows finds a page sooner than sorting the matches."""

_SORTED_BY: Mapping[Sort, tuple[str, bool]] = {
    Sort.PRICE_UP: ("price", False),
    Sort.PRICE_DOWN: ("price", True),
    Sort.YEAR_UP: ("year", False),
    Sort.YEAR_DOWN: ("year", True),
    Sort.ODOMETER_UP: ("odometer_km", False),
    Sort.POWER_DOWN: ("power_kw", True),
    Sort.DEAL: ("price_share", False),
}
"""By order, the field and whether its largest number comes first."""

_LARGEST_COUNTED = 10_000
"""Numbers of facets are small: years, doors, seats, owners. A larger one counts as unknown there."""


class FacetCount(NamedTuple):
    """How many cars have a word, or a number, once the field's own filter is left out."""

    value: str | int
    cars: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of listings.

    Attributes:
        ids: 32 hexadecimal digits each, in the order that was asked for.
        total: how many match, exactly.
        facets: by field, most frequent first, numbers ascending; at most 50 a field.
        next: where the following page begins; None at the end.
        unknown_words: filter words that no listing has, as ``field:word``.
    """

    ids: Sequence[str]
    total: int
    facets: Mapping[str, Sequence[FacetCount]]
    next: Cursor | None
    unknown_words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SortedRows:
    """One order of all rows.

    Attributes:
        keys: ascending, NaN last; shape (n,).
        rows: the rows in this order, those of equal keys ascending.
        rank: of each row its place in ``rows``.
    """

    keys: FloatArray
    rows: RowArray
    rank: RowArray

    @classmethod
    def by(cls, keys: FloatArray) -> SortedRows:
        """Sort the rows."""
        rows = np.argsort(keys, kind="stable")
        rank = np.empty_like(rows)
        rank[rows] = np.arange(len(rows))
        return cls(keys[rows], rows, rank)

    def place_behind(self, key: float | None, row: int) -> int:
        """Place of the first row that comes behind a key and, among equal keys, has at least this number."""
        known = int(np.searchsorted(self.keys, np.nan, side="left"))
        first, last = known, len(self.keys)
        if key is not None:
            first = int(np.searchsorted(self.keys[:known], key, side="left"))
            last = int(np.searchsorted(self.keys[:known], key, side="right"))
        return first + int(np.searchsorted(self.rows[first:last], row, side="left"))


@dataclass(frozen=True)
class SearchIndex:
    """All live listings as they were at one moment.

    Whatever is derived is made when it is asked for first; ``prepare`` makes all of it, so that no search waits.
    """

    columns: Columns
    rates: RateTable = field(default_factory=RateTable)
    _prices: dict[str, FloatArray] = field(default_factory=dict, init=False, repr=False)
    _orders: dict[tuple[Sort, str], SortedRows] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, cars: Sequence[ListedCar], rates: RateTable | None = None) -> SearchIndex:
        """An index of some listings."""
        return cls(Columns.of(cars), rates or RateTable())

    def merged(self, changed: Sequence[ListedCar], gone: Collection[str]) -> SearchIndex:
        """The index with some listings added or replaced, and others removed."""
        return SearchIndex(self.columns.merged(changed, gone), self.rates)

    def __len__(self) -> int:
        return len(self.columns)

    def prepare(self) -> SearchIndex:
        """Make everything that searches need."""
        currencies = {"", *(word for word in self.columns.words["currency"].words[1:])}
        for sort in Sort:
            for currency in currencies if sort in {Sort.PRICE_UP, Sort.PRICE_DOWN} else {""}:
                if sort is not Sort.NEAREST:
                    self._order(sort, currency)
        _ = self.facet_offsets, self.facet_totals, self.equipment_rows, self.without_place
        return self

    def matching(self, query: SearchQuery) -> BoolArray:
        """Which rows pass all filters of a query, as an array of the caller's own."""
        masks, _ = self._masks(query)
        matching = np.ones(len(self), dtype=np.bool_)
        for mask in masks.values():
            matching &= mask
        return matching

    def search(self, query: SearchQuery, *, with_facets: bool = True) -> SearchPage:
        """The page, the count and the facets of a query.

        Raises:
            ValueError: it sorts by ``nearest`` without a place.
        """
        masks, unknown = self._masks(query)
        failures = np.zeros(len(self), dtype=np.uint8)
        for mask in masks.values():
            failures += ~mask
        matching = failures == 0
        total = int(np.count_nonzero(matching))
        ids, following = self._page(query, matching, total)
        facets = self._facets(masks, failures, matching, total) if with_facets else {}
        return SearchPage(ids, total, facets, following, unknown)

    # Filters.

    def _masks(self, query: SearchQuery) -> tuple[dict[str, BoolArray], list[str]]:
        """By field that is filtered, which rows pass; and the words that no row has."""
        masks, unknown = {}, []
        for name, words in query.words.items():
            column = self.columns.words[name]
            codes = {word: column.code(word) for word in sorted(words)}
            unknown += [f"{name}:{word}" for word, code in codes.items() if code is None]
            masks[name] = _with_codes(column, [code for code in codes.values() if code is not None])
        for name, bounds in query.ranges.items():
            numbers, scale = self._number(name, query.currency)
            masks[name] = _within(numbers, bounds, scale)
        if query.equipment:
            bits = np.uint32(equipment_bits(query.equipment))
            masks[EQUIPMENT_FIELD] = (self.columns.equipment & bits) == bits
        if query.circle is not None and query.circle.radius_km is not None:
            masks[RADIUS_FIELD] = self._near(query.circle, query.circle.radius_km)
        return masks, unknown

    def _number(self, name: str, currency: str) -> tuple[FloatArray, float]:
        """A column of numbers, and what a bound is divided by to be compared with it."""
        if name != "price":
            return self.columns.numbers[name], 1.0
        group = self._price_group(currency)
        return self._price(group), 1.0 if group else self.rates.per_unit[currency]

    def prices(self, currency: str) -> FloatArray:
        """Prices that can be compared with one in a currency, in this currency; NaN for the others."""
        numbers, scale = self._number("price", currency)
        return numbers * scale if scale != 1.0 else numbers

    def _price_group(self, currency: str) -> str:
        """Empty where the currency is compared with all others, else the currency itself; one for all that no car has."""
        if self.rates.knows(currency):
            return ""
        return currency if self.columns.words["currency"].code(currency) is not None else _NO_CAR

    def _price(self, group: str) -> FloatArray:
        """Prices in the base of the rates; or in a currency that has no rate, NaN for all others."""
        if group not in self._prices:
            column, amounts = self.columns.words["currency"], self.columns.numbers["price"]
            if group:
                code = column.code(group)
                has_it = column.codes == (MISSING if code is None else code)
                self._prices[group] = np.where(has_it, amounts, np.nan)
            else:
                rates = [self.rates.per_unit.get(word, np.nan) for word in column.words]
                self._prices[group] = amounts / np.array(rates)[column.codes]
        return self._prices[group]

    def _near(self, circle: Circle, radius_km: float) -> BoolArray:
        """Which rows lie in a circle; a belt of latitudes first, so that few distances are computed."""
        reach = np.degrees(radius_km / EARTH_RADIUS_KM)
        rows = np.flatnonzero(np.abs(self.columns.latitude - circle.latitude) <= reach)
        near = np.zeros(len(self), dtype=np.bool_)
        near[rows[self.away_km(circle, rows) <= radius_km]] = True
        return near

    def away_km(self, circle: Circle, rows: RowArray) -> FloatArray:
        """Distance of some rows from a place, km; NaN for unknown places."""
        here = np.asarray(circle.latitude), np.asarray(circle.longitude)
        return great_circle_km(self.columns.latitude[rows], self.columns.longitude[rows], *here)

    @cached_property
    def without_place(self) -> int:
        """How many cars no circle can reach, because nobody said where they stand."""
        return int(np.count_nonzero(np.isnan(self.columns.latitude)))

    # Pages.

    def _page(self, query: SearchQuery, matching: BoolArray, total: int) -> tuple[list[str], Cursor | None]:
        if query.sort is Sort.NEAREST:
            rows, keys = self._nearest(query, matching)
        else:
            order = self._order(query.sort, self._price_group(query.currency))
            rows, keys = _walk(order, matching, total, self._begin(order, query.cursor), query.size + 1)
        ids = [identifier.decode("ascii") for identifier in self.columns.ids[rows[: query.size]]]
        if len(rows) <= query.size:
            return ids, None
        key = float(keys[query.size - 1])
        return ids, Cursor(query.sort, None if np.isnan(key) else key, ids[-1])

    def _begin(self, order: SortedRows, cursor: Cursor | None) -> int:
        return 0 if cursor is None else order.place_behind(cursor.key, self._first_row_behind(cursor))

    def _first_row_behind(self, cursor: Cursor) -> int:
        return int(np.searchsorted(self.columns.ids, cursor.listing_id.encode("ascii"), side="right"))

    def _nearest(self, query: SearchQuery, matching: BoolArray) -> tuple[RowArray, FloatArray]:
        if query.circle is None:
            raise ValueError("nearest to what?")
        rows = np.flatnonzero(matching)
        order = SortedRows.by(self.away_km(query.circle, rows))
        cursor, begin = query.cursor, 0
        if cursor is not None:
            behind = int(np.searchsorted(rows, self._first_row_behind(cursor), side="left"))
            begin = order.place_behind(cursor.key, behind)
        places = slice(begin, begin + query.size + 1)
        return rows[order.rows[places]], order.keys[places]

    def _order(self, sort: Sort, group: str) -> SortedRows:
        """All rows in an order; prices of a currency without a rate in an order of their own."""
        group = group if sort in {Sort.PRICE_UP, Sort.PRICE_DOWN} else ""
        if (sort, group) not in self._orders:
            self._orders[sort, group] = SortedRows.by(self._sort_keys(sort, group))
        return self._orders[sort, group]

    def _sort_keys(self, sort: Sort, group: str) -> FloatArray:
        if sort is Sort.NEWEST:
            return -self.columns.live_at_s
        name, is_descending = _SORTED_BY[sort]
        keys = self._price(group) if name == "price" else self.columns.numbers[name]
        return -keys if is_descending else keys

    # Facets.

    @cached_property
    def facet_columns(self) -> Mapping[str, CodeArray]:
        """By field, the codes that are counted; 0 for unknown."""
        words = {name: self.columns.words[name].codes for name in WORD_FACETS}
        return {
            **words,
            **{
                name: _counted(self.columns.numbers[name], self.facet_offsets[name]) for name in NUMBER_FACETS
            },
        }

    @cached_property
    def facet_offsets(self) -> Mapping[str, int]:
        """By field of ``NUMBER_FACETS``, what a code is less than its number."""
        return {name: _offset(self.columns.numbers[name]) for name in NUMBER_FACETS}

    @cached_property
    def facet_totals(self) -> Mapping[str, NDArray[np.intp]]:
        """By field, the counts of all rows."""
        return {name: np.bincount(codes, minlength=1) for name, codes in self.facet_columns.items()}

    @cached_property
    def equipment_rows(self) -> NDArray[np.uint64]:
        """For each word of ``EQUIPMENT`` a set of rows, packed; shape (words, rows / 64 rounded up)."""
        has = [(self.columns.equipment >> np.uint32(place)) & np.uint32(1) for place in range(len(EQUIPMENT))]
        return np.stack([_packed(rows.astype(np.bool_)) for rows in has])

    def _facets(
        self, masks: Mapping[str, BoolArray], failures: NDArray[np.uint8], matching: BoolArray, total: int
    ) -> dict[str, list[FacetCount]]:
        """Counts by field; those of a filtered field among the rows that fail its own filter at most."""

        def without_own(name: str) -> BoolArray:
            own: BoolArray = failures == ~masks[name]
            return own

        rows, is_complement = _smaller_side(matching, total)
        facets = {}
        for name, codes in self.facet_columns.items():
            if name in masks:
                own = without_own(name)
                counted, inverse = _smaller_side(own, int(np.count_nonzero(own)))
            else:
                counted, inverse = rows, is_complement
            totals = self.facet_totals[name]
            counts = np.bincount(codes[counted], minlength=len(totals))
            facets[name] = self._counts(name, totals - counts if inverse else counts)
        having = without_own(EQUIPMENT_FIELD) if EQUIPMENT_FIELD in masks else matching
        facets[EQUIPMENT_FIELD] = self._equipment_counts(having)
        return facets

    def _counts(self, name: str, counts: NDArray[np.intp]) -> list[FacetCount]:
        present = np.flatnonzero(counts[1:]) + 1
        if name in NUMBER_FACETS:
            offset = self.facet_offsets[name]
            shown = present[-MOST_FACET_WORDS:]
            return list(map(FacetCount, (shown + offset).tolist(), counts[shown].tolist()))
        words = self.columns.words[name].words
        most = present[np.argsort(-counts[present], kind="stable")[:MOST_FACET_WORDS]]
        return [
            FacetCount(words[code], count)
            for code, count in zip(most.tolist(), counts[most].tolist(), strict=True)
        ]

    def _equipment_counts(self, matching: BoolArray) -> list[FacetCount]:
        common = np.bitwise_count(self.equipment_rows & _packed(matching)).sum(axis=1)
        return [
            FacetCount(word, count) for word, count in zip(EQUIPMENT, common.tolist(), strict=True) if count
        ]


def _with_codes(column: WordColumn, codes: Sequence[int]) -> BoolArray:
    if len(codes) == 1:
        single: BoolArray = column.codes == codes[0]
        return single
    accepted = np.zeros(len(column.words), dtype=np.bool_)
    accepted[list(codes)] = True
    return accepted[column.codes]


def _within(numbers: FloatArray, bounds: Range, scale: float) -> BoolArray:
    low = -np.inf if bounds.low is None else bounds.low / scale
    high = np.inf if bounds.high is None else bounds.high / scale
    inside: BoolArray = (numbers >= low) & (numbers <= high)
    return inside


def _walk(
    order: SortedRows, matching: BoolArray, total: int, begin: int, most: int
) -> tuple[RowArray, FloatArray]:
    """The first matching rows from a place of an order on, with their keys."""
    if total * _DENSE < len(matching):
        ranks = order.rank[np.flatnonzero(matching)]
        ranks = ranks[ranks >= begin]
        if len(ranks) > most:
            ranks = np.partition(ranks, most - 1)[:most]
        places = np.sort(ranks)
        return order.rows[places], order.keys[places]
    found: list[RowArray] = []
    count, step = 0, max(_FIRST_WALK, 2 * most)
    while count < most and begin < len(order.rows):
        places = np.flatnonzero(matching[order.rows[begin : begin + step]]) + begin
        found.append(places[: most - count])
        count += len(found[-1])
        begin, step = begin + step, 2 * step
    places = np.concatenate(found) if found else np.zeros(0, dtype=np.intp)
    return order.rows[places], order.keys[places]


def _smaller_side(mask: BoolArray, count: int) -> tuple[RowArray, bool]:
    """The rows of a mask, or all others where these are fewer; and whether they are the others."""
    is_complement = 2 * count > len(mask)
    return np.flatnonzero(~mask if is_complement else mask), is_complement


def _offset(numbers: FloatArray) -> int:
    """What is added to the code of a counted number to have the number again."""
    known = numbers[numbers <= _LARGEST_COUNTED]
    return int(known.min()) - 1 if len(known) else 0


def _counted(numbers: FloatArray, offset: int) -> NDArray[np.uint16]:
    known = np.where(numbers <= _LARGEST_COUNTED, numbers, np.nan)
    codes: NDArray[np.uint16] = np.nan_to_num(known - offset, nan=0.0).astype(np.uint16)
    return codes


def _packed(mask: BoolArray) -> NDArray[np.uint64]:
    """A mask as bits, filled up to whole words."""
    octets = np.packbits(mask)
    return np.concatenate([octets, np.zeros(-len(octets) % 8, dtype=np.uint8)]).view(np.uint64)
