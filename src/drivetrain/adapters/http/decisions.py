"""Routes over the ledger: read one decision back, join what later proved true."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.answers import ModelVersionRef
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.errors import NotFoundError
from drivetrain.core.time import LONGEST_INSTANT, Clock, iso_utc, parse_optional_instant
from drivetrain.lifecycle.serving.predictions import DecisionReader, LoggedDecision, Outcome


class OutcomeRequest(StrictBody):
    """What ``POST /decisions/{id}/outcome`` takes."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,63}$",
        description="What was observed, with its unit: `agreed_price_per_day_eur`.",
    )
    value: float = Field(description="The observed value.")
    observed_at: str | None = Field(
        None, max_length=LONGEST_INSTANT, description="ISO 8601 instant with its zone; now when left out."
    )


class OutcomeAnswer(TypedDict):
    """What later proved true of a decision."""

    name: str
    value: float
    observed_at: str
    recorded_by: str


class RecordedOutcome(OutcomeAnswer):
    """An outcome as the ledger keeps it, the decision it joined, and whether this report was the first of it."""

    decision_id: str
    is_new: bool


class DecisionAnswer(TypedDict):
    """A decision: ``input`` and ``answer`` are those of its product, ``features`` what the model saw (null: unknown)."""

    decision_id: str
    decided_at: str
    product: str
    model: ModelVersionRef
    input: dict[str, object]
    features: list[float | None]
    answer: dict[str, object]
    latency_ms: float
    caller: str
    request_id: str
    outcomes: list[OutcomeAnswer]


def decision_routes(decisions: DecisionReader, clock: Clock) -> APIRouter:
    """Routes over single decisions."""
    router = APIRouter(prefix="/decisions", tags=["decisions"])

    @router.get("/{decision_id}", dependencies=[Depends(Needs(PlatformScope.DECISIONS_READ))])
    @documented(answer(DecisionAnswer, "The decision, with what proved true of it."), problems=[404])
    async def show_decision(decision_id: str) -> Response:
        """Show a decision: input, features, answer and outcomes."""
        return json_answer(decision_as_dict(await decisions.get(_known_form(decision_id))))

    @router.post("/{decision_id}/outcome", status_code=201)
    @documented(
        answer(RecordedOutcome, "The outcome, now in the ledger.", status=201),
        answer(RecordedOutcome, "The same value was reported before; the outcome as the ledger keeps it."),
        body=body(OutcomeRequest, example={"name": "agreed_price_per_day_eur", "value": 112.0}),
        problems=[404, 409],
    )
    async def add_outcome(
        decision_id: str,
        request: Request,
        caller: Caller = Depends(Needs(PlatformScope.EVENTS_WRITE)),
    ) -> Response:
        """Record the outcome of a decision; reporting the same value again changes nothing and answers what is kept."""
        body = await read_model(request, OutcomeRequest)
        outcome = Outcome(
            body.name,
            body.value,
            parse_optional_instant(body.observed_at, "/observed_at") or clock.now(),
            caller.subject,
        )
        receipt = await decisions.add_outcome(_known_form(decision_id), outcome)
        kept = _outcome_as_dict(receipt.outcome)
        return json_answer(
            {"decision_id": decision_id, **kept, "is_new": receipt.is_new},
            status=201 if receipt.is_new else 200,
        )

    return router


def decision_as_dict(decision: LoggedDecision) -> dict[str, object]:
    """A decision as it stands in an answer."""
    return {
        "decision_id": decision.decision_id,
        "decided_at": iso_utc(decision.decided_at),
        "product": decision.product,
        "model": decision.model.as_dict(),
        "input": decision.input,
        "features": decision.features,
        "answer": decision.answer,
        "latency_ms": decision.latency_us / 1000,
        "caller": decision.caller,
        "request_id": decision.request_id,
        "outcomes": [_outcome_as_dict(outcome) for outcome in decision.outcomes],
    }


def _outcome_as_dict(outcome: Outcome) -> OutcomeAnswer:
    return {
        "name": outcome.name,
        "value": outcome.value,
        "observed_at": iso_utc(outcome.observed_at),
        "recorded_by": outcome.recorded_by,
    }


def _known_form(decision_id: str) -> str:
    try:
        return str(UUID(decision_id))
    except ValueError:
        raise NotFoundError(
            "A decision id is a UUID; there is no such decision.", code="ledger.decision_not_found"
        ) from None
