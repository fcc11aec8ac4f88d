"""A car as its seller describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

KM_PER_MILE = 1.609344

FUELS = ("petrol", "diesel", "hybrid", "plug_in_hybrid", "electric", "lpg", "cng", "hydrogen", "other")
GEARBOXES = ("manual", "automatic", "semi_automatic", "other")
BODIES = (
    *("suv", "hatchback", "sedan", "wagon", "coupe", "convertible", "pickup", "van"),
    *("people_mover", "other"),
)
COLORS = (
    *("black", "white", "silver", "gray", "blue", "red", "green", "yellow", "orange", "brown"),
    *("beige", "gold", "purple", "bronze", "other"),
)
DRIVES = ("front", "rear", "all")
EQUIPMENT = (
    *("air_conditioning", "navigation", "bluetooth", "cruise_control", "adaptive_cruise"),
    *("parking_sensors", "reversing_camera", "heated_seats", "leather_seats", "sunroof"),
    *("alloy_wheels", "tow_bar", "led_lights", "keyless_entry", "electric_seats", "lane_assist"),
    *("isofix", "apple_carplay", "winter_tires", "roof_rails"),
)
"""What a car may have; each is a bit of the search, so the order is kept and new ones go to the end."""

MAKE_NAMES: Mapping[str, tuple[str, ...]] = {
    "Alfa Romeo": ("Alfa",),
    "Chevrolet": ("Chevy",),
    "Citroën": ("Citroen",),
    "Land Rover": ("Landrover",),
    "Lamborghini": ("Lambo",),
    "Maruti Suzuki": ("Maruti",),
    "Mercedes-Benz": ("Mercedes", "Merc", "Mercedes-AMG"),
    "Rolls-Royce": ("Rolls",),
    "SsangYong": ("Ssang Yong",),
    "Škoda": ("Skoda",),
    "Volkswagen": ("VW",),
}
"""Makes that people write in several ways. Any other make is taken as it is written."""


class DistanceUnit(StrEnum):
    """What an odometer counts."""

    KM = "km"
    MILES = "miles"


@dataclass(frozen=True, slots=True)
class Distance:
    """Distance on the odometer, kept as it was given.

    Attributes:
        value: in the unit, >= 0.
    """

    value: int
    unit: DistanceUnit

    @property
    def km(self) -> float:
        """In kilometers."""
        return self.value * KM_PER_MILE if self.unit is DistanceUnit.MILES else float(self.value)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the car stands.

    Attributes:
        name: of the town; None for unknown.
        country: ISO 3166-1 alpha-2, upper case; None for unknown.
        latitude, longitude: degrees, both or neither.
    """

    name: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Car:
    """A car; None stands for what the seller does not say.

    Attributes:
        variant: trim, or whatever follows the model.
        year: of first registration.
        engine_size_l: displacement, liters.
        owners: former ones, >= 0.
        equipment: words of ``EQUIPMENT``.
        vin: vehicle identification number; shown to its owner only.
        reference: the dealer's own id of the car; shown to its owner only.
    """

    make: str
    model: str
    year: int
    distance: Distance
    variant: str | None = None
    fuel: str | None = None
    gearbox: str | None = None
    engine_size_l: float | None = None
    power_kw: float | None = None
    drive: str | None = None
    body: str | None = None
    color: str | None = None
    doors: int | None = None
    seats: int | None = None
    owners: int | None = None
    equipment: frozenset[str] = frozenset()
    place: Place = Place()
    description: str | None = None
    vin: str | None = None
    reference: str | None = None
