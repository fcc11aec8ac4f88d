"""What a used-car listing says, country by country: seven columns that all have, and those that only one has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from drivetrain.core.text import compact, spelling_key
from drivetrain.lifecycle.data.contracts import YEAR, Column, Contract, ListColumn, NumberColumn, RowContract
from drivetrain.resale.used.domain.value import LONGEST_OUTLOOK_YEARS
from drivetrain.resale.used.model.countries import COUNTRIES, Country
from drivetrain.resale.used.model.names import MODELS

DOMAIN = "resale"
ASKING_PRICE, YEARS = "asking_price", "years"
"""Fields of a request that the model does not see."""

_FUELS: Mapping[str, tuple[str, ...]] = {
    "uk": ("petrol", "diesel", "hybrid", "electric", "other"),
    "au": ("petrol", "premium_petrol", "diesel", "hybrid", "electric", "lpg", "other"),
    "in": ("petrol", "diesel", "cng", "hybrid", "electric", "lpg"),
}
_FUEL_SPELLINGS = {
    "gasoline": "petrol",
    "unleaded": "petrol",
    "leaded": "petrol",
    "premium": "premium_petrol",
    "cng + cng": "cng",
    "petrol + cng": "cng",
    "petrol + lpg": "lpg",
}
_GEARBOXES: Mapping[str, tuple[str, ...]] = {
    "uk": ("manual", "semi_auto", "automatic", "other"),
    "au": ("manual", "automatic"),
    "in": ("manual", "automatic"),
}
_ALIASES: tuple[tuple[str, ...], ...] = (
    ("Alfa Romeo", "Alfa"),
    ("Aston Martin", "Aston"),
    ("Chevrolet", "Chevy"),
    ("Land Rover", "Range Rover"),
    ("Lamborghini", "Lambo"),
    ("Maruti Suzuki", "Maruti", "Suzuki"),
    ("Mercedes-Benz", "Mercedes", "Merc", "MB", "Mercedes-AMG"),
    ("MG", "Morris Garages", "MG Motor"),
    ("Mini", "BMW Mini"),
    ("Rolls-Royce", "Rolls"),
    ("Vauxhall", "Opel"),
    ("Volkswagen", "VW"),
    ("GWM", "Great Wall"),
)
"""Names of one make. A country knows it by the first of them that its table holds; the others lead there."""

_EXAMPLES: Mapping[str, tuple[str, str, int, int, float, int]] = {
    "uk": ("Ford", "Fiesta", 2017, 20_000, 1.0, 9_500),
    "au": ("Toyota", "Corolla", 2018, 60_000, 1.8, 23_990),
    "in": ("Maruti Suzuki", "Swift", 2017, 50_000, 1.2, 550_000),
}
"""Make, model, year, distance, engine size, price."""

_PRICES: Mapping[str, tuple[float, float, float, float]] = {
    "uk": (100, 1_000_000, 1_000, 100_000),
    "au": (500, 2_000_000, 2_000, 300_000),
    "in": (10_000, 100_000_000, 60_000, 20_000_000),
}
"""Bounds outside which a price is refused, and those outside which it is unusual."""

OLDEST, NEWEST = 1980, 2035
"""Years of registration: older cars are collectors' pieces, priced by other rules, or 1970 stands for unknown; a year past
the next decade's middle is an entry error (the British table has a 2060)."""


def _optional(
    name: str,
    description: str,
    unit: str,
    bounds: tuple[float, float, float, float],
    example: float,
    *,
    whole: bool = False,
) -> Column:
    return NumberColumn(name, description, unit, *bounds, example=example, whole=whole, optional=True)


_BRITISH = (
    _optional("mpg", "Consumption as stated by the maker.", "miles per UK gallon", (5, 600, 20, 150), 60.1),
    _optional("tax_gbp", "Vehicle excise duty.", "GBP per year", (0, 3_000, 0, 600), 145, whole=True),
)
_AUSTRALIAN = (
    ListColumn(
        "variant",
        "What follows the model in the listing's title, for example a trim.",
        values=(),
        example="Ascent Sport",
        is_open=True,
        optional=True,
    ),
    _optional("cylinders", "Cylinders of the engine.", "cylinders", (1, 16, 2, 12), 4, whole=True),
    ListColumn(
        "drive",
        "Wheels that are driven.",
        values=("front", "rear", "awd", "4wd"),
        spellings={"fwd": "front", "rwd": "rear", "4x4": "4wd"},
        example="front",
        optional=True,
    ),
    _optional(
        "fuel_l_per_100km", "Consumption as stated by the maker.", "liters per 100 km", (0.1, 40, 1, 20), 6.4
    ),
    ListColumn(
        "body",
        "Body of the car.",
        values=(
            "suv",
            "hatchback",
            "ute",
            "sedan",
            "wagon",
            "commercial",
            "coupe",
            "convertible",
            "people_mover",
            "other",
        ),
        spellings={"Ute / Tray": "ute", "saloon": "sedan", "estate": "wagon", "van": "commercial"},
        example="hatchback",
        optional=True,
    ),
    _optional("doors", "Doors.", "doors", (1, 9, 2, 5), 5, whole=True),
    _optional("seats", "Seats.", "seats", (1, 60, 2, 14), 5, whole=True),
    ListColumn(
        "condition", "How the car is offered.", values=("used", "demo", "new"), example="used", optional=True
    ),
)
_INDIAN = (
    _optional("power_bhp", "Power of the engine.", "bhp", (5, 2_000, 30, 600), 82),
    _optional("torque_nm", "Torque of the engine.", "Nm", (10, 3_000, 48, 900), 113),
    ListColumn(
        "drive",
        "Wheels that are driven.",
        values=("fwd", "rwd", "awd"),
        spellings={"front": "fwd", "rear": "rwd", "4wd": "awd", "4x4": "awd"},
        example="fwd",
        optional=True,
    ),
    ListColumn(
        "owner",
        "Which owner the seller is; `unregistered` for a car that never had one.",
        values=("first", "second", "third", "fourth_or_more", "unregistered"),
        spellings={
            "fourth": "fourth_or_more",
            "4 or more": "fourth_or_more",
            "unregistered car": "unregistered",
        },
        example="first",
        optional=True,
    ),
    _optional("seats", "Seats.", "seats", (1, 60, 2, 8), 5, whole=True),
    _optional("length_mm", "Length.", "mm", (1_500, 8_000, 3_000, 5_600), 3_840),
    _optional("width_mm", "Width.", "mm", (1_000, 3_000, 1_400, 2_250), 1_735),
    _optional("tank_l", "Capacity of the fuel tank.", "liters", (5, 200, 15, 105), 37),
)
_OF_ONE_MARKET: Mapping[str, tuple[Column, ...]] = {"uk": _BRITISH, "au": _AUSTRALIAN, "in": _INDIAN}


@cache
def used_car_contract(country: Country) -> Contract:
    """The contract of a country's listings: the same seven columns first, then the country's own."""
    return Contract(
        name=country.dataset_name,
        domain=DOMAIN,
        columns=(*_common(country), *_OF_ONE_MARKET[country.code]),
        target=_price(country),
    )


def _common(country: Country) -> tuple[Column, ...]:
    make, model, year, distance, engine_size_l, _ = _EXAMPLES[country.code]
    names = MODELS[country.code]
    farthest = 500_000 if country.distance_unit == "miles" else 1_000_000
    return (
        ListColumn(
            "make", "Make of the car.", tuple(names), example=make, spellings=_makes(country), is_open=True
        ),
        ListColumn(
            "model",
            "Model of the car, with or without its make.",
            _models(country),
            example=model,
            spellings=_models_with_makes(country),
            is_open=True,
        ),
        NumberColumn(
            "year",
            f"Year of first registration. The model knows the prices of {country.reference_year}: there, a car is "
            f"{country.reference_year} minus this years old.",
            unit=YEAR,
            low=OLDEST,
            high=NEWEST,
            usual_low=country.reference_year - 22,
            usual_high=country.reference_year,
            example=year,
            why="Cars registered after the year of the table count as new in it.",
        ),
        NumberColumn(
            country.distance,
            "Distance on the odometer.",
            unit=country.distance_unit,
            low=0,
            high=farthest,
            usual_low=0,
            usual_high=farthest * 0.4,
            example=distance,
            why="An odometer never shows less than nothing; twice the longest life of a car is an entry error.",
        ),
        ListColumn(
            "fuel",
            "What the car runs on.",
            _FUELS[country.code],
            example="petrol",
            spellings={
                spelling: word for spelling, word in _FUEL_SPELLINGS.items() if word in _FUELS[country.code]
            },
            optional=country.code == "au",
        ),
        ListColumn(
            "transmission",
            "Gearbox.",
            _GEARBOXES[country.code],
            example="manual",
            spellings={"auto": "automatic"},
            optional=country.code == "au",
        ),
        NumberColumn(
            "engine_size_l",
            "Displacement of the engine; leave it out for an electric car.",
            unit="liters",
            low=0.1,
            high=10,
            usual_low=0.6,
            usual_high=6.8,
            example=engine_size_l,
            whole=False,
            optional=True,
        ),
    )


def _key(name: str) -> str:
    return compact(spelling_key(name))


def _makes(country: Country) -> dict[str, str]:
    """Other names of the makes in the country's table, each with the table's own."""
    makes = {_key(make): make for make in MODELS[country.code]}
    spellings = {}
    for names in _ALIASES:
        make = next((makes[_key(name)] for name in names if _key(name) in makes), None)
        if make is not None:
            spellings.update({name: make for name in names if _key(name) not in makes})
    return spellings


def _models_with_makes(country: Country) -> dict[str, str]:
    """The models as people write them who repeat the make: ``VW Golf``, ``Ford Fiesta``."""
    models = MODELS[country.code]
    names = [(make, make) for make in models] + list(_makes(country).items())
    return {f"{name} {model}": model for name, make in names for model in models[make]}


def _models(country: Country) -> tuple[str, ...]:
    """Every model name once, whatever the make."""
    return tuple(dict.fromkeys(model for models in MODELS[country.code].values() for model in models))


def _price(country: Country) -> NumberColumn:
    low, high, usual_low, usual_high = _PRICES[country.code]
    return NumberColumn(
        "price",
        f"Asking price of the listing, {country.reference_year}.",
        unit=country.currency,
        low=low,
        high=high,
        usual_low=usual_low,
        usual_high=usual_high,
        example=_EXAMPLES[country.code][5],
        why="Asking prices of listings: what sellers ask, not what buyers paid.",
    )


def asking_price_column(country: Country) -> NumberColumn:
    """The price that is asked for a car; no input of the model."""
    target = _price(country)
    return NumberColumn(
        ASKING_PRICE,
        "What the seller asks for the car.",
        unit=country.currency,
        low=1,
        high=target.high,
        usual_low=target.usual_low,
        usual_high=target.usual_high,
        example=target.example,
        whole=False,
    )


def deal_contract(country: Country) -> RowContract:
    """A country's car with the price that is asked for it."""
    columns = (*used_car_contract(country).columns, asking_price_column(country))
    return RowContract(f"{country.dataset_name}-deal", DOMAIN, columns)


def outlook_contract(country: Country) -> RowContract:
    """A country's car with how far to look ahead, and how far it will be driven."""
    farthest = 60_000 if country.distance_unit == "miles" else 100_000
    usual = farthest * 0.5
    ahead = (
        NumberColumn(
            YEARS,
            f"How many years to look ahead; {LONGEST_OUTLOOK_YEARS} when left out.",
            "years",
            *(1, LONGEST_OUTLOOK_YEARS, 1, LONGEST_OUTLOOK_YEARS),
            example=3,
            optional=True,
        ),
        NumberColumn(
            distance_per_year(country),
            "How far the car will be driven in a year; what is usual in the table when left out.",
            f"{country.distance_unit} per year",
            *(0, farthest, 0, usual),
            example=round(farthest / 6, -2),
            whole=False,
            optional=True,
        ),
    )
    return RowContract(
        f"{country.dataset_name}-outlook", DOMAIN, (*used_car_contract(country).columns, *ahead)
    )


def distance_per_year(country: Country) -> str:
    """Name of the field, with its unit: ``miles_per_year`` or ``km_per_year``."""
    return f"{country.distance_unit}_per_year"


CONTRACTS: Mapping[str, Contract] = {code: used_car_contract(country) for code, country in COUNTRIES.items()}
"""By the code of the country."""

DEAL_CONTRACTS: Mapping[str, RowContract] = {
    code: deal_contract(country) for code, country in COUNTRIES.items()
}
OUTLOOK_CONTRACTS: Mapping[str, RowContract] = {
    code: outlook_contract(country) for code, country in COUNTRIES.items()
}
