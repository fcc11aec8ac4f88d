"""Simulated buyers: tastes and leanings, a liking for models that no field explains, and a sense for deals.

Frozen before any ranker was written, so that no ranker is made for them. Whoever changes this generator measures all
rankers again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.recommendations.cars import DAYS, LATENT, Cars, FloatArray, IntArray, drawn_cars

BUYERS = 4_000
SEEDS = (1, 2, 3)
CHANGED_SEED = 4
"""Of the generator whose buyers like no model for reasons that fields do not say."""

TASTES = ("thrift", "family", "sport", "luxury", "electric", "outdoors")
#                 luxury family sport  age   km   power electric suv
_TASTES = np.array(
    [
        [-1.0, 0.3, -0.8, 0.2, -0.5, -0.6, 0.0, -0.3],
        [0.2, 2.2, -1.0, -0.4, -0.4, 0.0, 0.1, 0.6],
        [0.3, -0.8, 2.4, -0.1, -0.3, 1.0, -0.4, -0.8],
        [2.4, 0.2, 0.3, -0.6, -0.6, 0.5, 0.2, 0.3],
        [0.3, 0.3, -0.2, -0.6, -0.3, 0.0, 3.0, 0.2],
        [0.2, 0.9, 0.1, 0.1, -0.2, 0.4, -0.8, 2.4],
    ]
)
"""What each taste wants of a car, in the units of utility."""

_LOG_BUDGET = np.array([8.6, 9.4, 9.6, 10.1, 9.8, 9.6])
_LEANING, _BUDGET_SPREAD, _PRICE_TOLERANCE = 0.5, 0.35, 0.3
_LATENT_SHARE = 1.5
_VIEWS_A_DAY = 1.0
_LOOKED_OVER = 300
"""Cars that a buyer comes across on a day; the one that is opened is the best of them for the buyer's mood."""


@dataclass(frozen=True, slots=True)
class Buyers:
    """What each buyer wants; rows are buyers.

    Attributes:
        wants: weights as in ``_TASTES``; shape (n, 8).
        latent: liking for what no field says; zero under the changed generator.
        log_budget: the logarithm of the price that suits best.
        deal_sense: utility of a price ten percent below the value, times ten.
        first_day, last_day: days on which the buyer looks for a car, both inclusive.
    """

    wants: FloatArray
    latent: FloatArray
    log_budget: FloatArray
    deal_sense: FloatArray
    first_day: IntArray
    last_day: IntArray

    def utility(self, buyers: IntArray, cars: Cars, rows: IntArray) -> FloatArray:
        """True utility of some cars to some buyers, without the mood of a day; shape (buyers, rows)."""
        visible = np.column_stack(
            [
                cars.character[rows],
                cars.age[rows],
                cars.log_km[rows],
                cars.power[rows],
                cars.is_electric[rows],
                cars.is_suv[rows],
            ]
        )
        away = (cars.log_price[rows][None, :] - self.log_budget[buyers][:, None]) / _PRICE_TOLERANCE
        utility: FloatArray = (
            self.wants[buyers] @ visible.T
            + self.latent[buyers] @ cars.latent[rows].T
            - 0.5 * away**2
            + self.deal_sense[buyers][:, None] * cars.deal[rows][None, :]
        )
        return utility


@dataclass(frozen=True, slots=True)
class SimulatedMarket:
    """Cars, buyers, and which buyer opened which car on which day, in the order of the days."""

    cars: Cars
    buyers: Buyers
    viewer: IntArray
    viewed: IntArray
    day: IntArray


def simulated(seed: int, *, has_latent: bool = True, buyers: int = BUYERS) -> SimulatedMarket:
    """Draw a market, its buyers, and what they look at.

    Args:
        seed: the same seed gives the same market.
        has_latent: whether buyers like models for reasons that no field says; False for the changed generator.
        buyers: how many.
    """
    draw = np.random.default_rng(seed)
    cars = drawn_cars(draw, count=4 * buyers)
    people = _drawn_buyers(draw, buyers, has_latent=has_latent)
    views = _views(draw, cars, people)
    return SimulatedMarket(cars, people, *views)


def _drawn_buyers(draw: np.random.Generator, count: int, *, has_latent: bool) -> Buyers:
    taste = draw.integers(0, len(TASTES), count)
    latent = draw.normal(size=(count, LATENT)) * _LATENT_SHARE / np.sqrt(LATENT)
    first_day = draw.integers(-10, DAYS - 5, count)
    return Buyers(
        wants=_TASTES[taste] + draw.normal(0, _LEANING, (count, _TASTES.shape[1])),
        latent=latent if has_latent else np.zeros_like(latent),
        log_budget=_LOG_BUDGET[taste] + draw.normal(0, _BUDGET_SPREAD, count),
        deal_sense=np.abs(draw.normal(0, 4.0, count)),
        first_day=first_day,
        last_day=first_day + draw.integers(10, 41, count),
    )


def _views(draw: np.random.Generator, cars: Cars, buyers: Buyers) -> tuple[IntArray, IntArray, IntArray]:
    """Who opened what and when; nobody opens a car twice."""
    seen: list[set[int]] = [set() for _ in range(len(buyers.first_day))]
    rows: list[tuple[int, int, int]] = []
    for day in range(DAYS):
        active = np.flatnonzero((buyers.first_day <= day) & (day <= buyers.last_day))
        on_sale = cars.on_sale(day)
        utility = buyers.utility(active, cars, on_sale)
        wanted = draw.poisson(_VIEWS_A_DAY, len(active))
        for place in np.flatnonzero(wanted):
            buyer = int(active[place])
            for _ in range(wanted[place]):
                came_across = draw.integers(0, len(on_sale), _LOOKED_OVER)
                mood = utility[place, came_across] + draw.gumbel(size=_LOOKED_OVER)
                car = int(on_sale[came_across[np.argmax(mood)]])
                if car not in seen[buyer]:
                    seen[buyer].add(car)
                    rows.append((buyer, car, day))
    viewer, viewed, days = np.array(rows, dtype=np.int64).T
    return viewer, viewed, days
