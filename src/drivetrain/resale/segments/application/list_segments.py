"""List the buyer segments that are served now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivetrain.lifecycle.serving.predictions import LiveModel, ModelRef
from drivetrain.resale.segments.application.ports import BuyerSegments
from drivetrain.resale.segments.domain.segments import Segment, by_size


@dataclass(frozen=True, slots=True)
class SegmentList:
    """The segments of one version, largest first.

    Attributes:
        is_synthetic: True where they were learned from generated buyers.
    """

    segments: Sequence[Segment]
    model: ModelRef
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class ListSegments:
    """Tells the champion's segments.

    Raises:
        ModelNotReadyError: no version is served yet.
    """

    models: LiveModel[BuyerSegments]

    def __call__(self) -> SegmentList:
        """All of them, from one version."""
        model = self.models.current()
        return SegmentList(by_size(model.segments), model.ref, model.is_synthetic)
