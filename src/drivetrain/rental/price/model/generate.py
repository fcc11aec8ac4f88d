"""Generated rental listings: the header, joint structure and oddities of the published table, and none of its rows.

Each row is drawn in the order in which a car comes to be offered: make, power, body, age, distance,
fuel, equipment, price. The age is not written to the table, as in the real one; it drives distance and
price together and is why no model can explain more than about three quarters of the variance.

The parameters below were set by this project from rounded shares and means by make. Makes with a handful
of real rows share one row of parameters, so that no single listing can be read from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.generating import check_generation, row_chunks, write_chunks
from drivetrain.rental.price.model.contract import RENTAL_PRICE

BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

_HEADER = ("", *RENTAL_PRICE.names, RENTAL_PRICE.target.name)
_CHUNK_ROWS = 250_000
_ODD_EVERY = 4_000  # the published table has one of each gross error in about so many rows


@dataclass(frozen=True, slots=True)
class _Make:
    """One make, coarsely: share of listings, power in hp, EUR/day against the mean, weights of `_BODIES`."""

    name: str
    share: float
    power_mean: float
    power_sd: float
    price: float
    bodies: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Flag:
    """One piece of equipment: log odds in a mean car, their growth per sd of power and of trim, EUR/day."""

    name: str
    log_odds: float
    by_power: float
    by_trim: float
    price: float


@dataclass(frozen=True, slots=True)
class _Cars:
    """What decides the price of some cars; arrays of shape (n_rows,), words as indices into their lists."""

    make: IndexArray
    power_hp: FloatArray
    body: IndexArray
    age_years: FloatArray
    distance_km: FloatArray
    fuel: IndexArray
    flags: dict[str, BoolArray]


_BODIES = ("convertible", "coupe", "estate", "hatchback", "sedan", "subcompact", "suv", "van")
_BODY_PRICE = np.array([12.0, 11, 0, 3, 6, 4, 15, -9])
_BODY_BY_POWER = np.array([0.2, 0.7, 0.0, -0.7, 0.1, -1.6, 0.5, -0.5])  # log odds per sd of power
_BODY_DISTANCE = np.array([0.9, 0.8, 1.1, 0.9, 1.05, 0.95, 0.9, 0.65])  # against the mean car
_SUV = _BODIES.index("suv")

_RARE = (
    *("Alfa Romeo", "Fiat", "Ford", "Honda", "KIA Motors", "Lamborghini"),
    *("Lexus", "Mazda", "Mini", "Porsche", "Suzuki", "Yamaha"),
)
_MAKES = (
    _Make("Citroën", 0.200, 124, 20, -5, (2, 6, 46, 14, 29, 3, 0, 0)),
    _Make("Renault", 0.190, 121, 30, 4, (0, 2, 50, 4, 44, 0, 0, 0)),
    _Make("BMW", 0.170, 116, 38, -4, (0, 0, 2, 34, 2, 4, 58, 0)),
    _Make("Peugeot", 0.130, 107, 26, -3, (3, 2, 62, 5, 27, 1, 0, 0)),
    _Make("Audi", 0.105, 159, 36, 0, (0, 0, 45, 12, 42, 0, 0, 1)),
    _Make("Nissan", 0.055, 111, 20, -12, (0, 0, 0, 0, 0, 0, 100, 0)),
    _Make("Mitsubishi", 0.048, 190, 28, 9, (0, 0, 0, 0, 0, 0, 100, 0)),
    _Make("Mercedes", 0.020, 102, 5, 11, (0, 0, 0, 88, 12, 0, 0, 0)),
    _Make("Volkswagen", 0.014, 130, 40, 12, (0, 0, 0, 77, 17, 6, 0, 0)),
    _Make("Toyota", 0.012, 139, 50, 16, (0, 0, 0, 0, 0, 0, 36, 64)),
    _Make("Subaru", 0.011, 215, 37, 9, (0, 0, 0, 0, 0, 0, 100, 0)),
    _Make("SEAT", 0.010, 155, 28, 22, (0, 0, 0, 0, 0, 0, 100, 0)),
    _Make("Opel", 0.007, 134, 10, 14, (0, 0, 0, 86, 14, 0, 0, 0)),
    _Make("PGO", 0.006, 185, 10, -20, (4, 4, 66, 0, 26, 0, 0, 0)),
    _Make("Ferrari", 0.006, 175, 16, 4, (0, 0, 0, 4, 96, 0, 0, 0)),
    _Make("Maserati", 0.004, 230, 10, 5, (0, 0, 0, 0, 100, 0, 0, 0)),
    *(_Make(name, 0.0007, 170, 60, 5, (0, 0, 0, 55, 30, 0, 10, 5)) for name in _RARE),
)
_NAMES = (*(make.name for make in _MAKES), "Citroen")
_CITROEN, _BARE_CITROEN = 0, len(_MAKES)  # the make, and its name as people without a diaeresis write it

_POWERS_HP = np.array(
    [65.0, 75, 85, 90, 100, 105, 110, 120, 135, 140, 150, 160, 180, 190, 210, 230, 280, 320, 410]
)
_MEAN_POWER_HP, _SD_POWER_HP = 129.0, 38.0

_FLAGS = (
    _Flag("private_parking_available", 0.25, 0.8, 0.7, 2),
    _Flag("has_gps", 1.7, 0.6, 1.0, 11),
    _Flag("has_air_conditioning", -1.7, 0.7, 0.6, 2),
    _Flag("automatic_car", -2.6, 1.2, 0.6, 5),
    _Flag("has_getaround_connect", -0.2, 0.8, 0.8, 5),
    _Flag("has_speed_regulator", -1.3, 0.5, 0.6, 4),
    _Flag("winter_tires", 3.1, 0.1, 1.0, 0),
)
_SUV_AUTOMATIC = 2.2  # additional log odds

_COLORS = ("black", "grey", "blue", "white", "brown", "silver", "red", "beige", "green", "orange")
_COLOR_SHARES = np.array([0.34, 0.235, 0.147, 0.117, 0.07, 0.067, 0.011, 0.01, 0.0025, 0.0005])

_FUELS = ("diesel", "petrol", "hybrid_petrol", "electro")
_FUEL_PRICE = np.array([0.0, -18, 10, 10])
_PETROL_BY_BODY = np.array([0.42, 0.2, 0.02, 0.05, 0.05, 0.07, 0.01, 0.05])

_MEAN_AGE_YEARS, _MEAN_DISTANCE_KM = 5.5, 143_000.0


def generate(rows: int, seed: int) -> pl.DataFrame:
    """Draw a whole table into memory.

    Args:
        rows: how many, >= 1.
        seed: >= 0; the same (rows, seed) give the same table.

    Returns:
        Columns as published; row numbers -1, -2, ... in the unnamed one; flags as booleans; no missing
        values.

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
    words = (
        chunk.with_columns(
            pl.when(pl.col(pl.Boolean)).then(pl.lit("True")).otherwise(pl.lit("False")).name.keep()
        )
        for chunk in _chunks(rows, seed)
    )
    write_chunks(path, words, rows, progress, header=",".join(_HEADER))


def _chunks(rows: int, seed: int) -> Iterator[pl.DataFrame]:
    check_generation(rows, seed)
    odd_places = np.random.default_rng([seed, 0]).permutation(_ODD_EVERY)
    return (
        _draw(places, np.random.default_rng([seed, 1, int(places[0])]), odd_places)
        for places in row_chunks(rows, _CHUNK_ROWS)
    )


def _draw(places: IndexArray, rng: np.random.Generator, odd_places: IndexArray) -> pl.DataFrame:
    """Draw the rows at ``places`` of the table, shape (n_rows,), counted from 0."""
    cars = _cars(len(places), rng)
    price = _price(cars, rng)
    color = rng.choice(len(_COLORS), size=len(places), p=_shares(_COLOR_SHARES))
    odd = odd_places[places % _ODD_EVERY]
    columns = {
        "": -1 - places,
        "model_key": _words(
            _NAMES, np.where((cars.make == _CITROEN) & (odd % 200 == 5), _BARE_CITROEN, cars.make)
        ),
        "mileage": np.select([odd == 0, odd == 1], [-64, 1_000_376], cars.distance_km).astype(np.int64),
        "engine_power": np.where(odd == 2, 0, cars.power_hp).astype(np.int64),
        "fuel": _words(_FUELS, cars.fuel),
        "paint_color": _words(_COLORS, color),
        "car_type": _words(_BODIES, cars.body),
        **cars.flags,
        RENTAL_PRICE.target.name: np.where(odd == 3, 10, price).astype(np.int64),
    }
    return pl.DataFrame({name: columns[name] for name in _HEADER})


def _cars(count: int, rng: np.random.Generator) -> _Cars:
    make = rng.choice(len(_MAKES), size=count, p=_shares([make.share for make in _MAKES]))
    power_hp = _power_hp(make, rng)
    power = (power_hp - _MEAN_POWER_HP) / _SD_POWER_HP
    body = _body(make, power, rng)
    age_years = rng.gamma(5.0, _MEAN_AGE_YEARS / 5.0, count)
    return _Cars(
        make,
        power_hp,
        body,
        age_years,
        _distance_km(body, age_years, rng),
        _fuel(body, rng),
        _flags(body, power, rng),
    )


def _power_hp(make: IndexArray, rng: np.random.Generator) -> FloatArray:
    """Power, snapped to what engines are sold with."""
    mean = np.array([make.power_mean for make in _MAKES])[make]
    sd = np.array([make.power_sd for make in _MAKES])[make]
    between = (_POWERS_HP[1:] + _POWERS_HP[:-1]) / 2
    snapped: FloatArray = _POWERS_HP[np.searchsorted(between, rng.normal(mean, sd))]
    return snapped


def _body(make: IndexArray, power: FloatArray, rng: np.random.Generator) -> IndexArray:
    """Body by make and power: the largest of Gumbel-perturbed log weights is a draw by those weights."""
    with np.errstate(divide="ignore"):
        log_weights = np.log(np.array([make.bodies for make in _MAKES]))[make]
    body: IndexArray = np.argmax(
        log_weights + power[:, None] * _BODY_BY_POWER + rng.gumbel(size=log_weights.shape), axis=1
    )
    return body


def _distance_km(body: IndexArray, age_years: FloatArray, rng: np.random.Generator) -> FloatArray:
    usage = np.maximum(rng.normal(1.0, 0.31, len(body)), 0.05)  # against the mean driver of such a car
    by_age = 0.45 + 0.55 * age_years / _MEAN_AGE_YEARS
    km: FloatArray = np.floor(_MEAN_DISTANCE_KM * _BODY_DISTANCE[body] * by_age * usage)
    return km


def _fuel(body: IndexArray, rng: np.random.Generator) -> IndexArray:
    draw = rng.random(len(body))
    petrol = _PETROL_BY_BODY[body]
    fuel: IndexArray = np.select([draw < petrol, draw < petrol + 0.002, draw < petrol + 0.003], [1, 2, 3], 0)
    return fuel


def _flags(body: IndexArray, power: FloatArray, rng: np.random.Generator) -> dict[str, BoolArray]:
    """Equipment comes in trims: a rich trim makes every piece more likely."""
    trim = rng.standard_normal(len(body))
    flags = {}
    for flag in _FLAGS:
        log_odds = flag.log_odds + flag.by_power * power + flag.by_trim * trim
        if flag.name == "automatic_car":
            log_odds = log_odds + _SUV_AUTOMATIC * (body == _SUV)
        flags[flag.name] = rng.logistic(size=len(body)) < log_odds
    return flags


def _price(cars: _Cars, rng: np.random.Generator) -> FloatArray:
    """EUR per day, shape (n_rows,): what the car would ask new, less what age and distance take, times noise.

    Rises with power and equipment, falls with age and distance, and neither in a straight line: power pays
    less the more there is of it, and the distance that worries people lies around 165,000 km. So trees have
    something to find that ridge regression has not, about as much as in the published table. The noise is a
    share of the price with heavy tails (Student t, 4 degrees of freedom), so dear cars vary by more EUR than
    cheap ones.
    """
    new = (
        133
        + 40 * np.tanh((cars.power_hp - _MEAN_POWER_HP) / 45)
        + np.array([make.price for make in _MAKES])[cars.make]
    )
    new = (
        new
        + _BODY_PRICE[cars.body]
        + _FUEL_PRICE[cars.fuel]
        + sum(flag.price * cars.flags[flag.name] for flag in _FLAGS)
    )
    worn = 0.34 / (1 + np.exp((165_000 - cars.distance_km) / 22_000))
    worth = np.maximum(new, 40) * np.exp(-0.022 * cars.age_years - worn)
    noise = np.exp(0.083 * rng.standard_t(4, len(worth)))
    price: FloatArray = np.clip(np.round(worth * noise), 20, 420)
    return price


def _shares(weights: Sequence[float] | FloatArray) -> FloatArray:
    array = np.asarray(weights, dtype=np.float64)
    shares: FloatArray = array / array.sum()
    return shares


def _words(words: Sequence[str], index: IndexArray) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(index)
