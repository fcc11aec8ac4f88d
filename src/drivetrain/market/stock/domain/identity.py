"""Which car of a table is which one of before: by VIN, by the dealer's own id, else by what hardly changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from drivetrain.core.text import spelling_key
from drivetrain.market.listings.domain.car import Car

SAME_DISTANCE = 0.01
"""Largest difference of two odometers of one car, as a share of the larger: test drives, and the way to another branch."""

_SHORTEST_VIN = 6
"""Letters and digits; VINs have 17 since 1981, and cars of before have shorter ones. Shorter texts are remarks."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a car from the others of its dealer.

    Attributes:
        vin: letters and digits in upper case; None where the dealer gives none.
        reference: the dealer's own id, as it is compared; None where there is none.
        likeness: make, model, year and place, as they are compared.
        odometer_km: >= 0.
    """

    vin: str | None
    reference: str | None
    likeness: str
    odometer_km: float

    @property
    def is_named(self) -> bool:
        """Whether the dealer says which car it is."""
        return self.vin is not None or self.reference is not None


def identity_of(car: Car) -> Identity:
    """The identity of a car as its dealer describes it."""
    parts = (car.make, car.model, str(car.year), car.place.name or "", car.place.country or "")
    return Identity(
        vin_key(car.vin), reference_key(car.reference), "|".join(map(_word_key, parts)), car.distance.km
    )


def vin_key(text: str | None) -> str | None:
    """A vehicle identification number as it is compared; None for a text that cannot be one."""
    letters = "".join(letter for letter in (text or "").upper() if letter.isascii() and letter.isalnum())
    has_digit = any(letter.isdigit() for letter in letters)
    return letters if len(letters) >= _SHORTEST_VIN and has_digit else None


def reference_key(text: str | None) -> str | None:
    """A dealer's own id as it is compared; None where there is none."""
    return " ".join((text or "").casefold().split()) or None


_word_key = lru_cache(maxsize=10_000)(spelling_key)
"""A stock of many cars has few makes, models and places."""


def matches(cars: Sequence[Identity], known: Sequence[Identity]) -> dict[int, int]:
    """Which car of a table is which known one; each is one at most.

    A VIN decides, then the dealer's own id unless the VINs differ: stock numbers are used again. Cars that the dealer
    does not name are alike in make, model, year and place, with odometers within one percent.

    Args:
        cars: of the table; no two of one VIN, or of one id.
        known: of before; the same.

    Returns:
        The place in ``known`` by the place in ``cars``, in order of the cars' places.
    """
    pairs: dict[int, int] = {}
    for key_of in (_vin, _reference):
        _match_by(key_of, cars, known, pairs)
    nameless = [place for place in _free(cars, pairs) if not cars[place].is_named]
    _match_alike(nameless, _free(known, pairs.values()), cars, known, pairs)
    _match_alike(
        _free(cars, pairs),
        [place for place in _free(known, pairs.values()) if not known[place].is_named],
        cars,
        known,
        pairs,
    )
    return dict(sorted(pairs.items()))


def _vin(identity: Identity) -> str | None:
    return identity.vin


def _reference(identity: Identity) -> str | None:
    return identity.reference


def _free(cars: Sequence[Identity], taken: Iterable[int]) -> list[int]:
    matched = set(taken)
    return [place for place in range(len(cars)) if place not in matched]


def _match_by(
    key_of: Callable[[Identity], str | None],
    cars: Sequence[Identity],
    known: Sequence[Identity],
    pairs: dict[int, int],
) -> None:
    places = {key_of(known[place]): place for place in _free(known, pairs.values())}
    places.pop(None, None)
    for place in _free(cars, pairs):
        key = key_of(cars[place])
        if key in places and not _vins_differ(cars[place], known[places[key]]):
            pairs[place] = places.pop(key)


def _vins_differ(one: Identity, other: Identity) -> bool:
    return one.vin is not None and other.vin is not None and one.vin != other.vin


def _match_alike(
    places: Iterable[int],
    others: Iterable[int],
    cars: Sequence[Identity],
    known: Sequence[Identity],
    pairs: dict[int, int],
) -> None:
    """Pair cars of one likeness in order of their odometers: as many pairs as can be, in linear time."""
    by_likeness: dict[str, list[int]] = defaultdict(list)
    for other in sorted(others, key=lambda other: known[other].odometer_km):
        by_likeness[known[other].likeness].append(other)
    following = dict.fromkeys(by_likeness, 0)
    for place in sorted(places, key=lambda place: cars[place].odometer_km):
        likeness, km = cars[place].likeness, cars[place].odometer_km
        alike = by_likeness.get(likeness, [])
        while following.get(likeness, 0) < len(alike):
            other = alike[following[likeness]]
            other_km = known[other].odometer_km
            is_close = abs(km - other_km) <= SAME_DISTANCE * max(km, other_km)
            if not is_close and km < other_km:
                break
            following[likeness] += 1
            if is_close:
                pairs[place] = other
                break
