"""What assigning buyers to segments asks of a loaded model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.segments.domain.segments import InterestReason, Segment
from drivetrain.resale.segments.model.predictor import SegmentAssignment


class BuyerSegments(Protocol):
    """One loaded version of the buyer segments."""

    segments: Sequence[Segment]
    is_synthetic: bool

    @property
    def ref(self) -> ModelRef:
        """Which version it is."""
        ...

    def estimate(self, rows: Columns) -> SegmentAssignment:
        """Where profiles belong."""
        ...

    def explain(self, row: Row, features: FloatArray, first: str, second: str | None) -> list[InterestReason]:
        """What speaks for the first segment against the second.

        Args:
            features: shape (n_features,).
            first, second: ids of segments.
        """
        ...
