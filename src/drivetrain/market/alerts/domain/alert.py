"""What a change of a listing means to the searches that people keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from drivetrain.market.alerts.domain.saved_search import Notice
from drivetrain.market.alerts.domain.search_table import RowArray, SearchTable
from drivetrain.market.search.domain.columns import ListedCar

GREAT = "great"
"""The rating of a price below the whole range that the value of a car has."""

_NONE: RowArray = np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class SeenListing:
    """A listing as the matcher last saw it.

    Attributes:
        car: as it was last on sale.
        is_live: whether it is on sale still.
    """

    car: ListedCar
    is_live: bool


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person wants to be told of a listing.

    Attributes:
        search, person, listing: 32 hexadecimal digits each.
        revision: of the listing; 0 for a new match, because a car is new to a search once.
        price, former_price: in whole units of the currency; None where it is not about a fall of the price.
        due_at: when it is told.
    """

    search: str
    person: str
    listing: str
    notice: Notice
    revision: int
    price: float
    currency: str
    former_price: float | None
    created_at: datetime
    due_at: datetime


def remembered(seen: SeenListing | None, car: ListedCar) -> SeenListing:
    """A listing on sale as it is to be remembered: a rating stands until there is another one.

    For a second after each change a listing has no rating; without this every one would be news.
    """
    if seen is None or car.deal is not None:
        return SeenListing(car, is_live=True)
    return SeenListing(car._replace(deal=seen.car.deal, price_share=seen.car.price_share), is_live=True)


def alerts_of(
    table: SearchTable, seen: SeenListing | None, car: ListedCar, version: int, now: datetime
) -> Iterator[Alert]:
    """The alerts that the searches of a table want about a listing that is on sale now.

    Args:
        seen: as it was last seen; None for one that never was.
        version: of the listing now.
    """
    present = remembered(seen, car).car
    rows = table.matching(present)
    before = _NONE if seen is None else table.matching(seen.car)
    is_new = ~np.isin(rows, before)
    for notice, affected in _affected(table, seen, present, rows, is_new):
        for row in affected[table.wanting(affected, notice)].tolist():
            search, person, frequency = table.of(row)
            yield Alert(
                *(search, person, car.listing_id, notice),
                0 if notice is Notice.NEW_MATCH else version,
                *(car.price, car.currency),
                seen.car.price if seen is not None and notice is Notice.PRICE_DROP else None,
                *(now, frequency.due_at(now)),
            )


def _affected(
    table: SearchTable, seen: SeenListing | None, car: ListedCar, rows: RowArray, is_new: NDArray[np.bool_]
) -> Iterator[tuple[Notice, RowArray]]:
    """By notice, the rows for which it holds."""
    yield Notice.NEW_MATCH, rows[is_new]
    known = rows[~is_new]
    if seen is not None and not seen.is_live:
        yield Notice.BACK_ON_SALE, known
    if seen is not None and seen.car.currency == car.currency and car.price < seen.car.price:
        yield Notice.PRICE_DROP, known[table.content_with_drop(known, car, seen.car.price)]
    if car.deal == GREAT and (seen is None or seen.car.deal != GREAT):
        yield Notice.UNDER_RANGE, rows
