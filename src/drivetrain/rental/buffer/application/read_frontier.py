"""Read the frontier of an analysis: one scope at chosen steps, or one pair of thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drivetrain.rental.buffer.application.ports import Analyses
from drivetrain.rental.buffer.application.records import AnalysisRecord, FrontierRecord, frontier_record
from drivetrain.rental.buffer.domain.rule import STEP_MIN, BufferRule, BufferScope, thresholds_by_step


@dataclass(frozen=True, slots=True)
class FrontierAnswer:
    """Points of a frontier.

    Attributes:
        scope: of the thresholds; None for a pair.
        points: each with its threshold or thresholds, its figures, their intervals and their bands.
    """

    analysis_id: str
    record: AnalysisRecord
    scope: BufferScope | None
    points: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ReadFrontier:
    """Answers from a finished analysis; nothing is resampled again.

    Raises:
        NotFoundError, UnavailableError, ConflictError: as ``Analyses``.
    """

    find: Analyses

    def __call__(
        self, scope: BufferScope, *, step_min: int = STEP_MIN, analysis_id: str | None = None
    ) -> FrontierAnswer:
        """The frontier of one scope at 0, step, 2 steps, ... up to 720 minutes.

        Raises:
            InvalidInputError: the step is less than a minute.
        """
        thresholds = thresholds_by_step(step_min)
        analysis = self.find(analysis_id)
        points = points_of(analysis.record["frontiers"][scope.value], thresholds)
        labeled = [
            {"threshold_min": threshold, **point} for threshold, point in zip(thresholds, points, strict=True)
        ]
        return FrontierAnswer(analysis.analysis_id, analysis.record, scope, labeled)

    def pair(self, rule: BufferRule, *, analysis_id: str | None = None) -> FrontierAnswer:
        """The same figures for one pair of thresholds, without the marginal ones."""
        from drivetrain.rental.buffer.domain.frontier import compare_rules  # SciPy: only for those who ask

        analysis = self.find(analysis_id)
        (point,) = points_of(frontier_record(compare_rules(self.find.working(analysis).counts, [rule])), [0])
        labeled = {"connect_min": rule.connect_min, "mobile_min": rule.mobile_min, **point}
        return FrontierAnswer(analysis.analysis_id, analysis.record, None, [labeled])


def points_of(frontier: FrontierRecord, places: Sequence[int]) -> list[dict[str, Any]]:
    """Some points of a frontier: every figure by name, then all intervals, then the bands of unknown delays."""
    return [
        {
            **{name: curve["value"][index] for name, curve in frontier["figures"].items()},
            "intervals": {
                name: {"low": curve["low"][index], "high": curve["high"][index]}
                for name, curve in frontier["figures"].items()
            },
            "if_unknown_were_known": {
                name: {"worst": band["worst"][index], "best": band["best"][index]}
                for name, band in frontier["bands"].items()
            },
        }
        for index in places
    ]
