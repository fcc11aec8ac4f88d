"""The countries whose listings a used-car model learns from, and in what each of them differs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """One country: its own currency, distance unit, table and model.

    Attributes:
        code: ISO 3166-1 alpha-2, lower case, except ``uk``.
        model_name: in routes, commands and the registry.
        currency: ISO 4217.
        distance: column of the distance driven; its unit is part of its name.
        distance_unit: in words.
        reference_year: when the listings were collected. The model knows the prices of that year and no
            other.
    """

    code: str
    name: str
    model_name: str
    dataset_name: str
    currency: str
    distance: str
    distance_unit: str
    reference_year: int


UK = Country("uk", "United Kingdom", "used-car-price", "used-cars-uk", "GBP", "mileage_miles", "miles", 2020)
AU = Country("au", "Australia", "used-car-price-au", "used-cars-au", "AUD", "mileage_km", "km", 2023)
IN = Country("in", "India", "used-car-price-in", "used-cars-in", "INR", "mileage_km", "km", 2022)

COUNTRIES = {country.code: country for country in (UK, AU, IN)}
