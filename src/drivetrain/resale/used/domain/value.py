"""What a used car is worth now, along mileage and age, and in the years to come: pure rules."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.money import to_cents
from drivetrain.core.prices import range_of, rows_in_cents

FloatArray = NDArray[np.float64]

LONGEST_OUTLOOK_YEARS = 5
"""Past five years the assumptions below say more than the table does."""

CURVE_POINTS = 31
OLDEST_OF_CURVE_YEARS = 15

_TWO_SIDED = 1.645
"""Standard deviations on either side that hold nine tenths of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Novelty:
    """What of a car the training table hardly shows, although the contract knows its names.

    Attributes:
        make, model: too few cars of it to be learned; the range is that of an unknown one.
        year: the table has the model, but from years far from the car's.
    """

    make: bool = False
    model: bool = False
    year: bool = False


FAMILIAR = Novelty()


@dataclass(frozen=True, slots=True)
class UsedCarValue:
    """What a used car is worth, in whole cents, ``low <= value <= high``.

    Attributes:
        as_of_year: the year whose prices these are: that of the table the model learned from.
    """

    value: float
    low: float
    high: float
    currency: str
    as_of_year: int
    novelty: Novelty = FAMILIAR

    def as_dict(self) -> dict[str, object]:
        """The value as it stands in answers and in the ledger."""
        return {
            "value": self.value,
            "currency": self.currency,
            "range": range_of(self.low, self.high),
            "as_of_year": self.as_of_year,
        }

    def relative_width(self) -> float:
        """Width of the range as a share of the value."""
        return (self.high - self.low) / self.value


def used_values(
    value: FloatArray, low: FloatArray, high: FloatArray, currency: str, as_of_year: int
) -> list[UsedCarValue]:
    """Values for rows of estimates.

    Args:
        value, low, high: in the currency, shape (n_rows,), ``0 < low <= value <= high``.
    """
    return [UsedCarValue(*row, currency, as_of_year) for row in rows_in_cents(value, low, high)]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The value of the same car with another mileage or age.

    Attributes:
        at: miles or kilometers, or years of age.
    """

    at: float
    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, object]:
        """Plain values."""
        return {
            "at": self.at,
            "value": self.value,
            "range": range_of(self.low, self.high),
        }


def distance_grid(own: float, farthest: float) -> list[int]:
    """Distances at which a curve is drawn: evenly from 0 past the car's own, which is one of them.

    Args:
        own: of the car asked about, >= 0.
        farthest: where the table thins out, > 0; a car beyond it draws the curve farther.
    """
    even = np.linspace(0.0, max(farthest, 1.25 * own), CURVE_POINTS)
    return sorted({*np.rint(even).astype(int).tolist(), round(own)})


def age_grid(own_years: int, oldest_years: int) -> list[int]:
    """Ages at which a curve is drawn: every year from new to where the table thins out, the car's own among them."""
    return list(
        range(max(OLDEST_OF_CURVE_YEARS, own_years, min(oldest_years, 2 * OLDEST_OF_CURVE_YEARS)) + 1)
    )


@dataclass(frozen=True, slots=True)
class Drift:
    """What is assumed about the years that no table shows.

    A table of listings is a picture of one year. It says how much less an older car with more miles asks; it
    does not say what the market will do. Two doubts are therefore added to the model's own, both as standard
    deviations of the logarithm of the price:

    Attributes:
        market: of the price level from one year to the next. Years are taken as independent, so that it grows
            with the square root of time. A tenth is more than quiet years show and less than 2021 did.
        course: of the yearly loss itself: whether this car loses as cars like it differ across ages in the
            table, and whether it is driven as planned. The same error every year, so that it grows with time.
    """

    market: float = 0.10
    course: float = 0.06

    def spread(self, years: float) -> float:
        """Both doubts after so many years, as a standard deviation of the log price."""
        return math.sqrt(self.market**2 * years + (self.course * years) ** 2)


@dataclass(frozen=True, slots=True)
class FutureValue:
    """What the car is expected to ask after some years, at the price level of the table.

    Attributes:
        distance: on the odometer by then.
        is_beyond_table: True where so old or so far driven a car is not in the table; the value is then too
            high if anything, as the model stops falling at its edge.
    """

    years: int
    distance: float
    value: float
    low: float
    high: float
    is_beyond_table: bool

    def as_dict(self, distance: str) -> dict[str, object]:
        """Plain values.

        Args:
            distance: name of the distance, with its unit.
        """
        return {
            "years": self.years,
            distance: self.distance,
            "value": self.value,
            "range": range_of(self.low, self.high),
            "beyond_table": self.is_beyond_table,
        }


def future_ranges(
    value: FloatArray, low: FloatArray, high: FloatArray, drift: Drift | None = None
) -> tuple[FloatArray, FloatArray]:
    """Widen the model's ranges by what time adds.

    The doubts are independent, so their squares add up in log price. The model's own part never shrinks from
    one year to the next; therefore ``high / low`` grows every year, whatever the value does. Nor does the
    width in money shrink: a later price is never known more closely than an earlier one. What a fallen value
    would take off it is added above, as a price has room upward and none below zero.

    Args:
        value, low, high: the model's answers for the car after 0, 1, 2, ... years, shape (n_years + 1,).

    Returns:
        Low and high after 1, 2, ... years, each of shape (n_years,).
    """
    assumed = drift or Drift()
    added = np.asarray([_TWO_SIDED * assumed.spread(year) for year in range(len(value))])
    below = np.hypot(np.maximum.accumulate(np.log(value / low)), added)
    above = np.hypot(np.maximum.accumulate(np.log(high / value)), added)
    least, most = value * np.exp(-below), value * np.exp(above)
    width = np.maximum.accumulate(most - least)
    return least[1:], (least + width)[1:]


def future_values(
    value: FloatArray,
    low: FloatArray,
    high: FloatArray,
    distances: Sequence[float],
    is_beyond_table: Sequence[bool],
    drift: Drift | None = None,
) -> list[FutureValue]:
    """The years to come, in whole cents.

    Args:
        value, low, high: the model's answers after 0, 1, 2, ... years, shape (n_years + 1,).
        distances, is_beyond_table: one for each of these.
    """
    least, most = future_ranges(value, low, high, drift)
    amounts = zip(
        to_cents(value[1:]).tolist(), to_cents(least).tolist(), to_cents(most).tolist(), strict=True
    )
    return [
        FutureValue(years, distances[years], *amount, is_beyond_table[years])
        for years, amount in enumerate(amounts, start=1)
    ]
