"""Which places can be true: where people drive, and inside of the cities that the installation serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivetrain.core.errors import FieldError, InvalidInputError
from drivetrain.dispatch.events.domain.events import Place

_SOUTHERNMOST, _NORTHERNMOST = -60.0, 80.0
"""Nobody is driven for money beyond; exchanged coordinates of most of America end up there."""


@dataclass(frozen=True, slots=True)
class City:
    """A box on the map: south of its north, west of its east, degrees."""

    name: str
    south: float
    west: float
    north: float
    east: float

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a place lies inside, its edge included."""
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


def read_cities(text: str) -> tuple[City, ...]:
    """Cities as a setting writes them: ``name=south,west,north,east``, separated by semicolons.

    Raises:
        InvalidInputError: it is something else.
    """
    return tuple(_city(part.strip()) for part in text.split(";") if part.strip())


def _city(text: str) -> City:
    name, _, numbers = text.partition("=")
    try:
        south, west, north, east = map(float, numbers.split(","))
    except ValueError:
        raise InvalidInputError(
            f"{text!r} is no city; write name=south,west,north,east in degrees.", code="dispatch.bad_city"
        ) from None
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180 and name.strip()):
        raise InvalidInputError(
            f"The city {name!r} needs a name, its south below its north and its west below its east.",
            code="dispatch.bad_city",
        )
    return City(name.strip(), south, west, north, east)


def read_place(
    latitude: object, longitude: object, pointers: tuple[str, str], cities: Sequence[City]
) -> Place | FieldError:
    """The place of two numbers, or why there is none.

    Args:
        pointers: where the two stand in the event.
        cities: in one of which it must lie; none for anywhere that people drive.
    """
    if not isinstance(latitude, int | float) or isinstance(latitude, bool):
        return FieldError("dispatch.place_not_numbers", "It must be a number, degrees.", pointers[0])
    if not isinstance(longitude, int | float) or isinstance(longitude, bool):
        return FieldError("dispatch.place_not_numbers", "It must be a number, degrees.", pointers[1])
    if _is_served(latitude, longitude, cities):
        return Place(float(latitude), float(longitude))
    return _why_not(latitude, longitude, pointers, cities)


def _is_served(latitude: float, longitude: float, cities: Sequence[City]) -> bool:
    if cities:
        return any(city.holds(latitude, longitude) for city in cities)
    # NaN lies nowhere; 0, 0 is what devices send that do not know where they are
    is_drivable = _SOUTHERNMOST <= latitude <= _NORTHERNMOST and -180 <= longitude <= 180
    return is_drivable and not (latitude == 0 and longitude == 0)


def _why_not(
    latitude: float, longitude: float, pointers: tuple[str, str], cities: Sequence[City]
) -> FieldError:
    if _is_served(longitude, latitude, cities):
        return FieldError(
            "dispatch.coordinates_swapped",
            "Latitude and longitude seem to be exchanged; latitude comes first.",
            pointers[0],
        )
    if not -90 <= latitude <= 90:
        return FieldError("dispatch.place_out_of_range", "Latitude must lie between -90 and 90.", pointers[0])
    if not -180 <= longitude <= 180:
        return FieldError(
            "dispatch.place_out_of_range", "Longitude must lie between -180 and 180.", pointers[1]
        )
    if latitude == 0 and longitude == 0:
        return FieldError(
            "dispatch.no_place", "0, 0 is what devices send that do not know where they are.", pointers[0]
        )
    names = ", ".join(city.name for city in cities)
    return FieldError(
        "dispatch.place_not_served",
        f"The place lies in none of the cities served: {names}." if cities else "Nobody drives there.",
        pointers[0],
    )
