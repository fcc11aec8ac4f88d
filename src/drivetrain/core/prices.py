"""What is said of an asking price: a range calibrated to hold nine in ten, reasons that add up, comparable listings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drivetrain.core.money import FloatArray, to_cents

COVERAGE = 0.9
"""Share of prices that a range is calibrated to hold."""


@dataclass(frozen=True, slots=True)
class PriceReason:
    """What one field does to the price, in its currency, against the average listing."""

    name: str
    value: object
    effect: float


@dataclass(frozen=True, slots=True)
class Comparable:
    """A listing of the training table that resembles the one asked about, with its price."""

    listing: Mapping[str, object]
    price: float


@dataclass(frozen=True, slots=True)
class PriceExplanation:
    """Why a price is what it is.

    Attributes:
        average_price: of the listings it is compared with; price minus this is the sum of the effects.
        reasons: one for each field, largest effect first.
        comparables: nearest first.
    """

    average_price: float
    reasons: Sequence[PriceReason]
    comparables: Sequence[Comparable]


def reasons_of(
    names: Sequence[str], row: Mapping[str, object], effects: Sequence[float]
) -> list[PriceReason]:
    """A reason for each field, largest effect first.

    Args:
        names: of the fields, in the order of the effects.
        effects: in the currency, whole cents.
    """
    reasons = [PriceReason(name, row[name], effect) for name, effect in zip(names, effects, strict=True)]
    return sorted(reasons, key=lambda reason: -abs(reason.effect))


def range_of(low: float, high: float) -> dict[str, float]:
    """A range as it stands in answers and in the ledger."""
    return {"low": low, "high": high, "coverage": COVERAGE}


def rows_in_cents(
    price: FloatArray, low: FloatArray, high: FloatArray
) -> Iterator[tuple[float, float, float]]:
    """Price, low and high of each row, in whole cents; one row and a million rows are rounded alike.

    Args:
        price, low, high: shape (n_rows,), ``0 < low <= price <= high``.
    """
    return zip(to_cents(price).tolist(), to_cents(low).tolist(), to_cents(high).tolist(), strict=True)
