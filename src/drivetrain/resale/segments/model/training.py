"""The whole training of buyer segments: choose their number, measure, judge, fit, name, pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.training import FittedModel, TrainingTable
from drivetrain.resale.segments.domain.identity import keep_numbers
from drivetrain.resale.segments.domain.segments import Segment, by_size
from drivetrain.resale.segments.model.choose import Choice, choose
from drivetrain.resale.segments.model.estimator import Buyers, buyers_of, find_centers, nearest
from drivetrain.resale.segments.model.evaluate import (
    Measurements,
    calibration,
    figures_of,
    jaccard_by_segment,
    judge,
    measure,
    metrics_of,
    outliers,
)
from drivetrain.resale.segments.model.features import squared_distances
from drivetrain.resale.segments.model.formulas import Centers, fit_spread, reach_of
from drivetrain.resale.segments.model.package import describe, known_segments, pack
from drivetrain.resale.segments.model.predictor import KNOWN
from drivetrain.resale.segments.model.recipe import SegmentsRecipe


def train_segments(
    table: TrainingTable, settings: Mapping[str, Any], champion: Mapping[str, Any] | None, progress: Progress
) -> FittedModel:
    """Train on every buyer of the table with enough interactions.

    Args:
        settings: of the recipe; what is left out keeps its default.
        champion: the live version's recipe, compared on the same halves, and its segments, whose ids go on;
            None when there is none.

    Raises:
        InvalidInputError: a setting is not known, or there are too few buyers.
    """
    recipe = SegmentsRecipe.from_settings(settings)
    buyers = buyers_of(table, recipe)
    choice = choose(buyers, recipe, progress)
    measured = measure(buyers, choice)
    verdict = judge(measured, choice, _champion_agreement(table, recipe, champion, measured, progress))
    centers = _fit(buyers, choice.segments, recipe)
    placed = centers.place(buyers.matrix, buyers.interactions)
    known = known_segments(None if champion is None else champion.get(KNOWN), buyers.space)
    numbers = keep_numbers(centers.points, known)
    stability = jaccard_by_segment(buyers.matrix[buyers.sample], centers.points, choice.fits)
    segments = describe(buyers, placed.first, stability, numbers)
    far = outliers(buyers, placed.distance)
    calibrated = calibration(buyers, placed.first, placed.confidence)
    return FittedModel(
        files=pack(buyers, centers, segments, recipe, max(known.next_number, max(numbers) + 1)),
        metrics=metrics_of(measured, choice),
        report={
            "validation": f"{recipe.halvings} x two halves of the buyers, each fit measured on the half it did not see; "
            "intervals of 95 % (Nadeau and Bengio)",
            "models": figures_of(measured),
            "remarks": _remarks(buyers, choice, measured, segments, calibrated, far, recipe),
            "numbers": choice.as_dicts(),
            "recovery_by_interactions": {name: value.as_mean() for name, value in measured.by_count.items()},
            "confidence": {
                name: {"buyers": count, "confidence": round(sure, 4), "right": round(right, 4)}
                for name, (count, sure, right) in calibrated.items()
            },
            "called_far": {name: round(share, 4) for name, share in far.items()},
            "segments": [asdict(segment) for segment in by_size(segments)],
            "gate": verdict.as_dict(),
        },
        params=recipe.as_dict(),
        verdict=verdict,
    )


def _fit(buyers: Buyers, segments: int, recipe: SegmentsRecipe) -> Centers:
    """Centers from all learners; spread and reach from all buyers around them."""
    points = find_centers(buyers.points, segments, recipe, recipe.seed)
    squared = squared_distances(buyers.matrix, points)
    own = nearest(buyers.matrix, points)
    distance = squared[np.arange(len(own)), own]
    spread = fit_spread(distance, buyers.interactions)
    relative = distance / spread.of(buyers.interactions)
    return Centers(
        points, spread, np.array([reach_of(relative[own == segment]) for segment in range(segments)])
    )


def _champion_agreement(
    table: TrainingTable,
    recipe: SegmentsRecipe,
    champion: Mapping[str, Any] | None,
    measured: Measurements,
    progress: Progress,
) -> list[float] | None:
    """How well halves agree by the champion's recipe, on this table; empty for one segment, None without a champion."""
    if champion is None:
        return None
    champion_recipe = SegmentsRecipe.from_dict(
        {name: value for name, value in champion.items() if name != KNOWN}
    )
    # the same halves
    theirs = replace(
        champion_recipe, seed=recipe.seed, halvings=recipe.halvings, most_buyers=recipe.most_buyers
    )
    if theirs == recipe:
        return measured.agreement
    try:
        choice = choose(buyers_of(table, theirs), theirs, progress)
    except InvalidInputError:  # this table has not as many buyers as that recipe needs
        return []
    return [fit.agreement for fit in choice.fits if choice.segments > 1]


def _remarks(
    buyers: Buyers,
    choice: Choice,
    measured: Measurements,
    segments: list[Segment],
    calibrated: Mapping[str, tuple[int, float, float]],
    far: Mapping[str, float],
    recipe: SegmentsRecipe,
) -> list[str]:
    """What the card says beside its table."""
    remarks = [
        f"{choice.segments} segments, learned from {len(buyers.learners):,} buyers with {recipe.fewest_interactions} "
        f"interactions or more; {len(buyers.taste) - len(buyers.learners):,} others were assigned to them."
        if choice.segments > 1
        else "No number of segments is supported: the buyers of this table are one group, and nothing is made up."
    ]
    remarks += [
        f"{candidate.segments} segments: halves agree at {candidate.stability:.3f}, silhouette {candidate.silhouette:.3f} "
        f"(shuffled {candidate.shuffled_silhouette:.3f}), "
        f"prediction strength {choice.prediction_strength[candidate.segments]:.2f}, "
        f"smallest {candidate.smallest_share:.1%}{'' if candidate.is_supported() else '; not supported'}."
        for candidate in choice.candidates
    ]
    remarks += [
        f"{segment.id} {segment.name}: {segment.buyers:,} buyers ({segment.share:.1%}), "
        f"found again at {segment.stability:.2f}. {segment.profile}"
        for segment in by_size(segments)
    ]
    remarks += [
        f"Hidden tastes recovered from {name} interactions: adjusted Rand index {value.text(3)}."
        for name, value in measured.by_count.items()
    ]
    remarks += [
        f"Confidence {name}: {count:,} buyers, on average {sure:.1%} sure, {right:.1%} in the segment of their taste."
        for name, (count, sure, right) in calibrated.items()
    ]
    if len(far) > 1:
        remarks.append(
            f"Called far from every segment: {far['without_taste']:.1%} of the buyers without a taste, "
            f"{far['with_taste']:.1%} of those with one (of those the segments were learned from)."
        )
    return remarks
