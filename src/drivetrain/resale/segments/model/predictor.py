"""One loaded version of the buyer segments: which segment a profile belongs to, how surely, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.features import Columns, FloatArray, as_columns
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import load_tested
from drivetrain.resale.segments.domain.segments import InterestReason, Segment
from drivetrain.resale.segments.model.contract import BUYER_PROFILE
from drivetrain.resale.segments.model.features import FeatureSpace
from drivetrain.resale.segments.model.formulas import Centers, IndexArray, Spread
from drivetrain.resale.segments.model.reasons import reasons

MODEL_FILE = "model.json"
KNOWN = "known_segments"
"""Under this key a version's recipe tells the next training which segments there are."""


@dataclass(frozen=True, slots=True)
class SegmentAssignment:
    """Where profiles belong; arrays of shape (n_rows,) but ``features``.

    Attributes:
        features: the points, shape (n_rows, n_features).
        first, second: places in the version's segments; equal where there is only one.
        confidence, second_confidence: in [0, 1].
        distance: squared, as a share of the segment's reach; above 1 the buyer is far from every segment.
    """

    features: FloatArray
    first: IndexArray
    confidence: FloatArray
    second: IndexArray
    second_confidence: FloatArray
    distance: FloatArray


class SegmentsModel:
    """Serves one version from its verified files; holds no frame, takes no lock.

    Attributes:
        segments: in the order of the centers.
        is_synthetic: True where the buyers it learned from were generated.
    """

    def __init__(self, files: Files, ref: ModelRef) -> None:
        settings = json.loads(files[MODEL_FILE])
        self.ref = ref
        self.segments = tuple(Segment.from_dict(segment) for segment in settings["segments"])
        self.is_synthetic = bool(settings["is_synthetic"])
        self._space = FeatureSpace.from_dict(settings["space"])
        self._centers = Centers(
            np.asarray(settings["centers"], dtype=np.float64),
            Spread(**settings["spread"]),
            np.asarray(settings["reach"], dtype=np.float64),
        )
        if not len(self.segments) == len(self._centers) == len(self._centers.reach):
            raise ValueError("the segments and their centers are not of one number")

    def estimate(self, rows: Columns) -> SegmentAssignment:
        """Where profiles belong; the bits do not depend on how many rows come together."""
        matrix = self._space.matrix(rows)
        interactions = np.add.reduce(
            [np.asarray(rows[name], dtype=np.float64) for name in ("views", "likes", "searches")]
        )
        placed = self._centers.place(matrix, interactions)
        return SegmentAssignment(
            matrix, placed.first, placed.confidence, placed.second, placed.second_confidence, placed.distance
        )

    def explain(self, row: Row, features: FloatArray, first: str, second: str | None) -> list[InterestReason]:
        """What speaks for the first segment against the second, most first; empty where there is only one.

        Args:
            features: shape (n_features,).
            first, second: ids of segments.
        """
        if second is None:
            return []
        places = [
            next(index for index, segment in enumerate(self.segments) if segment.id == name)
            for name in (first, second)
        ]
        return reasons(
            row, features, self._centers.points[places], [self.segments[index].interests for index in places]
        )


def recipe_of(contents: Files) -> dict[str, object]:
    """What a version's training was told, and under ``KNOWN`` what the next one must know of its segments."""
    settings = json.loads(contents[MODEL_FILE])
    known = {name: settings[name] for name in ("space", "centers", "next_number")}
    return {
        **settings["recipe"],
        KNOWN: {**known, "ids": [segment["id"] for segment in settings["segments"]]},
    }


def self_test_answers(model: SegmentsModel, rows: list[dict[str, object]]) -> list[list[Any]]:
    """Segment, next segment and confidences for stored rows, to nine digits.

    Another processor may round the last bit of an exponential differently; that is no other model.
    """
    places = model.estimate(as_columns(rows, BUYER_PROFILE.names))
    sure = np.column_stack([places.confidence, places.second_confidence, places.distance]).tolist()
    names = [
        [model.segments[index].id for index in pair]
        for pair in zip(places.first.tolist(), places.second.tolist(), strict=True)
    ]
    return [
        [*own, *(float(f"{value:.9g}") for value in values)] for own, values in zip(names, sure, strict=True)
    ]


load = partial(load_tested, SegmentsModel, self_test_answers)
