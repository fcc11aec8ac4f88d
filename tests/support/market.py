"""Made-up cars on sale, for tests of the market."""

from __future__ import annotations

import random
from collections.abc import Sequence

from drivetrain.market.listings.domain.car import (
    BODIES,
    COLORS,
    EQUIPMENT,
    FUELS,
    GEARBOXES,
)
from drivetrain.market.search.domain.columns import ListedCar

MODELS = (
    *(("BMW", "3 Series"), ("BMW", "X5"), ("Mazda", "3"), ("Peugeot", "208"), ("Peugeot", "2008")),
    *(("Volkswagen", "Golf"), ("Hyundai", "Tucson"), ("Mercedes-Benz", "C-Class"), ("Fiat", "500")),
)


def listed_car(number: int, make: str = "BMW", model: str = "3 Series", **fields: object) -> ListedCar:
    """A car with a number for its id."""
    usual = ListedCar(f"{number:032x}", make, model, 15_000.0, "EUR", 2018, 60_000.0, 1_000.0 + number)
    return usual._replace(**fields)  # type: ignore[arg-type]


def listed_cars(count: int, *, seed: int = 1) -> Sequence[ListedCar]:
    """Cars drawn at random, with gaps in what is known of them, and many equal numbers."""
    draw = random.Random(seed)

    def or_unknown(value: object) -> object:
        return value if draw.random() < 0.8 else None

    def car() -> ListedCar:
        make, model = draw.choice(MODELS)
        has_place = draw.random() < 0.7
        return ListedCar(
            listing_id=f"{draw.getrandbits(128):032x}",
            make=make,
            model=model,
            price=float(draw.randrange(1, 60) * 1_000),
            currency=draw.choice(("EUR", "EUR", "GBP", "INR", "ZAR")),
            year=draw.randrange(2005, 2026),
            odometer_km=float(draw.randrange(0, 30) * 10_000),
            live_at_s=float(draw.randrange(100)),
            fuel=or_unknown(draw.choice(FUELS)),  # type: ignore[arg-type]
            gearbox=or_unknown(draw.choice(GEARBOXES)),  # type: ignore[arg-type]
            body=or_unknown(draw.choice(BODIES)),  # type: ignore[arg-type]
            color=or_unknown(draw.choice(COLORS)),  # type: ignore[arg-type]
            power_kw=or_unknown(float(draw.randrange(50, 200))),  # type: ignore[arg-type]
            doors=or_unknown(draw.choice((3, 5))),  # type: ignore[arg-type]
            equipment=frozenset(draw.sample(EQUIPMENT, draw.randrange(6))),
            latitude=draw.uniform(50, 52) if has_place else None,
            longitude=draw.uniform(-2, 1) if has_place else None,
        )

    return [car() for _ in range(count)]
