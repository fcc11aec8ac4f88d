"""The HTTP routes of the buyer segments: list them, assign a buyer from interactions, assign many from profiles."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer, read_flag, read_object
from drivetrain.adapters.http.direct import DirectRoute
from drivetrain.adapters.http.openapi import Component, Merged, answer, body, documented
from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.predicting import Presentation, prediction_routes, request_context
from drivetrain.adapters.http.prediction_schemas import EXPLAIN, Accounted, Versioned
from drivetrain.adapters.http.route_table import add_routes
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.errors import DrivetrainError
from drivetrain.lifecycle.data.contracts import FieldWarning
from drivetrain.lifecycle.serving.answering import AnswerRow
from drivetrain.resale.segments.adapters.schemas import (
    ASSIGN_EXAMPLE,
    ASSIGNMENT_FIELDS,
    BATCH_EXAMPLE,
    INTERACTIONS_EXAMPLE,
    INTERACTIONS_SCHEMA,
    LIST_EXAMPLE,
    RENDERING,
    SegmentListAnswer,
    cautions,
    explained,
    listed_segments,
    read_interactions,
)
from drivetrain.resale.segments.application.assign_segment import ASSIGN_SEGMENT, AssignSegment, SegmentAnswer
from drivetrain.resale.segments.application.list_segments import ListSegments
from drivetrain.resale.segments.domain.segments import Assignment, InterestReason
from drivetrain.resale.segments.model.contract import BUYER_PROFILE, MODEL_NAME, MOST_INTERACTIONS

PREFIX = "/resale/segments"

_MOST_BYTES = MOST_INTERACTIONS * 300
"""An interaction written with spaces has some 150."""

_reads = Needs(PlatformScope.MODELS_READ)
_predicts = Needs(PlatformScope.PREDICT)


def doubt(assigned: Assignment) -> float:
    """What stands for the width of a range in the metrics, in [0, 1]."""
    return 1 - assigned.first.confidence


class _Assignments(Presentation[Assignment, list[InterestReason]]):
    """Shows an assignment with the cautions that it brings."""

    def single(self, answer: SegmentAnswer, warnings: Iterable[FieldWarning]) -> dict[str, object]:
        """One answer as a JSON object."""
        return Presentation.single(self, answer, (*warnings, *cautions(answer.value)))


_SHOWN = _Assignments(
    prefix=PREFIX,
    one="profile",
    many="profiles",
    operation="assign_buyer_profile",
    task="Say which segment a buyer with this profile belongs to",
    fields=ASSIGNMENT_FIELDS,
    explained=explained,
    relative_width=doubt,
    rendering=RENDERING,
    example=ASSIGN_EXAMPLE,
    batch_example=BATCH_EXAMPLE,
)


def segment_routes(ports: ServingPorts) -> APIRouter:
    """Routes under ``/resale/segments``."""
    models = ports.predictors[MODEL_NAME]
    list_segments = ListSegments(models)
    assign_segment = AssignSegment(AnswerRow(ASSIGN_SEGMENT, models, ports.decisions, ports.clock))
    router = APIRouter(tags=["resale/segments"])

    @router.get(
        PREFIX,
        dependencies=[Depends(_reads)],
    )
    @documented(answer(SegmentListAnswer, "The segments, largest first.", example=LIST_EXAMPLE))
    def list_buyer_segments() -> Response:
        """List the buyer segments: name, profile in words, size and stability."""
        return json_answer(listed_segments(list_segments()))

    @documented(
        answer(
            Merged(
                "BuyerSegment",
                (ASSIGNMENT_FIELDS.value, Accounted, Versioned),
                (ASSIGNMENT_FIELDS.explanation,),
            ),
            "The segment, how sure that is, the next one, and why.",
            example=ASSIGN_EXAMPLE,
        ),
        body=body(Component("BuyerSegmentRequest", INTERACTIONS_SCHEMA), example=INTERACTIONS_EXAMPLE),
        parameters=[EXPLAIN],
    )
    async def assign(request: Request, caller: Caller = Depends(_predicts)) -> Response:
        explain = read_flag(request, "explain", default=True)
        try:
            interactions, warnings = read_interactions(await read_object(request, limit=_MOST_BYTES))
        except DrivetrainError:
            ports.metrics.refused(MODEL_NAME)
            raise
        assigned = await assign_segment(interactions, request_context(request, caller), explain=explain)
        ports.metrics.answered_one(assigned.model.name, assigned.model.version, doubt(assigned.value))
        return json_answer(_SHOWN.single(assigned, warnings))

    router.add_api_route(
        f"{PREFIX}/assign",
        assign,
        methods=["POST"],
        name="assign_buyer_segment",
        description="Say which segment a buyer belongs to, from what the buyer looked at, liked and searched for lately; "
        "`explain=false` leaves the reasons out.",
        route_class_override=DirectRoute,
    )
    add_routes(router, prediction_routes(MODEL_NAME, BUYER_PROFILE, ports, ASSIGN_SEGMENT, _SHOWN))
    return router
