"""Measuring every number of segments: found again on other halves, clearer than in a table without structure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from sklearn.metrics import silhouette_score

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.resale.segments.domain.choice import Candidate, choose_number
from drivetrain.resale.segments.model.estimator import (
    Buyers,
    Halving,
    find_centers,
    halvings,
    nearest,
    numbers_to_try,
)
from drivetrain.resale.segments.model.features import QUESTION_OF, QUESTIONS
from drivetrain.resale.segments.model.formulas import IndexArray
from drivetrain.resale.segments.model.recipe import SegmentsRecipe


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of segments with what led to it.

    Attributes:
        segments: >= 1.
        candidates: what was measured for each number.
        prediction_strength: mean over the halvings by number (Tibshirani and Walther 2005); shown, not asked.
        halvings: the fits on halves of the sample, by number; those of the chosen number are always among
            them.
    """

    segments: int
    candidates: Sequence[Candidate]
    prediction_strength: Mapping[int, float]
    halvings: Mapping[int, Sequence[Halving]]

    @property
    def fits(self) -> Sequence[Halving]:
        """The fits of the chosen number."""
        return self.halvings[self.segments]

    @property
    def chosen(self) -> Candidate | None:
        """What was measured for the chosen number; None for one segment."""
        return next((candidate for candidate in self.candidates if candidate.segments == self.segments), None)

    def as_dicts(self) -> list[dict[str, object]]:
        """One line for each number, plain values rounded for people."""
        return [
            {
                **{name: round(value, 4) for name, value in asdict(candidate).items()},
                "prediction_strength": round(self.prediction_strength[candidate.segments], 4),
                "supported": candidate.is_supported(),
            }
            for candidate in self.candidates
        ]


def choose(buyers: Buyers, recipe: SegmentsRecipe, progress: Progress) -> Choice:
    """Measure and choose; a recipe that says how many segments there are has only that number measured."""
    points = buyers.matrix[buyers.sample]
    numbers = numbers_to_try(points, recipe)
    fits: dict[int, list[Halving]] = {}
    with progress.stage(
        "find segments on halves", total=(1 + len(numbers)) * recipe.halvings, unit="halvings"
    ) as stage:
        for number in (1, *numbers):
            fits[number] = halvings(points, number, recipe, stage)
    by_chance = _shuffled_silhouettes(points, numbers, recipe, progress)
    candidates = [_candidate(points, fits[number], number, by_chance[number], recipe) for number in numbers]
    strengths = {number: float(np.mean([_strength(fit) for fit in fits[number]])) for number in numbers}
    return Choice(recipe.segments or choose_number(candidates), candidates, strengths, fits)


def silhouette(points: FloatArray, labels: IndexArray) -> float:
    """Mean silhouette; 0 where there is one segment only."""
    if len(np.unique(labels)) < 2:
        return 0.0
    return float(silhouette_score(points, labels))


def _candidate(
    points: FloatArray, fits: Sequence[Halving], number: int, by_chance: float, recipe: SegmentsRecipe
) -> Candidate:
    labels = nearest(points, find_centers(points, number, recipe, recipe.seed))
    return Candidate(
        segments=number,
        stability=float(np.mean([fit.agreement for fit in fits])),
        silhouette=silhouette(points, labels),
        shuffled_silhouette=by_chance,
        smallest_share=float(np.bincount(labels, minlength=number).min() / len(points)),
    )


def _shuffled_silhouettes(
    points: FloatArray, numbers: Sequence[int], recipe: SegmentsRecipe, progress: Progress
) -> dict[int, float]:
    """The highest silhouette of each number on tables whose questions no longer belong to the same buyers."""
    highest = dict.fromkeys(numbers, -1.0)
    with progress.stage("compare with chance", total=len(numbers) * recipe.shuffles, unit="fits") as stage:
        for shuffle in range(recipe.shuffles):
            mixed = shuffled(points, recipe.seed + shuffle)
            for number in numbers:
                labels = nearest(mixed, find_centers(mixed, number, recipe, recipe.seed))
                highest[number] = max(highest[number], silhouette(mixed, labels))
                stage.advance()
    return highest


def shuffled(points: FloatArray, seed: int) -> FloatArray:
    """The points with each question dealt out anew: every question keeps its distribution, none knows of another."""
    rng = np.random.default_rng(seed)
    mixed = points.copy()
    for question in QUESTIONS:
        own = [column for column, its_question in enumerate(QUESTION_OF) if its_question == question]
        mixed[:, own] = points[rng.permutation(len(points))][:, own]
    return mixed


def _strength(fit: Halving) -> float:
    """Prediction strength: the least share of pairs of one segment in a half that the other half's fit keeps together."""
    return min(
        _kept_together(own[fit.part == half], other[fit.part == half])
        for half, own, other in ((0, *fit.labels), (1, *fit.labels[::-1]))
    )


def _kept_together(own: IndexArray, other: IndexArray) -> float:
    pair_shares = []
    for segment in np.unique(own):
        members = np.bincount(other[own == segment]).astype(np.float64)
        size = members.sum()
        pair_shares.append(float((members * (members - 1)).sum() / (size * (size - 1))) if size > 1 else 1.0)
    return min(pair_shares)
