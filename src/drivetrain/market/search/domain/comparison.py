"""In what two cars differ and agree, as a buyer would say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from drivetrain.market.listings.domain.car import EQUIPMENT, KM_PER_MILE, Car, DistanceUnit
from drivetrain.market.search.domain.columns import word_key

_LEAST_PRICE_SHARE = 0.01
_LEAST_DISTANCE = 1_000
"""Smaller differences are not worth saying; distances in the unit of the car that was asked about."""

_MOST_EQUIPMENT = 3
_SAME_SIZE_L, _SAME_POWER_SHARE = 0.05, 0.03
"""Engines are the same within these: sizes are rounded, and kW and horsepower are converted back and forth."""


class ReasonCode(StrEnum):
    """What is said of the other car."""

    CHEAPER = "cheaper"
    DEARER = "dearer"
    SAME_MODEL = "same_model"
    SAME_ENGINE = "same_engine"
    NEWER = "newer"
    OLDER = "older"
    LESS_DISTANCE = "less_distance"
    MORE_DISTANCE = "more_distance"
    MORE_EQUIPMENT = "more_equipment"


_TEXTS: Mapping[ReasonCode, str] = {
    ReasonCode.CHEAPER: "{amount:,.0f} {unit} less",
    ReasonCode.DEARER: "{amount:,.0f} {unit} more",
    ReasonCode.SAME_MODEL: "same model",
    ReasonCode.SAME_ENGINE: "same engine",
    ReasonCode.NEWER: "{amount:.0f} {unit} newer",
    ReasonCode.OLDER: "{amount:.0f} {unit} older",
    ReasonCode.LESS_DISTANCE: "{amount:,.0f} {unit} less on the odometer",
    ReasonCode.MORE_DISTANCE: "{amount:,.0f} {unit} more on the odometer",
    ReasonCode.MORE_EQUIPMENT: "also has {words}",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is said of another car beside the one that was asked about.

    Attributes:
        amount: how much, > 0; None where the code says it all.
        unit: of the amount: a currency, ``years``, ``km`` or ``miles``.
        words: of equipment.
    """

    code: ReasonCode
    amount: float | None = None
    unit: str | None = None
    words: Sequence[str] = ()

    @property
    def text(self) -> str:
        """In English."""
        unit = "year" if self.unit == "years" and self.amount == 1 else self.unit
        words = ", ".join(word.replace("_", " ") for word in self.words)
        return _TEXTS[self.code].format(amount=self.amount, unit=unit, words=words)


def compared(car: Car, price: float, currency: str, other: Car, other_price: float | None) -> list[Reason]:
    """What is said of another car, in the order in which buyers ask.

    Args:
        price: of the car, in whole units of the currency.
        other_price: in the same currency; None where no rate is known.
    """
    return [
        *_on_price(price, currency, other_price),
        *_on_model(car, other),
        *_on_age(car, other),
        *_on_distance(car, other),
        *_on_equipment(car, other),
    ]


def _on_price(price: float, currency: str, other_price: float | None) -> Iterator[Reason]:
    if other_price is not None and abs(other_price - price) >= max(_LEAST_PRICE_SHARE * price, 1):
        code = ReasonCode.CHEAPER if other_price < price else ReasonCode.DEARER
        yield Reason(code, float(round(abs(other_price - price))), currency)


def _on_model(car: Car, other: Car) -> Iterator[Reason]:
    if _names(car) == _names(other):
        yield Reason(ReasonCode.SAME_MODEL)
    if car.fuel is not None and car.fuel == other.fuel and _has_same_engine(car, other):
        yield Reason(ReasonCode.SAME_ENGINE)


def _names(car: Car) -> tuple[str, str]:
    return word_key(car.make), word_key(car.model)


def _has_same_engine(car: Car, other: Car) -> bool:
    sizes, powers = (car.engine_size_l, other.engine_size_l), (car.power_kw, other.power_kw)
    known_sizes = [size for size in sizes if size is not None]
    known_powers = [power for power in powers if power is not None]
    if len(known_powers) == 1 or len(known_sizes) == 1 or not known_powers + known_sizes:
        return False
    has_same_size = not known_sizes or abs(known_sizes[0] - known_sizes[1]) <= _SAME_SIZE_L
    return has_same_size and (
        not known_powers or abs(known_powers[0] - known_powers[1]) <= _SAME_POWER_SHARE * known_powers[0]
    )


def _on_age(car: Car, other: Car) -> Iterator[Reason]:
    if other.year != car.year:
        code = ReasonCode.NEWER if other.year > car.year else ReasonCode.OLDER
        yield Reason(code, float(abs(other.year - car.year)), "years")


def _on_distance(car: Car, other: Car) -> Iterator[Reason]:
    unit = car.distance.unit
    of_other = other.distance.km / (KM_PER_MILE if unit is DistanceUnit.MILES else 1.0)
    further = round((of_other - car.distance.value) / 100) * 100  # nobody compares single kilometers
    if abs(further) >= _LEAST_DISTANCE:
        code = ReasonCode.LESS_DISTANCE if further < 0 else ReasonCode.MORE_DISTANCE
        yield Reason(code, float(abs(further)), unit.value)


def _on_equipment(car: Car, other: Car) -> Iterator[Reason]:
    further = [word for word in EQUIPMENT if word in other.equipment - car.equipment]
    if car.equipment and further:  # an empty list says nothing of the car
        yield Reason(ReasonCode.MORE_EQUIPMENT, words=tuple(further[:_MOST_EQUIPMENT]))
