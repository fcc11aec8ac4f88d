"""The simulated buyers: the same for a seed, and only able to see what is on sale."""

from __future__ import annotations

import numpy as np
import pytest
from bench.recommendations.buyers import SimulatedMarket, simulated


@pytest.fixture(scope="module")
def market() -> SimulatedMarket:
    return simulated(5, buyers=150)


def test_a_seed_gives_the_same_market_again(market: SimulatedMarket) -> None:
    again = simulated(5, buyers=150)
    assert again.cars.listed == market.cars.listed
    assert np.array_equal(again.viewed, market.viewed)
    assert not np.array_equal(simulated(6, buyers=150).viewed[:20], market.viewed[:20])


def test_buyers_look_at_cars_on_sale_while_they_look_and_at_none_twice(market: SimulatedMarket) -> None:
    cars, buyers = market.cars, market.buyers
    assert np.all(cars.first_day[market.viewed] <= market.day)
    assert np.all(market.day <= cars.last_day[market.viewed])
    assert np.all(buyers.first_day[market.viewer] <= market.day)
    assert len(set(zip(market.viewer.tolist(), market.viewed.tolist(), strict=True))) == len(market.viewed)


def test_what_they_open_has_more_utility_than_what_is_on_sale(market: SimulatedMarket) -> None:
    gains = [
        market.buyers.utility(np.array([viewer]), market.cars, np.array([viewed]))[0, 0]
        - market.buyers.utility(np.array([viewer]), market.cars, market.cars.on_sale(day)).mean()
        for viewer, viewed, day in zip(
            market.viewer[:200], market.viewed[:200], market.day[:200].tolist(), strict=True
        )
    ]
    assert np.mean(gains) > 1


def test_the_changed_generator_has_no_liking_that_fields_do_not_say() -> None:
    changed = simulated(5, has_latent=False, buyers=20)
    assert not changed.buyers.latent.any()
    assert changed.buyers.wants.any()
