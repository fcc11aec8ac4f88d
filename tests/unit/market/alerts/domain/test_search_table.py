"""A car passes exactly the saved searches whose query finds it in the index of search."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest
from tests.support.market import listed_car, listed_cars
from tests.support.saved_searches import random_query, saved_search

from drivetrain.market.alerts.domain import search_table
from drivetrain.market.alerts.domain.saved_search import Frequency, LeastDrop, Notice
from drivetrain.market.alerts.domain.search_table import SearchTable
from drivetrain.market.search.domain.columns import ListedCar
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.query import SearchQuery
from drivetrain.market.search.domain.rates import RateTable

RATES = RateTable(None, {"EUR": 1.0, "GBP": 0.85, "INR": 95.0})  # none of ZAR
CARS = listed_cars(60, seed=3)
SEARCHES = [saved_search(number, random_query(number)) for number in range(1, 301)]


def found(table: SearchTable, car: ListedCar) -> set[int]:
    return {int(table.of(row)[0], 16) for row in table.matching(car).tolist()}


def expected(car: ListedCar, rates: RateTable) -> set[int]:
    """By the index of search, over this car alone."""
    index = SearchIndex.of([car], rates)
    return {
        each.search_id.int for each in SEARCHES if each.query is not None and index.matching(each.query)[0]
    }


@pytest.mark.parametrize("rates", [RATES, RateTable()], ids=["rates", "no rates"])
def test_a_car_passes_the_searches_that_find_it(rates: RateTable) -> None:
    table = SearchTable(rates)
    table.put(SEARCHES[:150])
    table.put(SEARCHES[150:])
    passed = [found(table, car) for car in CARS]
    assert passed == [expected(car, rates) for car in CARS]
    assert 300 < sum(map(len, passed)) < 9_000, "searches that find nothing, or everything, prove nothing"


def test_a_search_is_replaced_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_table, "_COMPACT_FROM", 40)
    table = SearchTable(RATES)
    table.put(
        [saved_search(each.search_id.int, SearchQuery({"make": frozenset({"Tesla"})})) for each in SEARCHES]
    )
    watching = saved_search(999, None, listing=UUID(CARS[0].listing_id))
    table.put([watching])
    assert (found(table, CARS[1]), found(table, CARS[0])) == (set(), {999})
    for start in range(0, 300, 30):
        table.put(SEARCHES[start : start + 30])
    assert len(table) == 301
    assert found(table, CARS[0]) == expected(CARS[0], RATES) | {999}
    table.remove([each.search_id.hex for each in SEARCHES] + [UUID(int=5_000).hex])
    assert (len(table), found(table, CARS[0])) == (1, {999})
    table.remove([watching.search_id.hex])
    assert found(table, CARS[0]) == set()


def test_searches_are_known_by_their_person() -> None:
    table = SearchTable(RATES)
    ann, bob = UUID(int=1), UUID(int=2)
    table.put(
        [saved_search(number, SearchQuery(), person=ann if number < 3 else bob) for number in (1, 2, 3)]
    )
    assert table.ids_of(ann.hex) == [UUID(int=1).hex, UUID(int=2).hex]
    assert table.of(2) == (UUID(int=3).hex, bob.hex, Frequency.INSTANT)


def test_words_are_compared_in_any_writing() -> None:
    table = SearchTable(RATES)
    table.put([saved_search(1, SearchQuery({"make": frozenset({"bmw"}), "model": frozenset({"3-series"})}))])
    assert found(table, listed_car(1)) == {1}


def test_a_fall_of_a_price_is_measured_by_the_search() -> None:
    table = SearchTable(RATES)
    drops = [
        ("EUR", LeastDrop()),
        ("EUR", LeastDrop(amount=1_000.0)),
        ("GBP", LeastDrop(amount=851.0)),  # 1,000 EUR are 850 GBP
        ("GBP", LeastDrop(amount=850.0)),
        ("ZAR", LeastDrop(amount=1.0)),  # cannot be compared
        ("EUR", LeastDrop(share=0.1)),
        ("EUR", LeastDrop(share=0.11)),
    ]
    table.put(
        [
            saved_search(number, SearchQuery(currency=currency), least_drop=drop)
            for number, (currency, drop) in enumerate(drops)
        ]
    )
    car, rows = listed_car(1, price=9_000.0), np.arange(len(drops))
    enough = table.content_with_drop(rows, car, 10_000.0)
    assert enough.tolist() == [True, True, False, True, False, True, False]
    assert not table.content_with_drop(rows, car, 9_000.0).any(), "the same price has not fallen"


def test_rows_want_what_they_named() -> None:
    table = SearchTable(RATES)
    table.put(
        [
            saved_search(1, SearchQuery(), notices=frozenset({Notice.PRICE_DROP})),
            saved_search(2, SearchQuery(), notices=frozenset()),
        ]
    )
    rows = np.arange(2)
    assert table.wanting(rows, Notice.PRICE_DROP).tolist() == [True, False]
    assert table.wanting(rows, Notice.NEW_MATCH).tolist() == [False, False]


def test_an_empty_table_matches_nothing() -> None:
    assert len(SearchTable(RATES).matching(CARS[0])) == 0
