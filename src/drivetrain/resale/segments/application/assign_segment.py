"""Say which segment buyers belong to, from what they did or from their profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.serving.answering import AnswerRow, DecisionRule, ExplainedDecision
from drivetrain.lifecycle.serving.predictions import RequestContext
from drivetrain.resale.segments.application.ports import BuyerSegments
from drivetrain.resale.segments.domain.segments import Assignment, InterestReason, Membership
from drivetrain.resale.segments.model.profiles import profile_of

PRODUCT = "resale"
_DIGITS = 4


def _assign(model: BuyerSegments, buyers: Columns) -> tuple[FloatArray, list[Assignment]]:
    places = model.estimate(buyers)
    counts = zip(buyers["views"], buyers["likes"], buyers["searches"], strict=True)

    def member(index: int, confidence: float) -> Membership:
        return Membership(model.segments[index].id, model.segments[index].name, round(confidence, _DIGITS))

    return places.features, [
        Assignment(
            first=member(first, confidence),
            second=None if first == second else member(second, second_confidence),
            fits=distance <= 1,
            interactions=sum(count),
        )
        for first, confidence, second, second_confidence, distance, count in zip(
            places.first.tolist(),
            places.confidence.tolist(),
            places.second.tolist(),
            places.second_confidence.tolist(),
            places.distance.tolist(),
            counts,
            strict=True,
        )
    ]


def _explain(
    model: BuyerSegments, buyer: Row, features: FloatArray, assigned: Assignment
) -> list[InterestReason]:
    second = None if assigned.second is None else assigned.second.segment
    return model.explain(buyer, features, assigned.first.segment, second)


ASSIGN_SEGMENT: DecisionRule[BuyerSegments, Assignment, list[InterestReason]] = DecisionRule(
    "resale", _assign, _explain
)

SegmentAnswer = ExplainedDecision[Assignment, list[InterestReason]]


@dataclass(frozen=True, slots=True)
class AssignSegment:
    """Answers one buyer from the interactions; what the ledger keeps is the profile they come to.

    Raises:
        ModelNotReadyError: no version is served yet.
        UnavailableError: the decision could not be made durable.
    """

    answer: AnswerRow[BuyerSegments, Assignment, list[InterestReason]]

    async def __call__(
        self, interactions: Sequence[Row], context: RequestContext, *, explain: bool
    ) -> SegmentAnswer:
        """Assign a buyer.

        Args:
            interactions: checked, at least one; their order does not matter.
        """
        return await self.answer(profile_of(interactions), context, explain=explain)
