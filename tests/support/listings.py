"""Rental listings for tests: a few written by hand, and a small generated table with a model fitted on it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from drivetrain.core.errors import ContractError
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.estimator import PointFit, RangeFit, fit_point, fit_range
from drivetrain.rental.price.model.generate import generate
from drivetrain.rental.price.model.package import pack
from drivetrain.rental.price.model.recipe import PriceRecipe

ROWS = 400
TINY = PriceRecipe(trees=30, learning_rate=0.15, leaves=7)
"""Fits in a few hundredths of a second; good enough to tell a van from a convertible."""

FAMILY_ESTATE: dict[str, Any] = {
    "model_key": "Citroën",
    "mileage": 150_000,
    "engine_power": 100,
    "fuel": "diesel",
    "paint_color": "black",
    "car_type": "estate",
    "private_parking_available": True,
    "has_gps": True,
    "has_air_conditioning": False,
    "automatic_car": False,
    "has_getaround_connect": False,
    "has_speed_regulator": False,
    "winter_tires": True,
}
NEW_SUV = {
    **FAMILY_ESTATE,
    "model_key": "BMW",
    "mileage": 8_000,
    "engine_power": 190,
    "car_type": "suv",
    "automatic_car": True,
}
OLD_VAN = {**FAMILY_ESTATE, "model_key": "Toyota", "mileage": 310_000, "car_type": "van", "has_gps": False}
UNKNOWN_MAKE = {**FAMILY_ESTATE, "model_key": "Zaporozhets"}

LISTINGS = (FAMILY_ESTATE, NEW_SUV, OLD_VAN, UNKNOWN_MAKE)


def listing(**changed: Any) -> dict[str, Any]:
    """The family estate with some fields replaced."""
    return {**FAMILY_ESTATE, **changed}


def without(name: str) -> dict[str, Any]:
    """The family estate without one field."""
    return {field: value for field, value in FAMILY_ESTATE.items() if field != name}


@cache
def small_table(rows: int = ROWS, seed: int = 7) -> TrainingTable:
    """The rows of a generated table that pass the contract."""
    checked: list[Row] = []
    prices: list[float] = []
    for raw in generate(rows, seed).to_dicts():
        try:
            row, _ = RENTAL_PRICE.check_row({name: raw[name] for name in RENTAL_PRICE.names})
        except ContractError:
            continue  # the odd ones that the generator puts in on purpose
        checked.append(row)
        prices.append(raw[RENTAL_PRICE.target.name])
    return TrainingTable(as_columns(checked, RENTAL_PRICE.names), np.asarray(prices, dtype=np.float64))


@cache
def small_fit() -> tuple[PointFit, RangeFit]:
    """Price and range fitted on the small table."""
    table = small_table()
    point = fit_point(table.rows, table.target, TINY)
    return point, fit_range(table.rows, table.target, point, TINY)


@cache
def small_files() -> dict[str, bytes]:
    """The files of a version fitted on the small table; copy before changing."""
    point, ranges = small_fit()
    table = small_table()
    return pack(point, ranges, table.rows, table.target, TINY.as_dict())
