"""Amounts in whole cents: rounding that is the same for one row and a million, and shares that still add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

CENTS = 100.0


def to_cents(amounts: FloatArray) -> FloatArray:
    """Round amounts half to even to whole cents; one row and a million rows go the same way."""
    rounded: FloatArray = np.rint(amounts * CENTS) / CENTS
    return rounded


def cents_of(amount: float) -> float:
    """One amount as ``to_cents`` rounds it, to the bit; it must be finite."""
    return round(amount * CENTS) / CENTS


def apportion(effects: Sequence[float], total: float) -> list[float]:
    """Round effects to cents so that they still add up to ``total`` (largest remainder method).

    Args:
        effects: amounts whose exact sum is ``total`` up to a rounding of less than a cent each.
        total: what the rounded amounts must add up to, in whole cents.
    """
    scaled = np.asarray(effects, dtype=np.float64) * CENTS
    whole = np.floor(scaled)
    missing = round(total * CENTS - float(whole.sum()))
    share, extra = divmod(missing, len(whole)) if len(whole) else (0, 0)
    whole += share
    whole[np.argsort(whole - scaled, kind="stable")[:extra]] += 1
    return (whole / CENTS).tolist()  # type: ignore[no-any-return]
