"""The simulated market: cars that come and go, of models that resemble each other in ways no field says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.market.listings.domain.car import BODIES, FUELS
from drivetrain.market.search.domain.columns import ListedCar

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MAKES, MODELS_OF_A_MAKE, LATENT = 36, 8, 6
CARS, DAYS = 16_000, 80
BEFORE_DAYS = 25
"""Cars that went on sale this long before the first day, so that the first day has a market."""

MEAN_LIFE_DAYS = 19.0
DAY_S = 86_400.0
FIRST_YEAR, LAST_YEAR = 2008, 2026
LUXURY, FAMILY, SPORT = 0, 1, 2
"""Places in the character of a model, each in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Cars:
    """One-of-a-kind cars; arrays of one row a car.

    Attributes:
        listed: as the index takes them, ``live_at_s`` counted from day 0.
        model: place in the models, 0 to ``MAKES * MODELS_OF_A_MAKE`` - 1.
        character: what buyers feel about the car's model and can see; shape (n, 3).
        latent: what they feel about its model and no field says; shape (n, ``LATENT``).
        log_price, deal: of the asking price; ``deal`` is how far it is below the value, in logarithms.
        age, log_km, power: each about standard normal.
        is_electric, is_suv: 0 or 1.
        first_day, last_day: days on which it can be seen, both inclusive.
    """

    listed: list[ListedCar]
    model: IntArray
    character: FloatArray
    latent: FloatArray
    log_price: FloatArray
    deal: FloatArray
    age: FloatArray
    log_km: FloatArray
    power: FloatArray
    is_electric: FloatArray
    is_suv: FloatArray
    first_day: IntArray
    last_day: IntArray

    def on_sale(self, day: int) -> IntArray:
        """Rows of the cars that can be seen on a day."""
        return np.flatnonzero((self.first_day <= day) & (day <= self.last_day))


def drawn_cars(draw: np.random.Generator, count: int = CARS) -> Cars:
    """Draw a market."""
    models = MAKES * MODELS_OF_A_MAKE
    model_character = draw.beta(1.2, 1.8, (models, 3))
    # models of a make share half of what no field says
    of_make = np.repeat(draw.normal(size=(MAKES, LATENT)), MODELS_OF_A_MAKE, axis=0)
    model_latent = (of_make + draw.normal(size=(models, LATENT))) / np.sqrt(2)
    model_body = draw.integers(0, len(BODIES), models)
    frequency = draw.pareto(1.3, models) + 0.3
    model = draw.choice(models, size=count, p=frequency / frequency.sum())
    character = model_character[model]
    year = np.clip(np.round(LAST_YEAR - draw.gamma(2.2, 3.0, count)), FIRST_YEAR, LAST_YEAR).astype(int)
    age_years = LAST_YEAR - year
    km = np.maximum(10.0, (age_years + 0.5) * draw.lognormal(9.4, 0.5, count))
    fuel = draw.choice([0, 1, 2, 4], size=count, p=[0.48, 0.3, 0.12, 0.1])
    power_kw = 60 + 140 * character[:, SPORT] + 60 * character[:, LUXURY] + draw.normal(0, 12, count)
    log_value = (
        9.6
        + 1.1 * character[:, LUXURY]
        + 0.6 * character[:, SPORT]
        - 0.095 * age_years
        - 0.13 * (np.log(km + 5_000) - 10.5)
        + 0.15 * (fuel == FUELS.index("electric"))
    )
    deal = draw.normal(0, 0.12, count)
    log_price = log_value - deal
    first_day = draw.integers(-BEFORE_DAYS, DAYS, count)
    last_day = first_day + draw.geometric(1 / MEAN_LIFE_DAYS, count)
    listed = [
        ListedCar(
            f"{row:032x}",
            f"Make{of // MODELS_OF_A_MAKE:02d}",
            f"Model{of:03d}",
            float(np.round(np.exp(log_price[row]), -1)),
            "EUR",
            int(year[row]),
            float(np.round(km[row])),
            float(first_day[row]) * DAY_S,
            fuel=FUELS[fuel[row]],
            gearbox="automatic" if draw.random() < 0.3 + 0.5 * character[row, LUXURY] else "manual",
            body=BODIES[model_body[of]],
            power_kw=float(np.round(max(40.0, power_kw[row]))),
            doors=3 if character[row, SPORT] > 0.6 else 5,
            seats=7 if character[row, FAMILY] > 0.75 else 5,
            price_share=float(np.exp(-deal[row])),
        )
        for row, of in enumerate(model.tolist())
    ]
    return Cars(
        listed=listed,
        model=model,
        character=character,
        latent=model_latent[model],
        log_price=log_price,
        deal=deal,
        age=_standard(age_years),
        log_km=_standard(np.log(km + 5_000)),
        power=_standard(power_kw),
        is_electric=(fuel == FUELS.index("electric")).astype(np.float64),
        is_suv=(model_body[model] == BODIES.index("suv")).astype(np.float64),
        first_day=first_day,
        last_day=last_day,
    )


def _standard(numbers: NDArray[np.generic]) -> FloatArray:
    values = numbers.astype(np.float64)
    standard: FloatArray = (values - values.mean()) / values.std()
    return standard
