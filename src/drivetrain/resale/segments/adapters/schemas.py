"""Buyer segments as JSON: what is asked, what is answered, and what the documentation shows of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import ModelVersionRef
from drivetrain.adapters.http.prediction_schemas import Fields
from drivetrain.core.errors import (
    MAX_FIELD_ERRORS,
    ContractError,
    DrivetrainError,
    FieldError,
    InvalidInputError,
    TooLargeError,
)
from drivetrain.lifecycle.data.contracts import LONGEST_TEXT, FieldWarning, Row, as_object, pointer_token
from drivetrain.lifecycle.serving.batches import Rendering, rendering_of
from drivetrain.resale.segments.application.assign_segment import SegmentAnswer
from drivetrain.resale.segments.application.list_segments import SegmentList
from drivetrain.resale.segments.domain.segments import FEW_INTERACTIONS, Assignment, InterestReason
from drivetrain.resale.segments.model.contract import INTERACTION, MODEL_NAME, MOST_INTERACTIONS

BODY_FIELD = "interactions"


class MembershipAnswer(TypedDict):
    """How surely a buyer belongs to a segment: ``confidence`` in [0, 1]."""

    segment: str
    name: str
    confidence: float


class AssignmentAnswer(MembershipAnswer):
    """The segment, the next one (null where there is only one), and whether the buyer is near enough to fit."""

    second: MembershipAnswer | None
    fits: bool


class InterestReasonAnswer(TypedDict):
    """What speaks for this segment against the next: ``weight`` in [-1, 1]."""

    interest: str
    weight: float
    detail: str


class AssignmentReasons(TypedDict):
    """Why, one reason for each interest."""

    reasons: list[InterestReasonAnswer]


class InterestsAnswer(TypedDict):
    """What the buyers of a segment are after: medians, and mean shares by body and fuel."""

    price_eur: float | None
    age_years: float | None
    power_kw: float | None
    price_ratio: float
    kinds_of_car: float
    bodies: dict[str, float]
    fuels: dict[str, float]


class ListedSegment(TypedDict):
    """One kind of buyer."""

    id: str
    name: str
    profile: str
    buyers: int
    share: float
    stability: float
    interests: InterestsAnswer


class SegmentListAnswer(TypedDict):
    """The segments of the live version, largest first."""

    items: list[ListedSegment]
    next: None
    model: ModelVersionRef
    synthetic: bool


ASSIGNMENT_FIELDS = Fields(AssignmentAnswer, AssignmentReasons)

INTERACTIONS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": [BODY_FIELD],
    "properties": {
        BODY_FIELD: {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_INTERACTIONS,
            "items": INTERACTION.schema(),
            "description": "What one buyer did lately, in any order.",
        }
    },
}

INTERACTIONS_EXAMPLE: dict[str, Any] = {
    BODY_FIELD: [
        {
            "kind": "view",
            "price_eur": 6200,
            "age_years": 9,
            "body": "hatchback",
            "fuel": "petrol",
            "power_kw": 55,
        },
        {
            "kind": "view",
            "price_eur": 4900,
            "age_years": 12,
            "body": "hatchback",
            "fuel": "petrol",
            "power_kw": 51,
        },
        {
            "kind": "view",
            "price_eur": 5400,
            "age_years": 11,
            "body": "sedan",
            "fuel": "petrol",
            "power_kw": 66,
        },
        {
            "kind": "like",
            "price_eur": 5500,
            "age_years": 10,
            "body": "hatchback",
            "fuel": "petrol",
            "power_kw": 59,
        },
        {"kind": "search", "price_eur": 5000, "body": "hatchback"},
    ]
}

_ASSIGNED: dict[str, Any] = {
    "segment": "s1",
    "name": "Budget petrol hatchbacks",
    "confidence": 0.9712,
    "second": {"segment": "s2", "name": "Lower-price diesel vans", "confidence": 0.0214},
    "fits": True,
}
_MODEL = {"name": MODEL_NAME, "version": "3"}
_DECISION = "0198c0de-0000-7000-8000-000000000000"

ASSIGN_EXAMPLE: dict[str, Any] = {
    **_ASSIGNED,
    "reasons": [
        {
            "interest": "body",
            "weight": 0.41,
            "detail": "89% of the interest in hatchbacks; 66% in this segment, 4% in the next.",
        },
        {
            "interest": "price",
            "weight": 0.23,
            "detail": "Looks at cars around 5,400 EUR; 5,542 EUR in this segment, 13,820 EUR in the next.",
        },
    ],
    "warnings": [],
    "model": _MODEL,
    "decision_id": _DECISION,
}
"""The shape of an answer; a real one has a reason for each of the six interests."""

BATCH_EXAMPLE: dict[str, Any] = {
    "results": [{**_ASSIGNED, "warnings": [], "decision_id": _DECISION}],
    "counts": {"ok": 1, "failed": 0},
    "model": _MODEL,
}

LIST_EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "id": "s1",
            "name": "Budget petrol hatchbacks",
            "profile": "Looks at cars around 5,542 EUR, about 11 years old and 61 kW; 66% hatchbacks and 16% sedans; "
            "81% petrol and 14% diesel. A buyer's interest spreads over 2.9 kinds of car, and the upper quartile of the prices "
            "is 1.4 times the lower.",
            "buyers": 490,
            "share": 0.244,
            "stability": 0.99,
            "interests": {
                "price_eur": 5542.0,
                "age_years": 11.0,
                "power_kw": 61.0,
                "price_ratio": 1.4,
                "kinds_of_car": 2.9,
                "bodies": {"hatchback": 0.66, "sedan": 0.16},
                "fuels": {"petrol": 0.81, "diesel": 0.14},
            },
        }
    ],
    "next": None,
    "model": _MODEL,
    "synthetic": True,
}
"""The shape of the list; a real one has every body and fuel."""


def read_interactions(body: Mapping[str, Any]) -> tuple[list[Row], list[FieldWarning]]:
    """The checked interactions of a body, and what is unusual about them, each thing once.

    Raises:
        ContractError: fields are missing, unknown or wrong; each is named, up to a hundred.
        InvalidInputError: there is no interaction.
        TooLargeError: there are too many.
    """
    listed = _listed(body)
    rows: list[Row] = []
    warnings: dict[tuple[str, str], FieldWarning] = {}
    errors: list[FieldError] = []
    for position, item in enumerate(listed):
        try:
            row, unusual = INTERACTION.check_row(as_object(item))
        except DrivetrainError as error:
            own = error.errors or (FieldError(error.code, error.detail),)
            errors += [
                FieldError(problem.code, problem.detail, pointer=f"/{BODY_FIELD}/{position}{problem.pointer}")
                for problem in own
            ]
            continue
        rows.append(row)
        warnings.update({(remark.field, remark.code): _in_our_words(remark) for remark in unusual})
    if errors:
        raise ContractError(errors[:MAX_FIELD_ERRORS], count=len(errors))
    return rows, list(warnings.values())


def cautions(assigned: Assignment) -> list[FieldWarning]:
    """What a client should know before relying on an assignment."""
    warnings = []
    if assigned.interactions < FEW_INTERACTIONS:
        detail = f"Fewer than {FEW_INTERACTIONS} interactions say little of a buyer; ask again when there are more."
        warnings.append(FieldWarning(BODY_FIELD, "resale.few_interactions", detail))
    if not assigned.fits:
        detail = "The buyer is far from every segment; the nearest is named, and may not fit."
        warnings.append(FieldWarning(BODY_FIELD, "resale.fits_no_segment", detail))
    return warnings


def explained(reasons: Sequence[InterestReason]) -> dict[str, Any]:
    """Why a buyer belongs to a segment, as JSON fields."""
    return {"reasons": [reason.as_dict() for reason in reasons]}


def listed_segments(listing: SegmentList) -> dict[str, Any]:
    """The list as a JSON object."""
    return {
        "items": [segment.as_dict() for segment in listing.segments],
        "next": None,
        "model": listing.model.as_dict(),
        "synthetic": listing.is_synthetic,
    }


def _listed(body: Mapping[str, Any]) -> list[Any]:
    unknown = [name for name in body if name != BODY_FIELD]
    errors = [
        FieldError(
            "input.unknown_field",
            f"Send {BODY_FIELD} and nothing else.",
            f"/{pointer_token(name[:LONGEST_TEXT])}",
        )
        for name in unknown[:MAX_FIELD_ERRORS]
    ]
    if BODY_FIELD not in body:
        errors.insert(0, FieldError("input.missing_field", f"{BODY_FIELD} is missing.", f"/{BODY_FIELD}"))
    elif not isinstance(body[BODY_FIELD], list):
        errors.append(
            FieldError("input.not_a_list", f"{BODY_FIELD} must be a list of objects.", f"/{BODY_FIELD}")
        )
    if errors:
        raise ContractError(
            errors[:MAX_FIELD_ERRORS], count=len(errors) + max(0, len(unknown) - MAX_FIELD_ERRORS)
        )
    listed: list[Any] = body[BODY_FIELD]
    if not listed:
        raise InvalidInputError(
            "A buyer without interactions is in no segment; send at least one.", code="resale.no_interactions"
        )
    if len(listed) > MOST_INTERACTIONS:
        raise TooLargeError(
            f"Send at most the last {MOST_INTERACTIONS:,} interactions of a buyer.",
            code="resale.too_many_interactions",
        )
    return listed


def _in_our_words(warning: FieldWarning) -> FieldWarning:
    """A new word of an open list does not widen a range here; it counts as ``other``."""
    if not warning.code.startswith(f"{INTERACTION.domain}.new_"):
        return warning
    return FieldWarning(warning.field, warning.code, f"{warning.field} is not known; it counts as other.")


def _cells(assigned: Assignment) -> list[Any]:
    second = assigned.second
    return [
        assigned.first.segment,
        assigned.first.name,
        assigned.first.confidence,
        None if second is None else second.segment,
        assigned.fits,
    ]


_PLAIN = rendering_of(("segment", "segment_name", "confidence", "second_segment", "fits"), _cells)

RENDERING: Rendering[SegmentAnswer] = Rendering(
    result=lambda answer, warnings: _PLAIN.result(answer, (*warnings, *cautions(answer.value))),
    columns=_PLAIN.columns,
    cells=lambda answer, warnings: _PLAIN.cells(answer, (*warnings, *cautions(answer.value))),
)
"""How lists and tables of assignments are written."""
