"""Routes over the ledger: read one decision back, join what later proved true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.answers import ModelVersionRef
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.concurrency import ConcurrencyLimit
from drivetrain.adapters.http.openapi import answer, body, documented
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.errors import NotFoundError
from drivetrain.core.time import LONGEST_INSTANT, Clock, iso_utc, parse_optional_instant
from drivetrain.lifecycle.releasing.explain_decision import DecisionReasons
from drivetrain.lifecycle.serving.predictions import DecisionReader, LoggedDecision, Outcome

_MOST_EXPLAINED_AT_ONCE = 1
"""Another version than the live one is loaded for it: a second, and tens of megabytes."""

_PATIENCE_S = 10.0
_reads = Needs(PlatformScope.DECISIONS_READ)

Explain = Callable[[LoggedDecision, str | None], DecisionReasons]
"""Asks a version, or the one that made the decision, for its answer and its reasons. Blocking."""


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


class DecisionReasonsAnswer(TypedDict):
    """A decision asked again of a version.

    ``is_identical`` says whether ``answer`` is what the ledger has, byte by byte. ``explanation`` is that of the model's
    own route: ``reasons``, the average that they start from, ``comparables``.
    """

    decision_id: str
    model: ModelVersionRef
    answer: dict[str, object]
    is_identical: bool
    explanation: dict[str, object]


_REASONS_EXAMPLE = {
    "decision_id": "0198c0de-0000-7000-8000-000000000000",
    "model": {"name": "used-car-price", "version": "3"},
    "answer": {
        "value": 9_480.0,
        "currency": "GBP",
        "range": {"low": 8_120.0, "high": 11_060.0, "coverage": 0.9},
    },
    "is_identical": True,
    "explanation": {
        "average_price": 16_904.0,
        "reasons": [{"field": "year", "value": 2014, "effect": -5_210.0}],
        "comparables": [],
    },
}
"""The shape; a real one has a reason for each field, and the model's comparables."""


def decision_routes(
    decisions: DecisionReader, explain: Explain, clock: Clock, *, patience_s: float = _PATIENCE_S
) -> APIRouter:
    """Routes over single decisions.

    Args:
        patience_s: the longest that a decision waits to be explained behind others, seconds.
    """
    router = APIRouter(prefix="/decisions", tags=["decisions"])
    explaining = ConcurrencyLimit(_MOST_EXPLAINED_AT_ONCE, patience_s=patience_s)

    def explain_in_turn(decision: LoggedDecision, version: str | None) -> DecisionReasons:
        with explaining.acquire("Other decisions are being explained; retry when they are."):
            return explain(decision, version)

    @router.get("/{decision_id}", dependencies=[Depends(_reads)])
    @documented(answer(DecisionAnswer, "The decision, with what proved true of it."), problems=[404])
    async def show_decision(decision_id: str) -> Response:
        """Show a decision: input, features, answer and outcomes."""
        return json_answer(decision_as_dict(await decisions.get(_known_form(decision_id))))

    @router.get("/{decision_id}/reasons", dependencies=[Depends(_reads)])
    @documented(
        answer(DecisionReasonsAnswer, "What the version answers now, and why.", example=_REASONS_EXAMPLE),
        problems=[404, 409, 429, 503],
    )
    async def explain_decision(
        decision_id: str,
        version: Annotated[
            str | None,
            Query(
                pattern=r"^[0-9]{1,9}$",
                description="The version to ask; the one that made the decision when left out.",
            ),
        ] = None,
    ) -> Response:
        """Ask the version that made a decision, or another one, for its answer and its reasons. Nothing is recorded."""
        decision = await decisions.get(_known_form(decision_id))
        reasons = await run_in_threadpool(explain_in_turn, decision, version)
        return json_answer(reasons.as_dict())

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
