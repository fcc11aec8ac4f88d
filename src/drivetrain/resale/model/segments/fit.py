"""The whole training of buyer segments: choose their number, measure, judge, fit, name, pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.training import Trained, TrainingTable
from drivetrain.lifecycle.validation import Figure
from drivetrain.resale.domain.segments import Segment, by_size
from drivetrain.resale.domain.segments_identity import keep_numbers
from drivetrain.resale.model.segments.choose import Choice, choose
from drivetrain.resale.model.segments.evaluate import (
    SURE,
    Measured,
    figures_of,
    fit_temperature,
    jaccard_by_segment,
    judge,
    measure,
    metrics_of,
    outliers,
)
from drivetrain.resale.model.segments.features import squared_distances
from drivetrain.resale.model.segments.formulas import Centers, reach_of
from drivetrain.resale.model.segments.package import describe, known_segments, pack
from drivetrain.resale.model.segments.predictor import KNOWN
from drivetrain.resale.model.segments.recipe import SegmentsRecipe
from drivetrain.resale.model.segments.train import Buyers, buyers_of, find_centers, nearest


def train_segments(
    table: TrainingTable, settings: Mapping[str, Any], champion: Mapping[str, Any] | None, progress: Progress
) -> Trained:
    """Train on every buyer of the table with enough interactions.

    Args:
        settings: of the recipe; what is left out keeps its default.
        champion: the live version's recipe, compared on the same halves, and its segments, whose ids go on; None when
            there is none.

    Raises:
        InvalidInputError: a setting is not known, or there are too few buyers.
    """
    recipe = SegmentsRecipe.from_dict(settings)
    buyers = buyers_of(table, recipe)
    choice = choose(buyers, recipe, progress)
    measured = measure(buyers, choice)
    verdict = judge(measured, choice, _rival(table, recipe, champion, measured, progress))
    points = find_centers(buyers.points, choice.segments, recipe, recipe.seed)
    sample = buyers.matrix[buyers.sample]
    temperature, agreed = fit_temperature(sample, points, choice.fits)
    squared = squared_distances(buyers.points, points)
    own = squared.argmin(axis=1)
    reach = np.array([reach_of(squared[own == at, at]) for at in range(len(points))])
    centers = Centers(points, temperature, reach)
    known = known_segments(None if champion is None else champion.get(KNOWN), buyers.space)
    numbers = keep_numbers(points, known)
    stability = jaccard_by_segment(sample, points, choice.fits)
    segments = describe(buyers, nearest(buyers.matrix, points), stability, numbers)
    far = outliers(buyers, centers.place(buyers.matrix).distance)
    return Trained(
        files=pack(buyers, centers, segments, recipe, max(known.next_number, max(numbers) + 1)),
        metrics=metrics_of(measured, choice),
        report={
            "validation": f"{recipe.halvings} x two halves of the buyers, each fit measured on the half it did not see; "
            "intervals of 95 % (Nadeau and Bengio)",
            "models": figures_of(measured),
            "remarks": _remarks(buyers, choice, measured, segments, agreed, far, recipe),
            "numbers": choice.as_dicts(),
            "recovery_by_interactions": {name: value.as_dict() for name, value in measured.by_count.items()},
            "called_far": {name: round(share, 4) for name, share in far.items()},
            "segments": [asdict(segment) for segment in by_size(segments)],
            "gate": verdict.as_dict(),
        },
        params=recipe.as_dict(),
        verdict=verdict,
    )


def _rival(
    table: TrainingTable,
    recipe: SegmentsRecipe,
    champion: Mapping[str, Any] | None,
    measured: Measured,
    progress: Progress,
) -> list[float] | None:
    """How well halves agree by the champion's recipe, on this table; None where there is no champion."""
    if champion is None:
        return None
    theirs = SegmentsRecipe.from_dict({name: value for name, value in champion.items() if name != KNOWN})
    if theirs == recipe:
        return measured.agreement
    choice = choose(buyers_of(table, theirs), theirs, progress)
    return [fit.agreement for fit in choice.fits if choice.segments > 1]


def _remarks(
    buyers: Buyers,
    choice: Choice,
    measured: Measured,
    segments: list[Segment],
    agreed: Figure,
    far: Mapping[str, float],
    recipe: SegmentsRecipe,
) -> list[str]:
    """What the card says beside its table."""
    said = [
        f"{choice.segments} segments, learned from {len(buyers.learners):,} buyers with {recipe.fewest_interactions} "
        f"interactions or more; {len(buyers.taste) - len(buyers.learners):,} others were assigned to them."
        if choice.segments > 1
        else "No number of segments is supported: the buyers of this table are one group, and nothing is made up."
    ]
    said += [
        f"{each.segments} segments: halves agree at {each.stability:.3f}, silhouette {each.silhouette:.3f} "
        f"(shuffled {each.shuffled_silhouette:.3f}), prediction strength {choice.prediction_strength[each.segments]:.2f}, "
        f"smallest {each.smallest_share:.1%}{'' if each.is_supported() else '; not supported'}."
        for each in choice.candidates
    ]
    said += [
        f"{each.id} {each.name}: {each.buyers:,} buyers ({each.share:.1%}), found again at {each.stability:.2f}. {each.profile}"
        for each in by_size(segments)
    ]
    said.append(
        f"Where the confidence is {SURE:.0%} or more, {agreed.mean:.1%} ({agreed.low:.1%} to {min(agreed.high, 1):.1%}) of "
        "fits on other buyers agree."
    )
    said += [
        f"Hidden tastes recovered from {name} interactions: adjusted Rand index {value.text(3)}."
        for name, value in measured.by_count.items()
    ]
    if len(far) > 1:
        said.append(
            f"Called far from every segment: {far['without_taste']:.1%} of the buyers without a taste, "
            f"{far['with_taste']:.1%} of those with one (of those the segments were learned from)."
        )
    return said
