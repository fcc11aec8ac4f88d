"""Generated used-car listings: headers, writings and oddities of the published tables, and none of their rows.

Each car is drawn in the order in which it comes to be offered: make and model, age, distance, engine, price.
What a model costs
new is drawn once per table from a seed of its own and by the rank of its make: no price here was learned from
a real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.generating import check_generation, row_chunks, write_chunks
from drivetrain.resale.used.model.countries import Country
from drivetrain.resale.used.model.names import MODELS

IndexArray = NDArray[np.intp]
WordArray = NDArray[np.str_]

_CHUNK_ROWS = 100_000
_ODD_EVERY = 400
_MODELS_SEED = 7_000
_DEAR = frozenset(
    (
        "Audi",
        "BMW",
        "Mercedes",
        "Mercedes-Benz",
        "Jaguar",
        "Lexus",
        "Land Rover",
        "Porsche",
        "Volvo",
        "Bentley",
        "Ferrari",
    )
)


@dataclass(frozen=True, slots=True)
class _Style:
    """A country in a few numbers.

    Attributes:
        new_price: of an ordinary model, in the currency.
        distance_per_year: in the unit of the country.
        decay_by_distance: of the log price, for each unit driven.
        least_price: below it nobody writes a listing.
    """

    new_price: float
    distance_per_year: float
    decay_by_distance: float
    least_price: float


_STYLES: Mapping[str, _Style] = {
    "uk": _Style(19_000, 8_500, 4.5e-6, 450),
    "au": _Style(38_000, 14_000, 2.8e-6, 1_000),
    "in": _Style(1_100_000, 9_500, 3.0e-6, 49_000),
}


@dataclass(frozen=True, slots=True)
class _Range:
    """The models of a country, arrays of shape (n_models,)."""

    make: WordArray
    model: WordArray
    share: FloatArray
    new_price: FloatArray
    decay: FloatArray
    engine_l: FloatArray


@dataclass(frozen=True, slots=True)
class _Cars:
    """Some cars; arrays of shape (n_rows,)."""

    make: WordArray
    model: WordArray
    age: IndexArray
    distance: IndexArray
    engine_l: FloatArray
    is_diesel: NDArray[np.bool_]
    is_automatic: NDArray[np.bool_]
    price: FloatArray


def generate(country: Country, rows: int, seed: int) -> pl.DataFrame:
    """Draw a whole table into memory.

    Args:
        rows: how many, >= 1.
        seed: >= 0; the same (rows, seed) give the same table.

    Returns:
        Text columns as published; row numbers -1, -2, ... in an unnamed first one; null where a cell is
        empty.

    Raises:
        InvalidInputError: rows or seed are out of range.
    """
    return pl.concat(list(_chunks(country, rows, seed)))


def write_synthetic(country: Country, path: Path, rows: int, seed: int, progress: Progress) -> None:
    """Draw a table into a CSV file, a piece at a time; memory does not grow with the rows.

    Raises:
        InvalidInputError: rows or seed are out of range.
        OSError: the file cannot be written.
    """
    write_chunks(path, _chunks(country, rows, seed), rows, progress)


def _chunks(country: Country, rows: int, seed: int) -> Iterator[pl.DataFrame]:
    check_generation(rows, seed)
    models = _models(country)
    return (
        _draw(country, models, places, np.random.default_rng([seed, 1, int(places[0])]))
        for places in row_chunks(rows, _CHUNK_ROWS)
    )


def _models(country: Country) -> _Range:
    """Every model of the country with a share, an engine and a price that this project made up."""
    rng = np.random.default_rng(_MODELS_SEED)
    names = [(make, model) for make, models in MODELS[country.code].items() for model in models]
    make, model = np.asarray([name[0] for name in names]), np.asarray([name[1] for name in names])
    dear = np.isin(make, list(_DEAR))
    engine_l = np.round(np.clip(rng.lognormal(np.where(dear, 0.75, 0.4), 0.28), 0.9, 6.5), 1)
    share = rng.pareto(1.3, len(names)) + 0.02
    new_price = (
        _STYLES[country.code].new_price
        * np.where(dear, 1.9, 1.0)
        * (engine_l / 1.5) ** 0.5
        * rng.lognormal(0, 0.2, len(names))
    )
    decay = np.where(dear, 0.22, 0.14) * rng.uniform(0.8, 1.2, len(names))
    return _Range(
        make, model, share / share.sum(), new_price.astype(np.float64), decay, engine_l.astype(np.float64)
    )


def _draw(country: Country, models: _Range, places: IndexArray, rng: np.random.Generator) -> pl.DataFrame:
    """Draw the rows at ``places`` of the table, shape (n_rows,), counted from 0."""
    cars = _cars(_STYLES[country.code], models, len(places), rng)
    columns = _WRITTEN[country.code](country, cars, places % _ODD_EVERY, rng)
    marked: _RawColumns = {"": [*_text(-1 - places)], **columns}
    return pl.DataFrame({name: pl.Series(cells, dtype=pl.String) for name, cells in marked.items()})


def _cars(style: _Style, models: _Range, count: int, rng: np.random.Generator) -> _Cars:
    model = rng.choice(len(models.share), size=count, p=models.share)
    age = np.minimum(rng.gamma(2.0, 2.2, count), 20).astype(np.intp)
    distance = (style.distance_per_year * (age + rng.random(count)) * rng.lognormal(0, 0.4, count)).astype(
        np.intp
    )
    is_diesel, is_automatic = rng.random(count) < 0.4, rng.random(count) < 0.45
    engine_l = np.clip(models.engine_l[model] + rng.choice([-0.2, 0.0, 0.0, 0.4], count), 0.8, 6.6)
    new = (
        models.new_price[model]
        * (1 + 0.05 * is_diesel + 0.08 * is_automatic)
        * (engine_l / models.engine_l[model]) ** 0.5
    )
    # A fifth is lost at the first registration, dear cars lose faster, and none falls below a tenth of what
    # it cost. Past some ten years' distance the wear shows.
    share_left = np.where(age == 0, 1.0, 0.1 + 0.7 * np.exp(-models.decay[model] * age))
    worn = distance + 2.0 * np.maximum(distance - 10 * style.distance_per_year, 0.0)
    worth = (
        new * share_left * np.exp(-style.decay_by_distance * worn) * np.exp(0.07 * rng.standard_t(5, count))
    )
    return _Cars(
        models.make[model],
        models.model[model],
        age,
        distance,
        engine_l,
        is_diesel,
        is_automatic,
        np.maximum(np.round(worth), style.least_price),
    )


_RawColumns = Mapping[str, list[str | None]]


def _british(country: Country, cars: _Cars, odd: IndexArray, rng: np.random.Generator) -> _RawColumns:
    year = np.where(odd == 0, 2060, country.reference_year - cars.age)
    engine = np.where(odd == 1, 0.0, cars.engine_l)
    mpg = np.where(
        odd == 2,
        1.1,
        np.clip(95 / cars.engine_l**0.6 * (1 + 0.2 * cars.is_diesel), 12, 90) * rng.normal(1, 0.05, len(odd)),
    )
    tax = rng.choice([0, 20, 30, 125, 145, 150, 200], len(odd), p=[0.06, 0.1, 0.1, 0.1, 0.44, 0.15, 0.05])
    gearbox = np.where(cars.is_automatic, rng.choice(["Automatic", "Semi-Auto"], len(odd)), "Manual")
    short_makes = {"Volkswagen": "vw"}
    return {
        "make": [short_makes.get(make, make.lower()) for make in cars.make.tolist()],
        "model": cars.model.tolist(),
        "year": _text(year),
        "price": _text(cars.price),
        "transmission": gearbox.tolist(),
        "mileage": _text(np.maximum(cars.distance, 1)),
        "fuelType": np.where(cars.is_diesel, "Diesel", np.where(odd % 33 == 7, "Hybrid", "Petrol")).tolist(),
        "tax": _text(tax),
        "mpg": _text(mpg, 1),
        "engineSize": _text(engine, 1),
    }


def _australian(country: Country, cars: _Cars, odd: IndexArray, rng: np.random.Generator) -> _RawColumns:
    count = len(odd)
    cylinders = np.where(
        cars.engine_l < 1.3, 3, np.where(cars.engine_l < 2.9, 4, np.where(cars.engine_l < 4.2, 6, 8))
    )
    trim = rng.choice(["", "Sport", "SR (4X4)", "Active", "Ascent"], count)
    body = rng.choice(
        ["SUV", "Hatchback", "Ute / Tray", "Sedan", "Wagon"], count, p=[0.42, 0.17, 0.16, 0.15, 0.1]
    )
    brand, model = cars.make.astype(object), cars.model.astype(object)
    year = (country.reference_year - cars.age).tolist()
    is_unknown = odd % 10 == 3
    title = [
        " ".join(f"{y} {b} {m} {t}".split()) for y, b, m, t in zip(year, brand, model, trim, strict=True)
    ]
    # The published table cuts a make of two words in two.
    halves = [
        str(make).split() if make in {"Alfa Romeo", "Aston Martin", "Great Wall", "Land Rover"} else None
        for make in brand
    ]
    engine = [
        f"{c} cyl, {liters:g} L" for c, liters in zip(cylinders, np.round(cars.engine_l, 1), strict=True)
    ]
    return {
        "Brand": [half[0] if half else str(make) for half, make in zip(halves, brand, strict=True)],
        "Year": _text(np.asarray(year)),
        "Model": [half[1] if half else str(name) for half, name in zip(halves, model, strict=True)],
        "Car/Suv": body.tolist(),
        "Title": title,
        "UsedOrNew": np.where(cars.age == 0, "DEMO", "USED").tolist(),
        "Transmission": np.where(
            odd % 65 == 1, "-", np.where(cars.is_automatic | (odd % 4 > 0), "Automatic", "Manual")
        ).tolist(),
        "Engine": np.where(is_unknown, "-", engine).tolist(),
        "DriveType": rng.choice(
            ["Front", "4WD", "AWD", "Rear", "Other"], count, p=[0.42, 0.19, 0.18, 0.14, 0.07]
        ).tolist(),
        "FuelType": np.where(cars.is_diesel, "Diesel", rng.choice(["Unleaded", "Premium"], count)).tolist(),
        "FuelConsumption": np.where(
            is_unknown, "-", [f"{4 + 1.8 * liters:.1f} L / 100 km" for liters in cars.engine_l]
        ).tolist(),
        "Kilometres": np.where(odd % 37 == 5, "- / -", _text(cars.distance)).tolist(),
        "ColourExtInt": rng.choice(
            ["White / -", "White / Black", "Silver / -", "Grey / Black"], count
        ).tolist(),
        "Location": rng.choice(["Minchinbury, NSW", "Ringwood, VIC", "Bentley, WA"], count).tolist(),
        "CylindersinEngine": np.where(is_unknown, "-", [f"{c} cyl" for c in cylinders]).tolist(),
        "BodyType": body.tolist(),
        "Doors": [None if unknown else " 4 Doors" for unknown in is_unknown],
        "Seats": [None if unknown else " 5 Seats" for unknown in is_unknown],
        "Price": np.where(odd == 9, "POA", _text(cars.price)).tolist(),
    }


def _indian(country: Country, cars: _Cars, odd: IndexArray, rng: np.random.Generator) -> _RawColumns:
    count = len(odd)
    is_unknown = odd % 25 == 4
    power = np.round(62 * cars.engine_l * rng.normal(1.05, 0.08, count))
    length = np.round(3_300 + 520 * cars.engine_l)

    def known(cells: list[str]) -> list[str | None]:
        return [None if unknown else cell for unknown, cell in zip(is_unknown, cells, strict=True)]

    return {
        "Make": cars.make.tolist(),
        "Model": [
            f"{model} {trim}"
            for model, trim in zip(cars.model, rng.choice(["VXI", "LXi", "ZX", "Delta"], count), strict=True)
        ],
        "Price": _text(cars.price),
        "Year": _text(country.reference_year - cars.age),
        "Kilometer": _text(np.where(odd == 0, 2_000_000, cars.distance)),
        "Fuel Type": np.where(cars.is_diesel, "Diesel", np.where(odd % 40 == 1, "CNG", "Petrol")).tolist(),
        "Transmission": np.where(cars.is_automatic, "Automatic", "Manual").tolist(),
        "Location": rng.choice(["Mumbai", "Delhi", "Pune"], count).tolist(),
        "Color": rng.choice(["White", "Silver", "Grey"], count).tolist(),
        "Owner": rng.choice(["First", "Second", "Third"], count, p=[0.8, 0.17, 0.03]).tolist(),
        "Seller Type": rng.choice(["Individual", "Corporate"], count, p=[0.97, 0.03]).tolist(),
        "Engine": known([f"{liters * 1000:.0f} cc" for liters in cars.engine_l]),
        "Max Power": known([f"{bhp:.0f} bhp @ 6000 rpm" for bhp in power]),
        "Max Torque": known([f"{1.4 * bhp:.0f} Nm @ 4000 rpm" for bhp in power]),
        "Drivetrain": known(rng.choice(["FWD", "RWD", "AWD"], count, p=[0.7, 0.16, 0.14]).tolist()),
        "Length": known(_text(length, 1)),
        "Width": known(_text(0.44 * length, 1)),
        "Height": known(_text(np.full(count, 1_520.0), 1)),
        "Seating Capacity": known(_text(rng.choice([5.0, 7.0], count, p=[0.86, 0.14]), 1)),
        "Fuel Tank Capacity": known(_text(np.round(28 + 10 * cars.engine_l), 1)),
    }


_WRITTEN: Mapping[str, Callable[[Country, _Cars, IndexArray, np.random.Generator], _RawColumns]] = {
    "uk": _british,
    "au": _australian,
    "in": _indian,
}


def _text(numbers: FloatArray | IndexArray | NDArray[np.int64], decimals: int = 0) -> list[str]:
    return [f"{number:.{decimals}f}" for number in numbers]
