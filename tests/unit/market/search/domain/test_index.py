"""Whatever is asked, the index answers like a loop over all cars."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from tests.support.market import MODELS, listed_car, listed_cars

from drivetrain.core.city import EARTH_RADIUS_KM
from drivetrain.market.listings.domain.car import BODIES, COLORS, EQUIPMENT, FUELS
from drivetrain.market.search.domain.columns import ListedCar
from drivetrain.market.search.domain.index import SearchIndex
from drivetrain.market.search.domain.query import Circle, Range, SearchQuery, Sort
from drivetrain.market.search.domain.rates import RateTable

RATES = RateTable(None, {"EUR": 1.0, "GBP": 0.85, "INR": 95.0})  # none of ZAR
CARS = listed_cars(400)
INDEX = SearchIndex.of(CARS, RATES).prepare()
LEEDS = Circle(51.0, -0.5, 60.0)


def price_in(car: ListedCar, currency: str) -> float | None:
    return RATES.converted(car.price, car.currency, currency)


def away_km(car: ListedCar, circle: Circle) -> float | None:
    """By the cosine rule, another way than the index goes."""
    if car.latitude is None or car.longitude is None:
        return None
    one, other = math.radians(car.latitude), math.radians(circle.latitude)
    turn = math.radians(car.longitude - circle.longitude)
    cosine = math.sin(one) * math.sin(other) + math.cos(one) * math.cos(other) * math.cos(turn)
    return EARTH_RADIUS_KM * math.acos(min(1.0, cosine))


def number(car: ListedCar, name: str, query: SearchQuery) -> float | None:
    return price_in(car, query.currency) if name == "price" else getattr(car, name)


def passes(car: ListedCar, query: SearchQuery, *, without: str = "") -> bool:
    for name, words in query.words.items():
        if name != without and getattr(car, name) not in words:
            return False
    for name, bounds in query.ranges.items():
        value = number(car, name, query)
        low = -math.inf if bounds.low is None else bounds.low
        high = math.inf if bounds.high is None else bounds.high
        if name != without and (value is None or not low - 1e-9 <= value <= high + 1e-9):
            return False
    if without != "equipment" and not query.equipment <= car.equipment:
        return False
    if query.circle is not None and query.circle.radius_km is not None:
        away = away_km(car, query.circle)
        return away is not None and away <= query.circle.radius_km
    return True


def random_query(seed: int) -> SearchQuery:
    draw = random.Random(seed)
    fields = draw.sample(
        ("make", "fuel", "body", "color", "price", "year", "odometer_km", "doors"), draw.randrange(6)
    )
    choices = {"make": sorted({make for make, _ in MODELS}), "fuel": FUELS, "body": BODIES, "color": COLORS}
    words = {
        name: frozenset(draw.sample(choices[name], draw.randrange(1, 4)))
        for name in fields
        if name in choices
    }
    bounds = {
        "price": Range(5_000, 40_000),
        "year": Range(2010, None),
        "odometer_km": Range(None, 150_000),
        "doors": Range(5, 5),
    }
    return SearchQuery(
        words,
        {name: bounds[name] for name in fields if name in bounds},
        frozenset(draw.sample(EQUIPMENT, draw.choice((0, 0, 1)))),
        draw.choice((None, LEEDS)),
        draw.choice(("EUR", "GBP", "ZAR")),
        draw.choice([sort for sort in Sort if sort is not Sort.NEAREST]),
        size=7,
    )


@pytest.mark.parametrize("seed", range(25))
def test_matches_and_counts_are_those_of_a_loop(seed):
    query = random_query(seed)
    matching = {car.listing_id for car in CARS if passes(car, query)}
    page = INDEX.search(query)
    assert page.total == len(matching)
    assert set(page.ids) <= matching
    assert set(all_pages(query)) == matching


def all_pages(query: SearchQuery, index: SearchIndex = INDEX) -> list[str]:
    ids: list[str] = []
    page = index.search(query, with_facets=False)
    while True:
        ids += page.ids
        if page.next is None:
            return ids
        following = SearchQuery(
            query.words,
            query.ranges,
            query.equipment,
            query.circle,
            query.currency,
            query.sort,
            page.next,
            query.size,
        )
        page = index.search(following, with_facets=False)


@pytest.mark.parametrize("seed", range(25))
def test_facets_leave_out_their_own_filter(seed):
    query = random_query(seed)
    facets = INDEX.search(query).facets
    for name in ("make", "model", "fuel", "body", "color", "doors", "year"):
        expected: dict[object, int] = {}
        for car in CARS:
            value = getattr(car, name)
            if value is not None and passes(car, query, without=name):
                expected[value] = expected.get(value, 0) + 1
        assert dict(facets[name]) == expected, name
    having = [car for car in CARS if passes(car, query, without="equipment")]
    counts = {word: sum(word in car.equipment for car in having) for word in EQUIPMENT}
    assert dict(facets["equipment"]) == {word: count for word, count in counts.items() if count}


@pytest.mark.parametrize("sort", [sort for sort in Sort if sort is not Sort.NEAREST])
@pytest.mark.parametrize("words", [{}, {"make": frozenset({"Mazda"}), "fuel": frozenset({"diesel"})}])
def test_pages_follow_their_order_without_gaps_or_repeats(sort, words):
    query = SearchQuery(words, sort=sort, size=9)
    keys = {
        Sort.NEWEST: lambda car: -car.live_at_s,
        Sort.PRICE_UP: lambda car: price_in(car, "EUR"),
        Sort.PRICE_DOWN: lambda car: None if price_in(car, "EUR") is None else -price_in(car, "EUR"),
        Sort.YEAR_UP: lambda car: car.year,
        Sort.YEAR_DOWN: lambda car: -car.year,
        Sort.ODOMETER_UP: lambda car: car.odometer_km,
        Sort.POWER_DOWN: lambda car: None if car.power_kw is None else -car.power_kw,
        Sort.DEAL: lambda car: car.price_share,
    }

    def place(car: ListedCar) -> tuple[bool, float, str]:
        key = keys[sort](car)
        return (key is None, 0.0 if key is None else round(key, 6), car.listing_id)

    expected = sorted((car for car in CARS if passes(car, query)), key=place)
    assert all_pages(query) == [car.listing_id for car in expected]


def test_the_nearest_come_first_and_pages_go_on_behind_them():
    query = SearchQuery(circle=Circle(51.0, -0.5), sort=Sort.NEAREST, size=50)
    ids = all_pages(query)
    assert sorted(ids) == sorted(car.listing_id for car in CARS)
    by_id = {car.listing_id: car for car in CARS}
    away = [away_km(by_id[each], LEEDS) for each in ids]
    known = [each for each in away if each is not None]
    assert away[: len(known)] == known, "unknown places come last"
    assert all(first <= second + 1e-4 for first, second in pairwise(known))


def test_a_page_goes_on_behind_its_cursor_though_the_index_has_changed():
    query = SearchQuery(sort=Sort.PRICE_UP, size=10)
    first = INDEX.search(query)
    last = next(car for car in CARS if car.listing_id == first.ids[-1])
    changed = INDEX.merged([listed_car(1, price=1.0)], [last.listing_id, *first.ids[:3]])
    following = SearchQuery(sort=Sort.PRICE_UP, size=10, cursor=first.next)
    assert changed.search(following).ids == INDEX.search(following).ids


def test_a_merged_index_equals_one_of_the_same_cars():
    gone = [car.listing_id for car in CARS[:50]]
    replaced = [car._replace(price=77.0, color="gold", make="Saab") for car in CARS[50:80]]
    new = listed_cars(40, seed=9)
    merged = INDEX.merged([*replaced, *new], [*gone, "f" * 32]).prepare()
    afresh = SearchIndex.of([*replaced, *CARS[80:], *new], RATES).prepare()
    assert len(merged) == len(afresh) == 390
    for query in (SearchQuery(sort=sort, size=390) for sort in (Sort.PRICE_DOWN, Sort.NEWEST)):
        assert merged.search(query).ids == afresh.search(query).ids
    counts = merged.search(SearchQuery()).facets
    assert {name: dict(of) for name, of in counts.items()} == {
        name: dict(of) for name, of in afresh.search(SearchQuery()).facets.items()
    }


def test_writings_of_a_word_are_one_word_and_unknown_ones_are_said():
    index = SearchIndex.of(
        [listed_car(1, "BMW", "3 Series"), listed_car(2, "bmw", "3-series"), listed_car(3, "BMW", "3 Series")]
    )
    page = index.search(SearchQuery({"make": frozenset({"Bmw", "Trabant"}), "model": frozenset({"3SERIES"})}))
    assert page.total == 3
    assert page.unknown_words == ["make:Trabant"]
    assert dict(page.facets["model"]) == {"3 Series": 3}


def test_without_rates_only_prices_of_the_same_currency_are_compared():
    cars = [listed_car(1, price=100.0), listed_car(2, price=100.0, currency="GBP")]
    index = SearchIndex.of(cars).prepare()
    below = {"price": Range(high=200.0)}
    assert [
        index.search(SearchQuery(ranges=below, currency=each)).total for each in ("EUR", "GBP", "INR")
    ] == [1, 1, 0]


def test_prices_are_compared_across_currencies_and_bounds_are_inclusive():
    index = SearchIndex.of([listed_car(1, price=8_500.0, currency="GBP")], RATES)
    for low, high, currency in ((8_500, 8_500, "GBP"), (9_999, 10_001, "EUR"), (949_000, 951_000, "INR")):
        query = SearchQuery(ranges={"price": Range(low, high)}, currency=currency)
        assert index.search(query).total == 1, currency


def test_an_empty_index_answers():
    page = SearchIndex.of([]).prepare().search(SearchQuery({"make": frozenset({"BMW"})}, sort=Sort.PRICE_UP))
    assert (page.ids, page.total, page.next) == ([], 0, None)
    assert all(not counts for counts in page.facets.values())


def test_a_circle_over_the_date_line_reaches_both_sides():
    cars = [listed_car(1, latitude=-17.0, longitude=179.9), listed_car(2, latitude=-17.0, longitude=-179.9)]
    query = SearchQuery(circle=Circle(-17.0, 180.0, 30.0))
    assert SearchIndex.of(cars).search(query).total == 2


def test_a_page_by_nearness_needs_a_place():
    with pytest.raises(ValueError, match="nearest"):
        INDEX.search(SearchQuery(sort=Sort.NEAREST))
