"""What a set of segments is worth: found again, clearer than plain ones, and, where the truth is known, true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from drivetrain.core.statistics import Estimate
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.gate import Check, Verdict, beats_baseline, holds_against_champion
from drivetrain.lifecycle.learning.validation import mean_over_folds
from drivetrain.resale.segments.domain.choice import LEAST_STABILITY
from drivetrain.resale.segments.model.choose import Choice, silhouette
from drivetrain.resale.segments.model.estimator import Buyers, Halving, nearest
from drivetrain.resale.segments.model.formulas import IndexArray

PARTS = 2
"""Fits on a half, figures on the other; intervals allow for the halves' common rows (Nadeau and Bengio)."""

COUNT_BANDS = ((1, 4), (5, 9), (10, 19), (20, None))
"""Interactions of a buyer, both ends included."""

_PRICE = 0
"""Place of the price among the features."""

CONFIDENCE_BANDS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.0))


@dataclass(frozen=True, slots=True)
class HalfFitScores:
    """Figures of fits on halves, each on the other half: lists with one value for each fit.

    Attributes:
        recovery: adjusted Rand index with the hidden tastes; empty where no taste is known.
    """

    silhouette: list[float]
    recovery: list[float]


@dataclass(frozen=True, slots=True)
class Measurements:
    """What the figures of a training come to.

    Attributes:
        agreement: adjusted Rand index of the two halves' fits, one for each halving; empty for one segment.
        by_count: recovery for buyers of so many interactions, by the name of the band.
    """

    agreement: list[float]
    candidate: HalfFitScores
    terciles: HalfFitScores
    by_count: dict[str, Estimate]


def measure(buyers: Buyers, choice: Choice) -> Measurements:
    """Figures of the chosen number of segments, and of plain ones, on the halves that the fits did not see."""
    few = np.setdiff1d(np.arange(len(buyers.matrix)), buyers.learners)
    bands: dict[str, list[float]] = {}
    candidate, terciles = HalfFitScores([], []), HalfFitScores([], [])
    for fit in choice.fits:
        for half in (0, 1):
            train, test = buyers.sample[fit.part == half], buyers.sample[fit.part != half]
            labels = nearest(buyers.matrix, fit.centers[half])
            cuts = np.quantile(buyers.matrix[train, _PRICE], [1 / 3, 2 / 3])
            _add(candidate, buyers, test, labels[test])
            _add(terciles, buyers, test, np.searchsorted(cuts, buyers.matrix[test, _PRICE]))
            for name, index in _bands(buyers, np.concatenate([test, few])):
                bands.setdefault(name, []).append(_rand(buyers.taste[index], labels[index]))
    return Measurements(
        agreement=[fit.agreement for fit in choice.fits if choice.segments > 1],
        candidate=candidate,
        terciles=terciles,
        by_count={name: mean_over_folds(values, PARTS) for name, values in bands.items()},
    )


def calibration(
    buyers: Buyers, own: IndexArray, confidence: FloatArray
) -> dict[str, tuple[int, float, float]]:
    """Buyers, mean confidence and share placed rightly, by the name of the confidence band; empty where no taste is known.

    Rightly is in the segment most of whose buyers have the same taste. No truth was used to fit the
    confidence.

    Args:
        own: segment of every buyer, shape (n_buyers,).
        confidence: shape (n_buyers,).
    """
    tasted = buyers.taste > 0
    if not tasted.any():
        return {}
    tastes = np.where(tasted, buyers.taste, 0).astype(np.intp)
    counts = np.zeros((own.max() + 1, tastes.max() + 1), dtype=np.intp)
    np.add.at(counts, (own[tasted], tastes[tasted]), 1)
    is_right = counts.argmax(axis=1)[own] == tastes
    bands = {}
    for low, high in CONFIDENCE_BANDS:
        inside = tasted & (confidence >= low) & ((confidence < high) | (high >= 1))
        if inside.any():
            name = f"{low:.0%} to {high:.0%}" if low else f"below {high:.0%}"
            bands[name] = (
                int(inside.sum()),
                float(confidence[inside].mean()),
                float(is_right[inside].mean()),
            )
    return bands


def jaccard_by_segment(points: FloatArray, centers: FloatArray, fits: Sequence[Halving]) -> FloatArray:
    """How well each segment is found again in fits on halves: mean best Jaccard index, shape (n_segments,).

    Source:
        Hennig (2007), Cluster-wise assessment of cluster stability.
    """
    own = nearest(points, centers)
    overlaps = [
        [
            max(_jaccard(own == segment, labels == other) for other in range(len(centers)))
            for segment in range(len(centers))
        ]
        for fit in fits
        for labels in fit.labels
    ]
    return np.asarray(np.mean(overlaps, axis=0) if overlaps else np.ones(len(centers)), dtype=np.float64)


def judge(measured: Measurements, choice: Choice, champion: Sequence[float] | None) -> Verdict:
    """Put the figures before the gate.

    Args:
        champion: agreements of the champion's recipe on the same halves, empty where it finds one segment or
            cannot be fitted; None where there is no champion.
    """
    chosen = choice.chosen
    agreement = mean_over_folds(measured.agreement, PARTS) if measured.agreement else Estimate(0.0, 0.0, 0.0)
    checks = [
        Check(
            "there are segments: clearer than in tables shuffled question by question",
            chosen is not None and chosen.silhouette > chosen.shuffled_silhouette,
            "one segment, nothing supports more"
            if chosen is None
            else f"{choice.segments} segments; silhouette {chosen.silhouette:.3f}, shuffled {chosen.shuffled_silhouette:.3f}",
        ),
        Check(
            f"stable: halves of the buyers agree at {LEAST_STABILITY:.1f} or more",
            agreement.value >= LEAST_STABILITY,
            f"adjusted Rand index {agreement.text(3)}",
        ),
        _better("silhouette", measured.candidate.silhouette, measured.terciles.silhouette),
    ]
    if measured.candidate.recovery:
        checks.append(
            _better("recovery of the hidden tastes", measured.candidate.recovery, measured.terciles.recovery)
        )
    if champion is not None:
        ours, theirs = ([1 - value for value in values] or [1.0] for values in (measured.agreement, champion))
        common = min(len(ours), len(theirs))  # one segment agrees with nothing
        checks.append(
            holds_against_champion(ours[:common], theirs[:common], PARTS, measure="disagreement of halves")
        )
    return Verdict(tuple(checks))


def metrics_of(measured: Measurements, choice: Choice) -> dict[str, float]:
    """The figures by which versions are compared."""
    metrics = {
        "stability_score": float(np.mean(measured.agreement)) if measured.agreement else 0.0,
        "silhouette_score": float(np.mean(measured.candidate.silhouette)),
        "prediction_strength_score": choice.prediction_strength.get(choice.segments, 0.0),
    }
    if measured.candidate.recovery:
        metrics["recovery_score"] = float(np.mean(measured.candidate.recovery))
    return metrics


def figures_of(measured: Measurements) -> dict[str, dict[str, object]]:
    """The table of the card: candidate beside the plain baselines."""
    stability = (
        {"stability_score": mean_over_folds(measured.agreement, PARTS).as_mean()}
        if measured.agreement
        else {}
    )
    nothing = Estimate(0.0, 0.0, 0.0).as_mean()
    known = bool(measured.candidate.recovery)
    return {
        "candidate": {**stability, **_held_out(measured.candidate)},
        "price terciles alone": _held_out(measured.terciles),
        "one segment": {"silhouette_score": nothing, **({"recovery_score": nothing} if known else {})},
    }


def outliers(buyers: Buyers, distance: FloatArray) -> dict[str, float]:
    """Which share of the learners without and with a taste is called far from every segment; empty where no taste is known.

    Args:
        distance: of every buyer, as a share of the segment's reach.
    """
    taste, distance = buyers.taste[buyers.learners], distance[buyers.learners]
    groups = {"without_taste": taste == 0, "with_taste": taste > 0}  # both False for NaN
    return {name: float((distance[group] > 1).mean()) for name, group in groups.items() if group.any()}


def _add(figures: HalfFitScores, buyers: Buyers, test: IndexArray, labels: IndexArray) -> None:
    figures.silhouette.append(silhouette(buyers.matrix[test], labels))
    tasted = buyers.taste[test] > 0  # False for NaN
    if tasted.any():
        figures.recovery.append(_rand(buyers.taste[test][tasted], labels[tasted]))


def _bands(buyers: Buyers, index: IndexArray) -> Iterator[tuple[str, IndexArray]]:
    """Buyers with a known taste, by the number of their interactions."""
    tasted = index[buyers.taste[index] > 0]
    count = buyers.interactions[tasted]
    for low, high in COUNT_BANDS:
        inside = (count >= low) & (count <= (high or count.max(initial=0)))
        if inside.sum() > 1:
            yield f"{low} to {high}" if high else f"{low} or more", tasted[inside]


def _rand(truth: FloatArray, labels: IndexArray) -> float:
    return float(adjusted_rand_score(truth, labels))


def _jaccard(left: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    return float((left & right).sum() / max(1, (left | right).sum()))


def _better(measure: str, candidate: Sequence[float], terciles: Sequence[float]) -> Check:
    lacks, theirs = ([1 - value for value in values] for values in (candidate, terciles))
    return beats_baseline(
        lacks, theirs, PARTS, f"price terciles alone in {measure}", measure=f"1 - {measure}"
    )


def _held_out(figures: HalfFitScores) -> dict[str, object]:
    recovery = (
        {"recovery_score": mean_over_folds(figures.recovery, PARTS).as_mean()} if figures.recovery else {}
    )
    return {"silhouette_score": mean_over_folds(figures.silhouette, PARTS).as_mean(), **recovery}
