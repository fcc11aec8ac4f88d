"""What a car on offer must say, declared once for requests and for tables of dealers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.text import spelling_key
from drivetrain.lifecycle.data.contracts import (
    YEAR,
    Column,
    FieldWarning,
    ListColumn,
    NumberColumn,
    Row,
    RowContract,
    TextColumn,
)
from drivetrain.market.listings.domain.car import (
    BODIES,
    COLORS,
    DRIVES,
    EQUIPMENT,
    FUELS,
    GEARBOXES,
    MAKE_NAMES,
    Car,
    Distance,
    DistanceUnit,
    Place,
)
from drivetrain.market.listings.domain.money import MINOR_DIGITS, Money

DOMAIN = "market"
LONGEST_DESCRIPTION = 4_000
LONGEST_REFERENCE = 64
OLDEST, NEWEST = 1900, 2035

_EQUIPMENT_KEYS = {**{spelling_key(word): word for word in EQUIPMENT}, **{word: word for word in EQUIPMENT}}


def _number(
    name: str,
    description: str,
    unit: str,
    bounds: tuple[float, float, float, float],
    example: float,
    *,
    whole: bool = True,
    optional: bool = True,
) -> Column:
    return NumberColumn(name, description, unit, *bounds, example=example, whole=whole, optional=optional)


def _one_of(
    name: str, description: str, values: tuple[str, ...], example: str, spellings: Mapping[str, str]
) -> Column:
    return ListColumn(name, description, values, example, spellings=spellings, optional=True)


def _open(name: str, description: str, example: str, *, optional: bool) -> Column:
    return ListColumn(name, description, (), example, is_open=True, optional=optional)


LISTING = RowContract(
    "listing",
    DOMAIN,
    (
        ListColumn(
            "make",
            "Make of the car.",
            (),  # any make is a make; a list would call the others unusual
            example="Volkswagen",
            spellings={other: make for make, others in MAKE_NAMES.items() for other in others},
            is_open=True,
        ),
        _open("model", "Model of the car, without its make.", "Golf", optional=False),
        _open("variant", "Trim, or whatever follows the model.", "2.0 TDI Style", optional=True),
        _number(
            "year",
            "Year of first registration.",
            YEAR,
            (OLDEST, NEWEST, 1980, NEWEST),
            2018,
            optional=False,
        ),
        _number(
            "distance",
            "Distance on the odometer, in `distance_unit`.",
            "km or miles",
            (0, 2_000_000, 0, 400_000),
            60_000,
            optional=False,
        ),
        ListColumn(
            "distance_unit",
            "What the odometer counts.",
            tuple(DistanceUnit),
            example="km",
            spellings={"kilometers": "km", "mi": "miles", "mile": "miles"},
        ),
        _number(
            "price",
            "What is asked for the car, in whole units of `currency`.",
            "currency",
            (1, 1_000_000_000, 100, 100_000_000),
            14_990,
            whole=False,
            optional=False,
        ),
        ListColumn("currency", "ISO 4217.", tuple(MINOR_DIGITS), example="EUR"),
        _one_of(
            "fuel",
            "What the car runs on.",
            FUELS,
            "diesel",
            {
                "gasoline": "petrol",
                "unleaded": "petrol",
                "leaded": "petrol",
                "premium": "petrol",
                "electro": "electric",
                "phev": "plug_in_hybrid",
                "cng + cng": "cng",
                "petrol + cng": "cng",
                "petrol + lpg": "lpg",
            },
        ),
        _one_of(
            "gearbox",
            "Gearbox.",
            GEARBOXES,
            "manual",
            {"auto": "automatic", "semi auto": "semi_automatic"},
        ),
        _number(
            "engine_size_l",
            "Displacement of the engine.",
            "liters",
            (0.1, 20, 0.6, 7),
            2.0,
            whole=False,
        ),
        _number("power_kw", "Power of the engine.", "kW", (1, 2_000, 25, 500), 110, whole=False),
        _one_of(
            "drive",
            "Wheels that are driven.",
            DRIVES,
            "front",
            {"fwd": "front", "rwd": "rear", "awd": "all", "4wd": "all", "4x4": "all"},
        ),
        _one_of(
            "body",
            "Body of the car.",
            BODIES,
            "hatchback",
            {
                "saloon": "sedan",
                "estate": "wagon",
                "cabrio": "convertible",
                "ute / tray": "pickup",
                "ute": "pickup",
                "commercial": "van",
                "mpv": "people_mover",
            },
        ),
        _one_of("color", "Color of the outside.", COLORS, "blue", {"grey": "gray", "violet": "purple"}),
        _number("doors", "Doors.", "doors", (1, 9, 2, 5), 5),
        _number("seats", "Seats.", "seats", (1, 60, 2, 9), 5),
        _number("owners", "Owners so far.", "owners", (0, 50, 0, 6), 1),
        TextColumn(
            "equipment",
            f"What the car has, separated by commas: {', '.join(EQUIPMENT)}.",
            example="navigation, heated_seats",
            optional=True,
        ),
        _open("place", "Town where the car stands.", "Leeds", optional=True),
        TextColumn("country", "Where that is, ISO 3166-1 alpha-2.", example="GB", optional=True),
        _number("latitude", "Of the place, WGS 84.", "degrees", (-90, 90, -90, 90), 53.8, whole=False),
        _number("longitude", "Of the place, WGS 84.", "degrees", (-180, 180, -180, 180), -1.55, whole=False),
        TextColumn("description", "In the seller's words; plain text.", example="One owner.", optional=True),
        TextColumn(
            "vin",
            "Vehicle identification number; shown to its owner only.",
            example="WVWZZZAUZJW000001",
            optional=True,
        ),
        TextColumn(
            "reference",
            "The dealer's own id of the car; shown to its owner only.",
            example="A-4711",
            optional=True,
        ),
    ),
)

PRIVATE = frozenset({"vin", "reference"})
"""Fields that only the owner of a listing sees."""


def read_listing(raw: Mapping[str, object]) -> tuple[Car, Money, tuple[FieldWarning, ...]]:
    """A car and its price, from a decoded JSON object or a row of a table.

    Returns:
        The car, its price, and what is unusual about them.

    Raises:
        ContractError: fields are missing, unknown, wrong, or do not fit together; each is named.
    """
    row, warnings = LISTING.check_row(raw)
    return (*car_of(row), warnings)


def car_of(row: Row) -> tuple[Car, Money]:
    """A car and its price from a row with every column, each of which the contract has passed.

    Raises:
        ContractError: a text is wrong, or columns do not fit together; each is named.
    """
    texts = {name: _text(row, name, longest) for name, longest in _LONGEST.items()}
    texts["country"] = _country(row["country"])
    errors = [error for error in (*texts.values(), _place_error(row)) if isinstance(error, FieldError)]
    equipment = _equipment(row["equipment"])
    errors += [each for each in equipment if isinstance(each, FieldError)]
    if errors:
        raise ContractError(errors)
    values: dict[str, Any] = {**row, **texts}
    car = Car(
        **{name: values[name] for name in _PLAIN},
        distance=Distance(values["distance"], DistanceUnit(values["distance_unit"])),
        equipment=frozenset(each for each in equipment if isinstance(each, str)),
        place=Place(values["place"], values["country"] or None, values["latitude"], values["longitude"]),
    )
    return car, Money.of(values["price"], values["currency"])


def row_of(car: Car, price: Money) -> Row:
    """The fields of the contract that ``read_listing`` would read again."""
    return {
        **{name: getattr(car, name) for name in _PLAIN},
        "distance": car.distance.value,
        "distance_unit": car.distance.unit.value,
        "price": price.amount,
        "currency": price.currency,
        "equipment": ", ".join(word for word in EQUIPMENT if word in car.equipment) or None,
        "place": car.place.name,
        "country": car.place.country,
        "latitude": car.place.latitude,
        "longitude": car.place.longitude,
    }


_LONGEST = {
    "description": LONGEST_DESCRIPTION,
    "vin": LONGEST_REFERENCE,
    "reference": LONGEST_REFERENCE,
}
_FORMATTING = "\n\r\t\u00a0\u200c\u200d"
"""Line ends, tabs, and the joiners that Persian and Hindi are written with; never what turns the direction of text."""

_PLAIN = (
    *("make", "model", "variant", "year", "fuel", "gearbox", "engine_size_l", "power_kw", "drive", "body"),
    *("color", "doors", "seats", "owners", "description", "vin", "reference"),
)


def plain_text(text: str | None, name: str, longest: int) -> str | None:
    """A text without spaces around it; None for an empty one.

    Raises:
        ContractError: it is too long, or no plain text; ``name`` is named.
    """
    checked = _text({name: text}, name, longest)
    if isinstance(checked, FieldError):
        raise ContractError([checked])
    return checked


def _text(row: Mapping[str, object], name: str, longest: int) -> str | FieldError | None:
    """A text without spaces around it, None for an empty one; or what is wrong with it."""
    value = row[name]
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > longest or any(not _is_printed(letter) for letter in text):
        return FieldError(
            f"market.bad_{name}",
            f"{name} must be at most {longest:,} characters of plain text.",
            pointer=f"/{name}",
        )
    return text or None


def _country(cell: object) -> str | FieldError | None:
    code = cell.strip().upper() if isinstance(cell, str) else ""
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        detail = "country must be two letters (ISO 3166-1 alpha-2)."
        return FieldError("market.bad_country", detail, pointer="/country")
    return code or None


def _is_printed(letter: str) -> bool:
    return letter.isprintable() or letter in _FORMATTING


def _place_error(row: Row) -> FieldError | None:
    if (row["latitude"] is None) == (row["longitude"] is None):
        return None
    return FieldError("market.half_a_place", "Give latitude and longitude, or neither.", pointer="/latitude")


def _equipment(cell: object) -> list[str | FieldError]:
    """The words of a cell, each known or an error."""
    texts = [text.strip() for text in cell.split(",")] if isinstance(cell, str) else []
    return [_equipment_word(text) for text in texts if text]


def _equipment_word(text: str) -> str | FieldError:
    known = _EQUIPMENT_KEYS.get(text) or _EQUIPMENT_KEYS.get(spelling_key(text))
    detail = f"equipment holds a word that is not known; known are: {', '.join(EQUIPMENT)}."
    return known or FieldError("market.unknown_equipment", detail, pointer="/equipment")
