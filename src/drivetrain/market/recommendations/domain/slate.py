"""A slate: the cars that are shown, in their order, with variety and a few places in which the platform learns."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivetrain.market.recommendations.domain.likeness import ScoreArray
from drivetrain.market.recommendations.domain.scoring import Scores
from drivetrain.market.search.domain.columns import CodeArray
from drivetrain.market.search.domain.index import RowArray

CANDIDATES = 300
"""The best rows, among which variety chooses and exploration draws."""

OTHERS = 100
"""Of other models, or makes, that join them where one would fill them."""

SAME_MODEL, SAME_MAKE = 0.3, 0.1
"""What each car of the same model, or make, that stands higher takes off a car's score, in standard deviations."""

MODEL_SHARE, MAKE_SHARE = 0.25, 0.5
"""Most cars of a model and of a make, as a share of a slate, as long as there are others."""

LEARNING_PLACES = (7, 14)
"""In each of these positions of every twenty stands a car that was drawn from the other candidates."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of a slate.

    Attributes:
        place: in the rows of the scores.
        position: from 1.
        propensity: probability of this car in this position, given those above it; 1 where it was not drawn.
    """

    place: int
    position: int
    propensity: float = 1.0

    @property
    def is_drawn(self) -> bool:
        """Whether chance put it there."""
        return self.propensity < 1.0


def slate_of(
    scores: Scores, makes: CodeArray, models: CodeArray, size: int, draw: random.Random
) -> Sequence[Slot]:
    """Choose and order the cars of a slate.

    Args:
        makes, models: codes of all rows of the index.
        size: most cars.
        draw: for the places in which the platform learns.
    """
    candidates = _candidates(scores, makes, models)
    varied = _varied(candidates, scores, makes, models, size)
    if len(candidates) <= size:
        return [Slot(place, position) for position, place in enumerate(varied, start=1)]
    chosen = set(varied)
    others = [place for place in candidates if place not in chosen]
    slots: list[Slot] = []
    for position in range(1, len(varied) + 1):
        if (position - 1) % 20 + 1 in LEARNING_PLACES and len(others) > 1:
            place = others.pop(draw.randrange(len(others)))
            slots.append(Slot(place, position, 1 / (len(others) + 1)))
        else:
            slots.append(Slot(varied[position - 1 - sum(slot.is_drawn for slot in slots)], position))
    return slots


def _candidates(scores: Scores, makes: CodeArray, models: CodeArray) -> list[int]:
    """Places of the highest totals, and of the highest of other models and makes where one has more than half of them."""
    places = _best(scores.total, np.arange(len(scores.total)), CANDIDATES)
    for codes in (models, makes):
        counts = np.bincount(codes[scores.rows[places]], minlength=1)
        if 2 * counts.max() > len(places):
            others = np.flatnonzero(codes[scores.rows] != counts.argmax())
            places = np.union1d(places, _best(scores.total, others, OTHERS))
    candidates: list[int] = _best(scores.total, places, len(places)).tolist()
    return candidates


def _best(total: ScoreArray, places: RowArray, most: int) -> RowArray:
    """Those of some places with the highest totals, highest first, equal ones in the order of their rows."""
    values = total[places]
    if len(values) > most:
        least = np.partition(values, len(values) - most)[len(values) - most]
        places = places[values >= least]
    best: RowArray = places[np.argsort(-total[places], kind="stable")][:most]
    return best


def _varied(
    candidates: Sequence[int], scores: Scores, makes: CodeArray, models: CodeArray, size: int
) -> list[int]:
    """The cars of a slate, each the best one left once those that stand higher have taken off for likeness."""
    places = np.array(candidates, dtype=np.intp)
    values, rows = scores.total[places], scores.rows[places]
    make, model = makes[rows], models[rows]
    most_of_make = math.ceil(MAKE_SHARE * size) if len(np.unique(make)) > 1 else size
    most_of_model = math.ceil(MODEL_SHARE * size) if len(np.unique(model)) > 1 else size
    same_make, same_model = np.zeros(len(rows)), np.zeros(len(rows))
    left = np.ones(len(rows), dtype=np.bool_)
    chosen: list[int] = []
    while len(chosen) < min(size, len(rows)):
        free = left & (same_make < most_of_make) & (same_model < most_of_model)
        worth = values - SAME_MODEL * same_model - SAME_MAKE * same_make
        best = int(np.argmax(np.where(free if free.any() else left, worth, -np.inf)))
        chosen.append(candidates[best])
        left[best] = False
        same_make += make == make[best]
        same_model += (make == make[best]) & (model == model[best])
    return chosen
