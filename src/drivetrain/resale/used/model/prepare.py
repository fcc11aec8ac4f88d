"""From the cells of the published tables to those of the contract: other names, numbers in text, signs for unknown.

A cell that says nothing becomes empty; one that says something wrong is left as it is, for the contract to
refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from drivetrain.core.text import UNKNOWN_WORDS, spelling_key

Cells = Mapping[str, Sequence[str | None]]

_UNKNOWN = UNKNOWN_WORDS | {"- / -", "none"}
_LITERS = re.compile(r"(\d+(?:\.\d+)?) L$")
_LEADING_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")
_DOORS = re.compile(r"(\d+) Doors$")
_SEATS = re.compile(r"(\d+) Seats$")
_CYLINDERS = re.compile(r"(\d+) cyl$")
_YEARS = re.compile(r"\s*\[\d{4}.*\]")

LEAST_MPG = 10.0
"""Miles per UK gallon; the few smaller numbers of the table are liters per 100 km, or electric ranges gone
astray."""

_NEW = frozenset({"NEW", "new", "New"})
"""Of an Australian car without a distance: it has none behind it."""

_MAKES_OF_TWO_WORDS = {
    "alfa": "Alfa Romeo",
    "aston": "Aston Martin",
    "great": "Great Wall",
    "land": "Land Rover",
}
"""The Australian table cuts these makes in two and puts the second half where the model should stand."""

_RANGE = "range"  # of Range Rover, a model of two words

_INDIAN_MODELS_OF_TWO_WORDS = frozenset(
    {"elite i20", "grand i10", "land cruiser", "range rover", "santa fe", "swift dzire", "wagon r"}
)


def prepare_uk(cells: Cells) -> dict[str, Sequence[str | None]]:
    """The British table: an engine of 0 liters and an impossible consumption say that it is not known."""
    return {
        "make": cells["make"],
        "model": cells["model"],
        "year": cells["year"],
        "mileage_miles": cells["mileage"],
        "fuel": cells["fuelType"],
        "transmission": cells["transmission"],
        "engine_size_l": [_at_least(cell, 0.1) for cell in cells["engineSize"]],
        "mpg": [_at_least(cell, LEAST_MPG) for cell in cells["mpg"]],
        "tax_gbp": cells["tax"],
        "price": cells["price"],
    }


def prepare_au(cells: Cells) -> dict[str, Sequence[str | None]]:
    """The Australian table: everything is text, unknown is a dash, make and model are read again from the title."""
    names = [
        _australian_name(*cell) for cell in zip(cells["Brand"], cells["Model"], cells["Title"], strict=True)
    ]
    return {
        "make": [make for make, _, _ in names],
        "model": [model for _, model, _ in names],
        "variant": [variant for _, _, variant in names],
        "year": _without_unknown(cells["Year"]),
        "mileage_km": [
            "0" if distance is None and condition in _NEW else distance
            for distance, condition in zip(
                _without_unknown(cells["Kilometres"]), _without_unknown(cells["UsedOrNew"]), strict=True
            )
        ],
        "fuel": _without_unknown(cells["FuelType"]),
        "transmission": _without_unknown(cells["Transmission"]),
        "engine_size_l": [_at_least(_first_group(_LITERS, cell), 0.1) for cell in cells["Engine"]],
        "cylinders": [_first_group(_CYLINDERS, cell) for cell in cells["CylindersinEngine"]],
        "drive": [None if cell == "Other" else cell for cell in _without_unknown(cells["DriveType"])],
        "fuel_l_per_100km": [
            _at_least(_first_group(_LEADING_NUMBER, cell), 0.1) for cell in cells["FuelConsumption"]
        ],
        "body": _without_unknown(cells["BodyType"]),
        "doors": [_first_group(_DOORS, cell) for cell in cells["Doors"]],
        "seats": [_first_group(_SEATS, cell) for cell in cells["Seats"]],
        "condition": _without_unknown(cells["UsedOrNew"]),
        "price": _without_unknown(cells["Price"]),
    }


def prepare_in(cells: Cells) -> dict[str, Sequence[str | None]]:
    """The Indian table: the model is the first word or two of its name, the trim after it is told by power and size."""
    return {
        "make": cells["Make"],
        "model": [_indian_model(cell) for cell in cells["Model"]],
        "year": cells["Year"],
        "mileage_km": cells["Kilometer"],
        "fuel": cells["Fuel Type"],
        "transmission": cells["Transmission"],
        "engine_size_l": [_liters(_first_group(_LEADING_NUMBER, cell)) for cell in cells["Engine"]],
        "power_bhp": [_first_group(_LEADING_NUMBER, cell) for cell in cells["Max Power"]],
        "torque_nm": [_first_group(_LEADING_NUMBER, cell) for cell in cells["Max Torque"]],
        "drive": _without_unknown(cells["Drivetrain"]),
        "owner": _without_unknown(cells["Owner"]),
        "seats": _without_unknown(cells["Seating Capacity"]),
        "length_mm": _without_unknown(cells["Length"]),
        "width_mm": _without_unknown(cells["Width"]),
        "tank_l": _without_unknown(cells["Fuel Tank Capacity"]),
        "price": cells["Price"],
    }


PREPARE: Mapping[str, Callable[[Cells], dict[str, Sequence[str | None]]]] = {
    "uk": prepare_uk,
    "au": prepare_au,
    "in": prepare_in,
}
"""By the code of the country."""


def _without_unknown(cells: Sequence[str | None]) -> list[str | None]:
    return [None if cell is None or cell.strip().casefold() in _UNKNOWN else cell.strip() for cell in cells]


def _first_group(pattern: re.Pattern[str], cell: str | None) -> str | None:
    match = pattern.search(cell.strip()) if cell else None
    return match[1] if match else None


def _at_least(cell: str | None, least: float) -> str | None:
    """The cell, unless it is a number too small to be meant."""
    try:
        return cell if cell is None or not float(cell) < least else None
    except ValueError:
        return cell


def _liters(cubic_centimeters: str | None) -> str | None:
    return None if cubic_centimeters is None else f"{float(cubic_centimeters) / 1000:.3f}"


def _indian_model(cell: str | None) -> str | None:
    words = _YEARS.sub("", cell or "").split()
    count = 2 if " ".join(words[:2]).casefold() in _INDIAN_MODELS_OF_TWO_WORDS else 1
    return " ".join(words[:count]) or None


def _australian_name(
    brand: str | None, model: str | None, title: str | None
) -> tuple[str | None, str | None, str | None]:
    """Make, model and variant, for example ``Land Rover``, ``Range Rover``, ``Evoque TD4 180 HSE Dynamic``."""
    brand, model = _without_unknown((brand, model))
    words_left = (title or "").split()[1:]  # the first word is the year
    make = _MAKES_OF_TWO_WORDS.get((brand or "").casefold())
    if make is None:
        words_left = _without(_without(words_left, brand), model)
    else:
        words_left = _without(words_left, make)
        words = 2 if words_left and words_left[0].casefold() == _RANGE else 1
        model, words_left = " ".join(words_left[:words]) or None, words_left[words:]
    return make or brand, model, " ".join(words_left)[:64].strip() or None


def _without(words: list[str], start: str | None) -> list[str]:
    """The words after ``start``, or all of them where they do not begin so."""
    count = len((start or "").split())
    begins = count and spelling_key(" ".join(words[:count])) == spelling_key(start or "")
    return words[count:] if begins else words
