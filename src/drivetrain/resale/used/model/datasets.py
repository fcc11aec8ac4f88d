"""The tables of used cars: where the published ones stand, how they become the contract's, and how they are imitated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from drivetrain.lifecycle.data.table_specs import Preparation, TableSpec
from drivetrain.lifecycle.kit.imports import when_called
from drivetrain.resale.used.model.countries import COUNTRIES, Country
from drivetrain.resale.used.model.prepare import PREPARE

PLAIN, PACKED = ".csv", ".csv.gz"


@dataclass(frozen=True, slots=True)
class _Published:
    """What is known of a published file.

    Attributes:
        generated: rows of its imitation: fewer of a long table, whose training takes its time and teaches
            nothing; more of a short one, so that the gate can tell a good range from chance whatever the
            seed.
    """

    header: tuple[str, ...]
    file: str
    source: str
    licence: str
    generated: int


_PUBLISHED: Mapping[str, _Published] = {
    "uk": _Published(
        header=(
            "make",
            "model",
            "year",
            "price",
            "transmission",
            "mileage",
            "fuelType",
            "tax",
            "mpg",
            "engineSize",
        ),
        file="uk_used_cars",
        source="100,000 UK Used Car Data set (Kaggle, A. Desai; scraped listings of 2020); copy of "
        "github.com/aelkahout/uk_used_cars.",
        licence="CC0 as quoted for the Kaggle page; unstated in the repository",
        generated=20_000,
    ),
    "au": _Published(
        header=(
            *(
                "Brand",
                "Year",
                "Model",
                "Car/Suv",
                "Title",
                "UsedOrNew",
                "Transmission",
                "Engine",
                "DriveType",
                "FuelType",
            ),
            *(
                "FuelConsumption",
                "Kilometres",
                "ColourExtInt",
                "Location",
                "CylindersinEngine",
                "BodyType",
                "Doors",
                "Seats",
            ),
            "Price",
        ),
        file="australian_vehicle_prices",
        source="Australian Vehicle Prices (Kaggle, N. Elgiriyewithana, 2023; scraped listings); copy of "
        "github.com/puskr/Aistralian-Vehicle-Price-Project.",
        licence="unstated in the repository",
        generated=13_000,
    ),
    "in": _Published(
        header=(
            *(
                "Make",
                "Model",
                "Price",
                "Year",
                "Kilometer",
                "Fuel Type",
                "Transmission",
                "Location",
                "Color",
                "Owner",
            ),
            *("Seller Type", "Engine", "Max Power", "Max Torque", "Drivetrain", "Length", "Width", "Height"),
            *("Seating Capacity", "Fuel Tank Capacity"),
        ),
        file="cardekho_car_details_v4",
        source="Vehicle dataset (Kaggle, N. Birla et al., from cardekho.com, 2022), file Car details v4; copy of "
        "github.com/charouzic/budgetcars, folder backend/app/app/db/data.",
        licence="Database Contents License as quoted for the Kaggle page; unstated in the repository",
        generated=4_000,
    ),
}

_READ: Mapping[str, tuple[str, ...]] = {
    "uk": _PUBLISHED["uk"].header,
    "au": tuple(
        name for name in _PUBLISHED["au"].header if name not in {"Car/Suv", "ColourExtInt", "Location"}
    ),
    "in": tuple(
        name for name in _PUBLISHED["in"].header if name not in {"Location", "Color", "Seller Type", "Height"}
    ),
}
"""Columns that are read: of the others nothing is learned."""


def used_cars_table(country: Country) -> TableSpec:
    """What the platform knows of a country's table."""
    published = _PUBLISHED[country.code]
    return TableSpec(
        name=country.dataset_name,
        summary=f"One row per used car offered in {country.name} in {country.reference_year}, with its asking price.",
        header=published.header,
        file_names=tuple(
            f"{folder}{published.file}{kind}" for folder in ("used_cars/", "") for kind in (PACKED, PLAIN)
        ),
        kinds=(PLAIN, PACKED),
        source=published.source,
        licence=published.licence,
        origins=(),
        write_synthetic=partial(
            when_called("drivetrain.resale.used.model.generate:write_synthetic"), country
        ),
        usual_rows=published.generated,
        preparation=Preparation(_READ[country.code], PREPARE[country.code]),
    )


USED_CARS: Mapping[str, TableSpec] = {code: used_cars_table(country) for code, country in COUNTRIES.items()}
"""By the code of the country."""
