"""Cars of 1985 for tests: one written by hand, and a small generated table with a model fitted on it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.resale.price.model.contract import CAR_PRICE
from drivetrain.resale.price.model.dataset import name_the_makes
from drivetrain.resale.price.model.estimator import PointFit, fit_point, fit_range
from drivetrain.resale.price.model.formulas import RangeFit
from drivetrain.resale.price.model.generate import generate
from drivetrain.resale.price.model.package import pack
from drivetrain.resale.price.model.recipe import CarPriceRecipe
from drivetrain.resale.valuation.domain.bands import natural_bands

ROWS = 120
RECIPE = CarPriceRecipe()

COMPACT: dict[str, Any] = {
    "wheelbase": 95.7,
    "carlength": 166.3,
    "carwidth": 64.4,
    "curbweight": 2_109,
    "enginesize": 98,
    "boreratio": 3.19,
    "horsepower": 70,
    "citympg": 30,
    "highwaympg": 37,
    "CompanyName": "toyota",
    "fueltype": "gas",
    "aspiration": "std",
    "doornumber": "four",
    "carbody": "sedan",
    "drivewheel": "fwd",
    "enginetype": "ohc",
    "cylindernumber": "four",
    "fuelsystem": "2bbl",
}
LIMOUSINE = {
    **COMPACT,
    "CompanyName": "jaguar",
    "curbweight": 4_000,
    "horsepower": 200,
    "enginesize": 258,
    "citympg": 15,
}
NEW_MAKE = {**COMPACT, "CompanyName": "zastava"}


def car(**changed: Any) -> dict[str, Any]:
    """The compact with some fields replaced."""
    return {**COMPACT, **changed}


@cache
def small_table(rows: int = ROWS, seed: int = 7) -> TrainingTable:
    """A generated table as training gets it."""
    frame = generate(rows, seed)
    makes = name_the_makes({"CarName": frame.get_column("CarName").to_list()})["CompanyName"]
    raw = [{**row, "CompanyName": make} for row, make in zip(frame.to_dicts(), makes, strict=True)]
    checked = [CAR_PRICE.check_row({name: row[name] for name in CAR_PRICE.names})[0] for row in raw]
    return TrainingTable(
        as_columns(checked, CAR_PRICE.names), frame.get_column("price").to_numpy().astype(np.float64)
    )


@cache
def small_fit() -> tuple[PointFit, RangeFit]:
    """Price and range fitted on the small table."""
    table = small_table()
    point = fit_point(table.rows, table.target, RECIPE)
    return point, fit_range(point)


@cache
def small_files() -> dict[str, bytes]:
    """The files of a version fitted on the small table; copy before changing."""
    point, ranges = small_fit()
    return pack(point, ranges, natural_bands(small_table().target))
