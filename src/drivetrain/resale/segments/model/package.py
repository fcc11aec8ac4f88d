"""The files of a fitted set of segments, as serving reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from drivetrain.lifecycle.learning.artifacts import json_file
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import SELF_TEST_FILE, self_test_file, self_test_rows
from drivetrain.resale.segments.domain.identity import NOTHING_KNOWN, KnownSegments
from drivetrain.resale.segments.domain.names import profile, unique_names
from drivetrain.resale.segments.domain.segments import Interests, Segment
from drivetrain.resale.segments.model.contract import BODIES, BODY_SHARES, BUYER_PROFILE, FUEL_SHARES, FUELS
from drivetrain.resale.segments.model.estimator import Buyers
from drivetrain.resale.segments.model.features import FeatureSpace
from drivetrain.resale.segments.model.formulas import Centers, IndexArray
from drivetrain.resale.segments.model.predictor import MODEL_FILE, SegmentsModel, self_test_answers
from drivetrain.resale.segments.model.recipe import SegmentsRecipe


def describe(
    buyers: Buyers, labels: IndexArray, stability: FloatArray, numbers: Sequence[int]
) -> list[Segment]:
    """The segments in words and figures.

    Args:
        labels: the segment of every buyer, shape (n_buyers,).
        stability: of every segment, shape (n_segments,).
        numbers: of their ids.
    """
    interests = [_interests(buyers, np.flatnonzero(labels == index)) for index in range(len(numbers))]
    prices = np.sort([price for price in buyers.rows["median_price_eur"] if price is not None])
    places = [_place(prices, interest.price_eur) for interest in interests]
    sizes = np.bincount(labels, minlength=len(numbers)).tolist()
    return [
        Segment(
            id=f"s{number}",
            name=name,
            profile=profile(interest),
            buyers=size,
            share=round(size / len(labels), 4),
            stability=round(float(found_again), 4),
            interests=interest,
        )
        for number, name, interest, size, found_again in zip(
            numbers, unique_names(interests, places), interests, sizes, stability, strict=True
        )
    ]


def pack(
    buyers: Buyers, centers: Centers, segments: Sequence[Segment], recipe: SegmentsRecipe, next_number: int
) -> dict[str, bytes]:
    """The files of a version: recipe, space, centers, and the segments with their words."""
    settings = {
        "recipe": recipe.as_dict(),
        "space": buyers.space.as_dict(),
        "centers": centers.points.tolist(),
        "spread": asdict(centers.spread),
        "reach": centers.reach.tolist(),
        "segments": [segment.as_dict() for segment in segments],
        "next_number": next_number,
        "is_synthetic": bool(np.isfinite(buyers.taste).any()),
    }
    files = {MODEL_FILE: json_file(settings)}
    model = SegmentsModel(files, ModelRef("candidate", "0"))
    tested = self_test_rows(buyers.rows, BUYER_PROFILE.names)
    return {**files, SELF_TEST_FILE: self_test_file(tested, self_test_answers(model, tested))}


def known_segments(plain: Mapping[str, Any] | None, space: FeatureSpace) -> KnownSegments:
    """The segments that ``recipe_of`` told of, as points of another space."""
    if plain is None:
        return NOTHING_KNOWN
    before = FeatureSpace.from_dict(plain["space"])
    raw = np.asarray(plain["centers"], dtype=np.float64) * before.unit + before.center
    numbers = [int(segment_id.removeprefix("s")) for segment_id in plain["ids"]]
    return KnownSegments(numbers, (raw - space.center) / space.unit, int(plain["next_number"]))


def _interests(buyers: Buyers, members: IndexArray) -> Interests:
    def middle(name: str) -> float | None:
        values = [buyers.rows[name][member] for member in members if buyers.rows[name][member] is not None]
        return round(float(np.median(values)), 2) if values else None

    def shares(names: Sequence[str], words: Sequence[str]) -> dict[str, float]:
        means = np.array([np.mean([buyers.rows[name][member] for member in members]) for name in names])
        means = means / means.sum() if means.sum() > 0 else means
        return {word: round(float(mean), 4) for word, mean in zip(words, means, strict=True)}

    return Interests(
        price_eur=middle("median_price_eur"),
        age_years=middle("median_age_years"),
        power_kw=middle("median_power_kw"),
        price_ratio=middle("price_ratio") or 1.0,
        kinds_of_car=middle("kinds_of_car") or 1.0,
        bodies=shares(BODY_SHARES, BODIES),
        fuels=shares(FUEL_SHARES, FUELS),
    )


def _place(prices: FloatArray, price: float | None) -> float:
    """The share of buyers who look at cheaper cars; a half where no price is said."""
    if price is None or not len(prices):
        return 0.5
    return float(np.searchsorted(prices, price) / len(prices))
