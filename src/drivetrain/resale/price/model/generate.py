"""Generated cars of 1985: the header, joint structure and oddities of the published table, and none of its rows.

Each row is drawn in the order in which a car comes to be: make, size, body, engine, fuel, consumption, price.
The parameters below were set by this project from rounded shares and means by make; makes with a handful of
real rows share their spread with all others, so that no single car can be read from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.generating import check_generation, row_chunks, write_chunks
from drivetrain.resale.price.model.contract import MARK_COLUMN, PUBLISHED_HEADER

IndexArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

_CHUNK_ROWS = 100_000
_MISSPELLED_EVERY = 25
"""Of so many cars, one has its make written as in the published table's slips."""


@dataclass(frozen=True, slots=True)
class _Make:
    """One make, coarsely.

    Attributes:
        share: weight of its cars.
        size: mean, 0 a middling car, in standard deviations.
        power: log of horsepower against the mean of such an engine.
        price: log of price against the mean of such a car.
        engine: the usual build of its engines.
    """

    name: str
    share: float
    size: float
    power: float = 0.0
    price: float = 0.0
    engine: str = "ohc"


_MAKES = (
    _Make("toyota", 25, -0.1, price=-0.05),
    _Make("mazda", 14, -0.6, price=0.1),
    _Make("nissan", 13, -0.2, price=-0.05),
    _Make("honda", 12, -0.8, price=0.05),
    _Make("peugeot", 11, 1.2, power=-0.15, engine="l"),
    _Make("volkswagen", 10, -0.4, price=0.1),
    _Make("mitsubishi", 9, -0.5, price=-0.1),
    _Make("dodge", 8, -0.8),
    _Make("volvo", 8, 0.9, power=0.1, price=0.1),
    _Make("subaru", 8, -0.5, price=-0.1, engine="ohcf"),
    _Make("bmw", 6, 0.5, price=0.45),
    _Make("audi", 6, 0.5, price=0.25),
    _Make("plymouth", 6, -0.6),
    _Make("saab", 5, 0.4, power=0.15, price=0.1),
    _Make("porsche", 5, 0.5, power=0.3, price=0.6, engine="ohcf"),
    _Make("buick", 4, 2.0, price=0.5, engine="ohcv"),
    _Make("isuzu", 3, -0.4),
    _Make("alfa-romero", 3, 0.2, price=0.15, engine="dohc"),
    _Make("jaguar", 3, 2.2, price=0.35, engine="dohc"),
    _Make("renault", 2, 0.0, price=-0.15),
    _Make("chevrolet", 2, -1.4),
    _Make("mercury", 1, 0.6, power=0.2),
)
_SLIPS = {
    "mazda": "maxda",
    "porsche": "porcshce",
    "toyota": "toyouta",
    "volkswagen": "vw",
    "nissan": "Nissan",
}

_BODIES = ("convertible", "hardtop", "hatchback", "sedan", "wagon")
_BODY_SHARES = np.array([0.035, 0.035, 0.34, 0.47, 0.12])
_BODY_BY_SIZE = np.array([0.2, 0.3, -0.7, 0.2, 0.5])  # log odds per standard deviation of size
_BODY_PRICE = np.array([0.20, 0.08, -0.03, 0.0, -0.02])
_FOUR_DOORS = np.array([0.0, 0.0, 0.15, 0.8, 1.0])

_CYLINDERS = ("three", "four", "five", "six", "eight")
_CYLINDERS_FROM = np.array([70, 138, 160, 230])  # cubic inches at which the next number of cylinders is usual
_DRIVES = ("fwd", "rwd", "4wd")

_MEAN_PRICE, _PRICE_NOISE = 10_000.0, 0.07


def generate(rows: int, seed: int) -> pl.DataFrame:
    """Draw a whole table into memory.

    Args:
        rows: how many, >= 1.
        seed: >= 0; the same (rows, seed) give the same table.

    Returns:
        Columns as published; row numbers -1, -2, ... in ``car_ID``; no missing values.

    Raises:
        InvalidInputError: rows or seed are out of range.
    """
    return pl.concat(list(_chunks(rows, seed)))


def write_synthetic(path: Path, rows: int, seed: int, progress: Progress) -> None:
    """Draw a table into a CSV file, a piece at a time; memory does not grow with the rows.

    Raises:
        InvalidInputError: rows or seed are out of range.
        OSError: the file cannot be written.
    """
    write_chunks(path, _chunks(rows, seed), rows, progress)


def _chunks(rows: int, seed: int) -> Iterator[pl.DataFrame]:
    check_generation(rows, seed)
    return (
        _draw(places, np.random.default_rng([seed, int(places[0])]))
        for places in row_chunks(rows, _CHUNK_ROWS)
    )


@dataclass(frozen=True, slots=True)
class _Engines:
    """The engines of some cars; arrays of shape (n_rows,)."""

    build: NDArray[np.str_]
    inches: FloatArray
    cylinders: IndexArray
    is_diesel: BoolArray
    is_turbo: BoolArray
    horsepower: FloatArray


def _draw(places: IndexArray, rng: np.random.Generator) -> pl.DataFrame:
    """Draw the rows at ``places`` of the table, shape (n_rows,), counted from 0."""
    count = len(places)
    weights = np.array([make.share for make in _MAKES])
    make = rng.choice(len(_MAKES), size=count, p=weights / weights.sum())
    size = np.array([spec.size for spec in _MAKES])[make] + 0.6 * rng.standard_normal(count)
    body = _body(size, rng)
    weight = np.round(2_490 * np.exp(0.185 * size + 0.06 * rng.standard_normal(count)))
    engines = _engines(make, weight, rng)
    drive = np.where(
        rng.random(count) < 0.04, 2, (rng.random(count) < 1 / (1 + np.exp(0.8 - 1.8 * size))).astype(np.intp)
    )
    city = np.round(
        25.5
        * (weight / 2_490) ** -0.75
        * (engines.horsepower / 98) ** -0.3
        * np.where(engines.is_diesel, 1.12, 1)
    )
    columns = {
        MARK_COLUMN: -1 - places,
        "symboling": np.clip(
            np.round(1.3 - 0.9 * size + 0.7 * (body < 2) + rng.standard_normal(count)), -2, 3
        ).astype(np.int64),
        "CarName": _names(make, rng),
        "fueltype": np.where(engines.is_diesel, "diesel", "gas"),
        "aspiration": np.where(engines.is_turbo, "turbo", "std"),
        "doornumber": np.where(rng.random(count) < _FOUR_DOORS[body], "four", "two"),
        "carbody": np.array(_BODIES)[body],
        "drivewheel": np.array(_DRIVES)[drive],
        "enginelocation": np.full(count, "front"),
        "wheelbase": _near(98.6, 4.6, size, 2.5, rng),
        "carlength": _near(173.5, 10.0, size, 4.0, rng),
        "carwidth": _near(65.8, 1.75, size, 0.9, rng),
        "carheight": _near(53.7, 0.5, size, 2.2, rng),
        "curbweight": weight.astype(np.int64),
        "enginetype": engines.build,
        "cylindernumber": np.array(_CYLINDERS)[engines.cylinders],
        "enginesize": engines.inches.astype(np.int64),
        "fuelsystem": _fuel_system(engines, rng),
        "boreratio": np.round(
            np.clip(3.3 * (engines.inches / 121) ** 0.2 + 0.15 * rng.standard_normal(count), 2.5, 4.0), 2
        ),
        "stroke": np.round(np.clip(3.25 + 0.3 * rng.standard_normal(count), 2.1, 4.2), 2),
        "compressionratio": np.round(
            np.where(engines.is_diesel, 22.0, 8.9) + 0.5 * rng.standard_normal(count), 1
        ),
        "peakrpm": np.where(engines.is_diesel, 4_500, 5_250) + 50 * rng.integers(-6, 7, count),
        "horsepower": engines.horsepower.astype(np.int64),
        "citympg": np.clip(city, 12, 50).astype(np.int64),
        "highwaympg": np.clip(city + rng.integers(4, 8, count), 15, 55).astype(np.int64),
        "price": _price(make, body, weight, engines, rng),
    }
    return pl.DataFrame({name: columns[name] for name in PUBLISHED_HEADER})


def _body(size: FloatArray, rng: np.random.Generator) -> IndexArray:
    """Body by size: the largest of Gumbel-perturbed log weights is a draw by those weights."""
    log_weights = np.log(_BODY_SHARES) + size[:, np.newaxis] * _BODY_BY_SIZE
    body: IndexArray = np.argmax(log_weights + rng.gumbel(size=log_weights.shape), axis=1)
    return body


def _engines(make: IndexArray, weight: FloatArray, rng: np.random.Generator) -> _Engines:
    """Heavier cars have larger engines; a turbo adds power, diesel takes some."""
    count = len(make)
    usual_inches: FloatArray = 118 * (weight / 2_490) ** 1.25 * np.exp(0.13 * rng.standard_normal(count))
    inches = np.rint(np.clip(usual_inches, 60, 330))
    usual = np.array([spec.engine for spec in _MAKES])[make]
    build = np.where(rng.random(count) < 0.85, usual, rng.choice(["ohc", "dohc", "ohcv"], count))
    is_diesel = rng.random(count) < 0.09
    is_turbo = rng.random(count) < np.where(is_diesel, 0.5, 0.13)
    power = np.array([spec.power for spec in _MAKES])[make] + 0.13 * rng.standard_normal(count)
    power = power + 0.2 * is_turbo - 0.45 * is_diesel + 0.1 * (build == "dohc")
    horsepower = np.round(np.clip(98 * (inches / 118) ** 0.95 * np.exp(power), 48, 288))
    return _Engines(
        build, inches, np.searchsorted(_CYLINDERS_FROM, inches, side="right"), is_diesel, is_turbo, horsepower
    )


def _fuel_system(engines: _Engines, rng: np.random.Generator) -> NDArray[np.str_]:
    """Strong engines are injected, weak ones have carburetors."""
    injected = rng.random(len(engines.inches)) < 1 / (1 + np.exp(-0.09 * (engines.horsepower - 92)))
    rare = rng.random(len(engines.inches)) < 0.1
    carburetor = np.where(rare, "1bbl", "2bbl")
    return np.where(engines.is_diesel, "idi", np.where(injected, np.where(rare, "spdi", "mpfi"), carburetor))


def _price(
    make: IndexArray, body: IndexArray, weight: FloatArray, engines: _Engines, rng: np.random.Generator
) -> FloatArray:
    """USD, shape (n_rows,): by weight and power, more steeply for strong cars; by make, body and equipment; times noise."""
    power = np.log(engines.horsepower / 98)
    log_price = 1.4 * np.log(weight / 2_490) + 0.55 * power + 0.35 * power**2 + _BODY_PRICE[body]
    log_price = log_price + np.array([spec.price for spec in _MAKES])[make] + 0.22 * engines.is_diesel
    noise = _PRICE_NOISE * rng.standard_normal(len(make))
    price: FloatArray = np.round(np.clip(_MEAN_PRICE * np.exp(log_price + noise), 5_000, 60_000))
    return price


def _names(make: IndexArray, rng: np.random.Generator) -> list[str]:
    """Make and an invented model; here and there with a slip of the pen."""
    slips = rng.integers(0, _MISSPELLED_EVERY, len(make)) == 0
    models = rng.integers(100, 1_000, len(make))
    makes = [_MAKES[index].name for index in make]
    return [
        f"{_SLIPS.get(name, name) if slip else name} model {model}"
        for name, slip, model in zip(makes, slips, models, strict=True)
    ]


def _near(
    mean: float, by_size: float, size: FloatArray, spread: float, rng: np.random.Generator
) -> FloatArray:
    """A length in inches that goes with the size of the car, to a tenth."""
    length: FloatArray = np.round(mean + by_size * size + spread * rng.standard_normal(len(size)), 1)
    return length
