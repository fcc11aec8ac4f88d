"""What a change of a listing is, by how it was seen before."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.support.market import listed_car
from tests.support.saved_searches import AT, saved_search

from drivetrain.market.alerts.domain.alert import Alert, SeenListing, alerts_of, remembered
from drivetrain.market.alerts.domain.saved_search import Frequency, LeastDrop, Notice
from drivetrain.market.alerts.domain.search_table import SearchTable
from drivetrain.market.search.domain.columns import ListedCar
from drivetrain.market.search.domain.query import Range, SearchQuery
from drivetrain.market.search.domain.rates import RateTable

UP_TO_15K = SearchQuery(ranges={"price": Range(None, 15_000.0)})
NEW, DROP, BACK, UNDER = Notice.NEW_MATCH, Notice.PRICE_DROP, Notice.BACK_ON_SALE, Notice.UNDER_RANGE


def alerts(seen: SeenListing | None, car: ListedCar, **fields: object) -> list[Alert]:
    table = SearchTable(RateTable())
    table.put([saved_search(1, UP_TO_15K, **fields)])
    return list(alerts_of(table, seen, car, 7, AT))


def notices(seen: SeenListing | None, car: ListedCar, **fields: object) -> set[Notice]:
    return {each.notice for each in alerts(seen, car, **fields)}


def was(is_live: bool = True, **fields: object) -> SeenListing:
    return SeenListing(listed_car(1, **fields), is_live)


@pytest.mark.parametrize(
    ("seen", "now", "told"),
    [
        (None, {}, {NEW}),
        (None, {"price": 16_000.0}, set()),
        (was(), {}, set()),  # the same again: an event that comes twice
        (was(price=16_000.0), {}, {NEW}),  # cheap enough for the first time
        (was(price=14_000.0), {}, set()),  # dearer
        (was(), {"price": 14_000.0}, {DROP}),
        (was(is_live=False), {}, {BACK}),
        (was(is_live=False), {"price": 14_000.0}, {BACK, DROP}),
        (was(is_live=False, price=16_000.0), {}, {NEW}),
        (was(currency="GBP"), {}, {NEW}),  # not comparable before
        (was(deal="fair"), {"deal": "great"}, {UNDER}),
        (was(), {"deal": "great"}, {UNDER}),  # rated for the first time
        (was(deal="great"), {"deal": "great"}, set()),
        (was(deal="great"), {}, set()),  # not rated for a second
        (None, {"deal": "great"}, {NEW, UNDER}),
    ],
)
def test_a_change_is_told_for_what_it_is(
    seen: SeenListing | None, now: dict[str, object], told: set[Notice]
) -> None:
    assert notices(seen, listed_car(1, **now)) == told


def test_a_rating_stands_until_there_is_another_one() -> None:
    unrated = remembered(was(deal="great", price_share=0.8), listed_car(1, price=14_000.0))
    assert (unrated.car.deal, unrated.car.price_share, unrated.car.price) == ("great", 0.8, 14_000.0)
    assert notices(unrated, listed_car(1, price=14_000.0, deal="great")) == set()
    assert remembered(was(deal="great"), listed_car(1, deal="fair")).car.deal == "fair"
    assert remembered(None, listed_car(1)) == was()


def test_only_what_is_wanted_is_told() -> None:
    cheaper = listed_car(1, price=14_000.0)
    assert notices(was(), cheaper, notices=frozenset({NEW})) == set()
    assert notices(was(), cheaper, least_drop=LeastDrop(amount=1_000.5)) == set()
    assert notices(was(), cheaper, least_drop=LeastDrop(share=0.05)) == {DROP}


def test_an_alert_says_what_it_is_about_and_when_it_is_told() -> None:
    (drop,) = alerts(was(), listed_car(1, price=14_000.0), frequency=Frequency.DAILY)
    assert (drop.revision, drop.price, drop.former_price, drop.currency) == (7, 14_000.0, 15_000.0, "EUR")
    assert (drop.created_at, drop.due_at.isoformat()) == (AT, "2026-12-03T06:00:00+00:00")
    (new,) = alerts(None, listed_car(1))
    assert (new.revision, new.former_price, new.due_at) == (0, None, AT), "a car is new to a search once"


def test_a_listing_that_is_watched_is_told_of_whatever_it_costs() -> None:
    table = SearchTable(RateTable())
    dear = listed_car(5, price=90_000.0)
    table.put([saved_search(1, None, listing=UUID(dear.listing_id))])
    seen = SeenListing(listed_car(5, price=95_000.0), is_live=False)
    assert {each.notice for each in alerts_of(table, seen, dear, 3, AT)} == {BACK, DROP}
    assert list(alerts_of(table, None, listed_car(6), 3, AT)) == []
