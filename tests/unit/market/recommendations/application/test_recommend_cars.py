"""A slate keeps the limits, never shows what is not wanted, and says by which policy it was made."""

from __future__ import annotations

import random

import pytest
from tests.support.event_log import MemoryEventLog
from tests.support.market import MemoryLiveCars, listed_car

from drivetrain.core.time import SystemClock
from drivetrain.market.recommendations.application.follow_fit import FollowFit
from drivetrain.market.recommendations.application.ports import Profile
from drivetrain.market.recommendations.application.recommend_cars import RecommendCars
from drivetrain.market.recommendations.domain.fit import Fit
from drivetrain.market.recommendations.domain.interaction import Actor
from drivetrain.market.recommendations.domain.scoring import SeenCar
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.domain.query import Range, SearchQuery
from drivetrain.market.search.domain.rates import RateTable

ANNA = Actor("person:anna")
RATES = RateTable.parse("2026-11-30 EUR=1 GBP=0.8")
CARS = [
    listed_car(number, f"Make{number % 7}", f"Model{number % 23}", price=1_000.0 * (number % 30 + 1))
    for number in range(120)
]


class MemoryProfiles:
    """The port ``Profiles``: one profile for everybody."""

    def __init__(self) -> None:
        self.profile = Profile()

    def of(self, _: Actor) -> Profile:
        return self.profile


class NoFits:
    """The port ``Fits`` where nothing was learned yet."""

    def latest_version(self) -> int:
        return 0

    def latest(self) -> Fit:
        return Fit()


@pytest.fixture
def profiles() -> MemoryProfiles:
    return MemoryProfiles()


@pytest.fixture
def cars() -> MemoryLiveCars:
    return MemoryLiveCars(CARS)


@pytest.fixture
def recommend(profiles, cars) -> RecommendCars:
    following = FollowListings(cars, MemoryEventLog(), RATES)
    following.look()
    fit = FollowFit(NoFits(), following)
    return RecommendCars(fit, profiles, cars, RATES, SystemClock(), random.Random(1))


def numbers(slate) -> list[int]:
    return [car.found.listing.listing_id.int for car in slate.cars]


def seen(*places: int) -> Profile:
    return Profile(
        [SeenCar(CARS[each], 1.0) for each in places], frozenset(CARS[each].listing_id for each in places)
    )


def test_limits_are_hard_also_where_little_is_left(recommend, profiles):
    profiles.profile = seen(0)
    slate = recommend(ANNA, SearchQuery(ranges={"price": Range(29_500, None)}))
    assert sorted(numbers(slate)) == [29, 59, 89, 119]
    assert slate.total == 4


def test_what_is_disliked_never_comes_back_not_even_by_chance(recommend, profiles):
    disliked = frozenset(car.listing_id for car in CARS[::2])
    profiles.profile = Profile(seen(1).seen, disliked=disliked)
    shown = {number for _ in range(30) for number in numbers(recommend(ANNA, SearchQuery(size=20)))}
    assert shown <= set(range(1, 120, 2))
    assert recommend(ANNA, SearchQuery()).total == 60


def test_what_was_opened_is_left_out_while_there_is_enough_else(recommend, profiles):
    profiles.profile = seen(0, 1, 2)
    assert not {0, 1, 2} & set(numbers(recommend(ANNA, SearchQuery(size=100))))
    assert {0, 1, 2} <= set(numbers(recommend(ANNA, SearchQuery(size=118))))


def test_the_car_most_like_what_was_seen_comes_first_and_names_it(recommend, profiles):
    profiles.profile = seen(7)
    first = recommend(ANNA, SearchQuery()).cars[0]
    assert first.reasons[0].code == "like_seen"
    assert first.reasons[0].car == CARS[7]
    assert abs(first.found.listing.price.amount - CARS[7].price) < 5_000


def test_who_did_nothing_gets_the_newest_and_is_told_so(recommend):
    slate = recommend(None, SearchQuery())
    assert (slate.is_personal, slate.policy) == (False, "1.0")
    assert numbers(slate)[0] == 119
    assert {car.reasons[0].code for car in slate.cars} <= {"new", "popular", "trying"}


def test_a_car_that_went_off_the_market_a_moment_ago_is_left_out_and_the_others_keep_their_places(
    recommend, cars
):
    gone = numbers(recommend(None, SearchQuery()))[0]
    cars.cars.pop(f"{gone:032x}")
    slate = recommend(None, SearchQuery())
    assert gone not in numbers(slate)
    assert slate.cars[0].position == 2


def test_prices_are_in_the_currency_that_is_asked(recommend):
    car = recommend(None, SearchQuery(currency="GBP")).cars[0]
    assert car.found.price == pytest.approx(0.8 * car.found.listing.price.amount)


def test_where_nothing_is_on_sale_the_slate_is_empty(recommend, profiles):
    profiles.profile = seen(1)
    slate = recommend(ANNA, SearchQuery(words={"make": frozenset({"Lada"})}))
    assert (slate.cars, slate.total) == ([], 0)
