"""Answers about the rental buffer as JSON values, the bodies that ask for them, and what the documentation shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from drivetrain.adapters.http.bodies import StrictBody
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.time import LONGEST_INSTANT, iso_utc, parse_instant
from drivetrain.rental.buffer.application.answer_questions import AnsweredQuestions
from drivetrain.rental.buffer.application.check_buffer import CheckedStart, StartRequest
from drivetrain.rental.buffer.application.compare_outcome import ComparedOutcome
from drivetrain.rental.buffer.application.decide_buffer import BufferDecision
from drivetrain.rental.buffer.application.ports import StoredAnalysis, StoredPolicy
from drivetrain.rental.buffer.application.read_frontier import FrontierAnswer, points_of
from drivetrain.rental.buffer.application.read_groups import GroupsAnswer
from drivetrain.rental.buffer.application.records import AnalysisRecord, Figure, figure, number, numbers
from drivetrain.rental.buffer.domain.rule import (
    LONGEST_GAP_MIN,
    STEP_MIN,
    BufferScope,
    CheckinType,
    thresholds_by_step,
)

if TYPE_CHECKING:
    from drivetrain.rental.buffer.domain.worth import WorthAnswer, WorthInputs

INTERVAL_LEVEL = 0.95
GAINS_PER = 100
_ID = r"^[0-9a-fA-F-]{36}$"


class DecideRequest(StrictBody):
    """What ``POST /rental/buffer/decide`` takes.

    Without the two amounts, only break-even ratios are answered.
    """

    booking_value: float | None = Field(
        None, ge=0, le=1e9, description="What a carried-out booking is worth to you."
    )
    conflict_cost: float | None = Field(
        None, ge=0, le=1e9, description="What a conflict costs you, everything included."
    )
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$", description="ISO 4217 code of both amounts.")
    recapture_share: float = Field(
        0.0, ge=0, le=1, description="Of the refused drivers, who book another car."
    )
    shift_share: float = Field(
        0.0, ge=0, le=1, description="Of the drivers asked to start later, who accept."
    )
    shift_up_to_min: int = Field(
        0, ge=0, le=LONGEST_GAP_MIN, description="How much later they accept at most, minutes."
    )
    step_min: int = Field(
        STEP_MIN, ge=5, le=LONGEST_GAP_MIN, description="Distance of the thresholds compared, minutes."
    )
    analysis: str | None = Field(
        None, pattern=_ID, description="An uploaded analysis; the current table when left out."
    )

    def inputs(self) -> WorthInputs | None:
        """The user's inputs; None when no amount was given.

        Raises:
            ContractError: one amount was given without the other, or without a currency.
        """
        from drivetrain.rental.buffer.domain.worth import WorthInputs  # SciPy: only for those who ask

        needed = {
            "booking_value": self.booking_value,
            "conflict_cost": self.conflict_cost,
            "currency": self.currency,
        }
        missing = [name for name, value in needed.items() if value is None]
        if len(missing) == len(needed):
            return None
        if self.booking_value is None or self.conflict_cost is None or self.currency is None:
            detail = "booking_value, conflict_cost and currency belong together."
            raise ContractError(
                [FieldError("input.missing_field", detail, pointer=f"/{name}") for name in missing]
            )
        return WorthInputs(
            self.booking_value,
            self.conflict_cost,
            self.recapture_share,
            self.shift_share,
            self.shift_up_to_min,
        )


class PolicyRequest(StrictBody):
    """What ``PUT /rental/buffer/policy`` takes."""

    connect_min: int = Field(
        ge=0, le=LONGEST_GAP_MIN, description="Shortest gap before a connect rental; 0 is no rule."
    )
    mobile_min: int = Field(
        ge=0, le=LONGEST_GAP_MIN, description="Shortest gap before a mobile rental; 0 is no rule."
    )
    shift_up_to_min: int = Field(
        LONGEST_GAP_MIN,
        ge=0,
        le=LONGEST_GAP_MIN,
        description="How much later a start may be offered; 0 never offers one.",
    )
    reason: str = Field(min_length=1, max_length=500, description="Reason; it is kept in the history.")
    effective_from: str | None = Field(
        None, max_length=LONGEST_INSTANT, description="ISO 8601 with zone; now when left out."
    )
    expected_version: int | None = Field(
        None, ge=0, description="The newest version you know of; refused if it is another."
    )


class CheckRequest(StrictBody):
    """What ``POST /rental/buffer/check`` takes."""

    car_id: str | None = Field(None, max_length=64, description="Your id of the car; recorded in the ledger.")
    checkin_type: str = Field(pattern=r"^(connect|mobile)$", description="Of the requested rental.")
    previous_planned_end_at: str | None = Field(
        None,
        max_length=LONGEST_INSTANT,
        description="Planned end of the rental before, ISO 8601 with zone; null without one.",
    )
    requested_start_at: str = Field(max_length=LONGEST_INSTANT, description="ISO 8601 with zone.")

    def start(self) -> StartRequest:
        """The request with its instants read.

        Raises:
            ContractError: an instant is wrong or has no zone.
        """
        previous = self.previous_planned_end_at
        return StartRequest(
            car_id=self.car_id or "",
            checkin_type=CheckinType(self.checkin_type),
            previous_planned_end_at=None
            if previous is None
            else parse_instant(previous, "/previous_planned_end_at"),
            requested_start_at=parse_instant(self.requested_start_at, "/requested_start_at"),
        )


def frontier_answer(answer: FrontierAnswer) -> dict[str, Any]:
    """A frontier, with what it was counted on."""
    return {
        "scope": "pair" if answer.scope is None else answer.scope.value,
        **_totals(answer.record),
        "points": answer.points,
        "marginal_over_min": STEP_MIN,
        **_provenance(answer.analysis_id, answer.record),
    }


def groups_answer(answer: GroupsAnswer) -> dict[str, Any]:
    """All rentals by what they share, with what they were counted on."""
    return {**answer.groups, **_provenance(answer.analysis_id, answer.record)}


def break_even_answer(analysis_id: str, record: AnalysisRecord, step_min: int) -> dict[str, Any]:
    """What one avoided conflict must be worth in lost bookings: all that can be said without inputs."""
    thresholds = thresholds_by_step(step_min)
    names = ("touched", "avoided", "break_even", "marginal_break_even")
    curves: dict[str, list[dict[str, Any]]] = {}
    for scope in BufferScope:
        points = points_of(record["frontiers"][scope.value], thresholds)
        curves[scope.value] = [
            {
                "threshold_min": threshold,
                **{name: point[name] for name in names},
                "intervals": {name: point["intervals"][name] for name in names},
            }
            for threshold, point in zip(thresholds, points, strict=True)
        ]
    return {
        "break_even": curves,
        "note": "Give booking_value, conflict_cost and currency for a threshold; no amount is assumed here.",
        **_provenance(analysis_id, record),
    }


def decision_answer(decision: BufferDecision, currency: str) -> dict[str, Any]:
    """The best thresholds for the user's inputs."""
    inputs = decision.inputs
    gains = [figure(decision.curve, index) for index in range(len(decision.thresholds_min))]
    return {
        "inputs": {
            "booking_value": inputs.booking_value,
            "conflict_cost": inputs.conflict_cost,
            "currency": currency,
            "recapture_share": inputs.recapture_share,
            "shift_share": inputs.shift_share,
            "shift_up_to_min": inputs.shift_up_to_min,
        },
        "gains_per_chained_rentals": GAINS_PER,
        "uniform": {
            "threshold_min": decision.uniform.rule.connect_min,
            **_worth(decision.uniform, is_pair=False),
        },
        "pair": {
            "connect_min": decision.pair.rule.connect_min,
            "mobile_min": decision.pair.rule.mobile_min,
            **_worth(decision.pair, is_pair=True),
        },
        "curve": [
            {"threshold_min": threshold, "gain": gain["value"], "interval": _ends(gain)}
            for threshold, gain in zip(decision.thresholds_min, gains, strict=True)
        ],
        **_provenance(decision.analysis_id, decision.record),
    }


def questions_answer(answered: AnsweredQuestions) -> dict[str, Any]:
    """The five standing answers."""
    return {
        "answers": [
            {
                "question": answer.question,
                "words": answer.words,
                "figures": answer.figures,
                "method": answer.method,
            }
            for answer in answered.answers
        ],
        **_provenance(answered.analysis_id, answered.record),
    }


def policy_answer(stored: StoredPolicy) -> dict[str, Any]:
    """One version of the policy."""
    policy = stored.policy
    return {
        "version": policy.version,
        "connect_min": policy.rule.connect_min,
        "mobile_min": policy.rule.mobile_min,
        "shift_up_to_min": policy.shift_up_to_min,
        "reason": policy.reason,
        "author": policy.author,
        "effective_from": iso_utc(policy.effective_from),
        "created_at": iso_utc(stored.created_at),
        "analysis": stored.analysis_id,
    }


def check_answer(checked: CheckedStart) -> dict[str, Any]:
    """The answer to one requested start."""
    return {**checked.as_dict(), "policy": checked.policy.as_dict(), "decision_id": checked.decision_id}


def outcome_answer(compared: ComparedOutcome) -> dict[str, Any]:
    """What a policy promised and what newer rentals show."""
    outcome = compared.outcome
    return {
        "policy": policy_answer(compared.policy),
        "verdict": outcome.verdict.value,
        "words": compared.words(),
        "promised": {name: figure(estimate) for name, estimate in outcome.promised.items()},
        "observed": {name: figure(estimate) for name, estimate in outcome.observed.items()},
        "difference_of_rates": figure(outcome.difference),
        "change_of_conflict_rate": figure(outcome.change),
        "interval_level": INTERVAL_LEVEL,
        "promised_by": {"analysis": compared.promised_by.analysis_id, **_table(compared.promised_by.record)},
        "observed_in": {"analysis": compared.observed_in.analysis_id, **_table(compared.observed_in.record)},
    }


def analysis_answer(stored: StoredAnalysis) -> dict[str, Any]:
    """How an analysis stands, with its result when there is one; frontiers in half hours."""
    request = stored.request
    plain: dict[str, Any] = {
        "analysis": request.analysis_id,
        "status": stored.status.value,
        "progress": {"stage": stored.stage, "done": stored.done, "total": stored.total},
        "source": request.source,
        "created_at": iso_utc(request.created_at),
        "created_by": request.created_by,
        "finished_at": None if stored.finished_at is None else iso_utc(stored.finished_at),
        "error": stored.error,
        "result": None,
    }
    if stored.record is not None:
        plain["result"] = result_answer(stored.record)
    return plain


def result_answer(record: AnalysisRecord) -> dict[str, Any]:
    """A whole analysis, its frontiers in half hours."""
    thresholds = thresholds_by_step()
    frontiers = {
        scope: [
            {"threshold_min": threshold, **point}
            for threshold, point in zip(thresholds, points_of(frontier, thresholds), strict=True)
        ]
        for scope, frontier in record["frontiers"].items()
    }
    rest = {name: part for name, part in record.items() if name != "groups"}  # they have a route of their own
    return {**rest, "frontiers": frontiers}


def _worth(answer: WorthAnswer, *, is_pair: bool) -> dict[str, Any]:
    ranges = {"connect_min": list(answer.connect_range_min), "mobile_min": list(answer.mobile_range_min)}
    value, low, high = answer.gain
    return {
        "gain": number(value),
        "interval": {"low": number(low), "high": number(high)},
        "optimism": number(answer.optimism),
        "gain_if_unknown_were_known": {"worst": number(answer.gain_worst), "best": number(answer.gain_best)},
        "chosen_share": number(answer.chosen_share),
        "best_threshold_interval_min": ranges if is_pair else ranges["connect_min"],
        "stays_best_for": {
            name: dict(zip(("from", "to"), numbers(ends), strict=True))
            for name, ends in answer.regions.items()
        },
    }


def _totals(record: AnalysisRecord) -> dict[str, Any]:
    summary = record["summary"]
    return {
        **{name: total["value"] for name, total in summary.items()},
        "intervals": {name: _ends(total) for name, total in summary.items()},
    }


def _ends(figure: Figure) -> dict[str, Any]:
    return {"low": figure["low"], "high": figure["high"]}


def _provenance(analysis_id: str, record: AnalysisRecord) -> dict[str, Any]:
    return {
        "analysis": analysis_id,
        "table": _table(record),
        "method": {
            "interval_level": INTERVAL_LEVEL,
            "draws": record["draws"],
            "seed": record["seed"],
            "resampled": "cars",
        },
    }


def _table(record: AnalysisRecord) -> dict[str, Any]:
    table = record["table"]
    return {name: table[name] for name in ("source", "sha256", "is_synthetic", "rows", "used", "refused")}
