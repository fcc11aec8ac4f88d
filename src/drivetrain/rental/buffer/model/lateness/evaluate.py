"""How well a car's history predicts its next lateness, and what a gap per car would gain from that.

Everything is predicted for cars the model has not seen (folds by car), from rentals before the predicted one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import GroupKFold

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.statistics import ClusterBootstrap, EstimateArray, percentile_interval
from drivetrain.rental.buffer.domain.chains import NO_PREVIOUS, RentalTable
from drivetrain.rental.buffer.domain.rule import BoolArray, FloatArray, IntArray
from drivetrain.rental.buffer.model.lateness.estimator import fit_chance
from drivetrain.rental.buffer.model.lateness.features import FEATURES, Order, history

FOLDS = 5
FEWEST_RENTALS = 100
"""Below this, folds hold too few late rentals for an answer."""
COMPARED_AT_MIN = (30, 60, 120, 180, 240)
_CELLS_AT_ONCE = 2_000_000  # weights of rentals held at a time: 16 MB
_HISTORY_FEATURES = slice(0, FEATURES.index("is_connect"))


@dataclass(frozen=True, slots=True, eq=False)
class LatenessScore:
    """How well lateness is told apart, over rentals with a known delay and at least one known earlier one.

    Attributes:
        auc: by the car's history and its check-in type, out of sample; 0.5 is a coin.
        auc_checkin_type: by the check-in type alone.
        gain: the first minus the second.
    """

    order: Order
    rentals: int
    cars: int
    late_share: float
    auc: EstimateArray
    auc_checkin_type: EstimateArray
    gain: EstimateArray


@dataclass(frozen=True, slots=True, eq=False)
class PerCarGap:
    """Conflicts avoided by a gap per car and by the uniform one that touches as many bookings.

    Attributes:
        thresholds_min: of the uniform rules compared with.
        touched: bookings each touches.
        uniform, per_car, gain: conflicts avoided, and the difference; shape (n_thresholds,).
    """

    order: Order
    thresholds_min: tuple[int, ...]
    touched: EstimateArray
    uniform: EstimateArray
    per_car: EstimateArray
    gain: EstimateArray


def score_lateness(table: RentalTable, order: Order, resampling: ClusterBootstrap) -> LatenessScore:
    """Cross-validate the prediction of "comes back after the planned end".

    Raises:
        InvalidInputError: too few rentals have a known delay and a known earlier one.
    """
    past = history(table, order)
    rows = np.flatnonzero(np.isfinite(table.delay_min) & (past.known > 0))
    late = table.delay_min[rows] > 0
    _require(len(rows), late)
    _, car = np.unique(table.car_id[rows], return_inverse=True)
    chance = np.empty(len(rows))
    for train, test in _folds(car, len(rows)):
        rate = float(late[train].mean())
        model = fit_chance(past.matrix(rows[train], table.is_connect, rate), late[train])
        chance[test] = model.chance(past.matrix(rows[test], table.is_connect, rate))
    samples: tuple[list[FloatArray], list[FloatArray]] = ([], [])
    for weights in _row_weights(resampling, car):
        for sample, score in zip(samples, (chance, ~table.is_connect[rows]), strict=True):
            sample.append(weighted_auc(score.astype(np.float64), late, weights))
    by_history, by_type = (np.concatenate(sample) for sample in samples)
    return LatenessScore(
        order,
        len(rows),
        int(car.max()) + 1,
        float(late.mean()),
        percentile_interval(by_history),
        percentile_interval(by_type),
        percentile_interval(by_history - by_type),
    )


def compare_per_car_gap(
    table: RentalTable,
    order: Order,
    resampling: ClusterBootstrap,
    thresholds_min: Sequence[int] = COMPARED_AT_MIN,
) -> PerCarGap:
    """Give each car its own gap by its history, and compare with uniform gaps at equal bookings touched.

    The chance of a conflict is fitted to the planned gap and the history of the car before the previous
    rental; touching the likeliest bookings first is a threshold that rises with the car's lateness. The same
    without the history would be the uniform threshold.

    Raises:
        InvalidInputError: too few chained rentals have a known previous delay.
    """
    past = history(table, order)
    chained = np.flatnonzero(table.previous != NO_PREVIOUS)
    before = table.previous[chained]
    gap, delay = table.gap_min[chained], table.delay_min[before]
    known, conflict = np.isfinite(delay), delay > gap
    _require(int(known.sum()), conflict[known])
    _, car = np.unique(table.car_id[chained], return_inverse=True)
    chance = np.empty(len(chained))
    for train, test in _folds(car, len(chained)):
        fit = train[known[train]]
        rate = float((delay[fit] > 0).mean())

        def matrix(rows: IntArray, rate: float = rate) -> FloatArray:
            habits = past.matrix(before[rows], table.is_connect, rate)[:, _HISTORY_FEATURES]
            return np.column_stack([np.log1p(gap[rows]), habits])

        chance[test] = fit_chance(matrix(fit), conflict[fit]).chance(matrix(test))
    below = np.array([gap < threshold for threshold in thresholds_min], dtype=np.float64)
    likeliest = np.argsort(-chance, kind="stable")
    parts: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    for weights in _row_weights(resampling, car):
        touched, uniform = below @ weights.T, (below * conflict) @ weights.T
        up_to = np.cumsum(weights[:, likeliest], axis=1)
        ended = np.cumsum(weights[:, likeliest] * conflict[likeliest], axis=1)
        per_car = np.column_stack(
            [np.interp(touched[:, draw], up_to[draw], ended[draw]) for draw in range(len(weights))]
        )
        parts.append((touched, uniform, per_car))
    touched, uniform, per_car = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    return PerCarGap(
        order,
        tuple(thresholds_min),
        percentile_interval(touched),
        percentile_interval(uniform),
        percentile_interval(per_car),
        percentile_interval(per_car - uniform),
    )


def weighted_auc(score: FloatArray, happened: BoolArray, weights: FloatArray) -> FloatArray:
    """Chance that a row where it happened scores above one where it did not, ties counting half.

    Args:
        score, happened: shape (n_rows,).
        weights: how often each row counts, shape (n_draws, n_rows).

    Returns:
        Shape (n_draws,), in [0, 1]; NaN where a draw has rows of one kind only.
    """
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    ties = np.flatnonzero(np.concatenate([[True], ordered[1:] > ordered[:-1]]))
    yes = np.add.reduceat(weights[:, order] * happened[order], ties, axis=1)
    no = np.add.reduceat(weights[:, order] * ~happened[order], ties, axis=1)
    below = np.cumsum(no, axis=1) - no
    pairs = yes.sum(axis=1) * no.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray((yes * (below + no / 2)).sum(axis=1) / pairs, dtype=np.float64)


def _row_weights(resampling: ClusterBootstrap, car: IntArray) -> Iterator[FloatArray]:
    """How often each row counts, block by block: first once each, the table itself, then the drawn cars."""
    yield np.ones((1, len(car)))
    rows_at_once = max(1, _CELLS_AT_ONCE // len(car))
    for weights in resampling.weights(int(car.max()) + 1):
        for first in range(0, len(weights), rows_at_once):
            yield weights[first : first + rows_at_once, car]


def _folds(car: IntArray, n_rows: int) -> Iterator[tuple[IntArray, IntArray]]:
    yield from GroupKFold(n_splits=FOLDS).split(np.empty((n_rows, 1)), groups=car)


def _require(rentals: int, happened: BoolArray) -> None:
    if rentals < FEWEST_RENTALS or happened.sum() < FOLDS or (~happened).sum() < FOLDS:
        raise InvalidInputError(
            f"Only {rentals} rentals can be judged; at least {FEWEST_RENTALS}, of both kinds, are needed.",
            code="rental.too_few_chained",
        )
