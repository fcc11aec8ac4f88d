"""What the generator of rentals was told, counted exactly: the figures that an analysis must find again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from drivetrain.rental.buffer.domain.rule import BufferRule, ChainedRentals
from drivetrain.rental.buffer.model.chains.generate import GAPS_MIN, ChainTruth


def touches(rule: BufferRule, rentals: ChainedRentals) -> NDArray[np.bool_]:
    """Mark the bookings whose planned gap lies below their threshold, one by one as the rule is worded."""
    return rentals.gap_min < np.where(rentals.is_connect, rule.connect_min, rule.mobile_min)


def conflict_chance(truth: ChainTruth) -> NDArray[np.float64]:
    """Chance that a chained rental is in conflict, by gap, shape (25,): exact, as delays are rounded normals."""
    spread = np.hypot(truth.delay_sd_min, truth.car_sd_min)
    connect, mobile = (
        norm.sf((GAPS_MIN + 0.5 - mean) / spread)
        for mean in (truth.delay_mean_connect_min, truth.delay_mean_mobile_min)
    )
    return np.asarray(truth.connect_share * connect + (1 - truth.connect_share) * mobile, dtype=np.float64)


def conflict_rate(truth: ChainTruth) -> float:
    """True share of chained rentals in conflict."""
    return float(truth.gap_shares() @ conflict_chance(truth))


def conflicts_per_touched(truth: ChainTruth, threshold_min: int) -> float:
    """True share of conflicts among the bookings a uniform threshold touches."""
    below = threshold_min > GAPS_MIN
    shares = truth.gap_shares()[below]
    return float(shares @ conflict_chance(truth)[below] / shares.sum())


def avoided_share(truth: ChainTruth, threshold_min: int) -> float:
    """True share of all conflicts that a uniform threshold avoids."""
    below = threshold_min > GAPS_MIN
    return float(truth.gap_shares()[below] @ conflict_chance(truth)[below] / conflict_rate(truth))


def share_of_chained(truth: ChainTruth, threshold_min: int) -> float:
    """True share of chained rentals that a uniform threshold touches."""
    return float(truth.gap_shares()[threshold_min > GAPS_MIN].sum())
