"""What a page builds a form from: the fields of an operation's body, derived from the contract that checks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NotRequired, cast

from fastapi import APIRouter, Depends
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.access import PlatformScope
from drivetrain.core.errors import NotFoundError
from drivetrain.lifecycle.data.contracts import (
    LONGEST_TEXT,
    Column,
    FlagColumn,
    InstantColumn,
    ListColumn,
    NumberColumn,
    RowContract,
    Scalar,
    is_optional,
)

_predicts = Needs(PlatformScope.PREDICT)
_FIRST_CLAUSE = re.compile(r"[.;:](?:\s|$)")


class FormField(TypedDict):
    """One field, in the order of the form; the last lines are those of its kind alone.

    ``low`` and ``high`` are refused outside, ``usual_low`` and ``usual_high`` answered with a warning. ``spellings`` are
    further accepted writings with their word. An ``is_open`` list takes other words too, up to ``longest`` characters,
    with a warning. ``without`` is the warning for a missing value.
    """

    name: str
    kind: Literal["number", "word", "flag", "instant", "text"]
    title: str
    help: str
    is_required: bool
    example: str | float | bool
    unit: NotRequired[str]
    is_whole: NotRequired[bool]
    low: NotRequired[float]
    high: NotRequired[float]
    usual_low: NotRequired[float]
    usual_high: NotRequired[float]
    without: NotRequired[str]
    words: NotRequired[list[str]]
    spellings: NotRequired[dict[str, str]]
    is_open: NotRequired[bool]
    longest: NotRequired[int]
    zone: NotRequired[str]
    first_year: NotRequired[int]
    last_year: NotRequired[int]


class FormSummary(TypedDict):
    """An operation that takes the fields of a form; ``model`` answers it."""

    operation: str
    method: Literal["POST"]
    path: str
    model: str


class FormList(TypedDict):
    """Every operation that has a form."""

    items: list[FormSummary]
    next: None


class FormAnswer(FormSummary):
    """The form: its fields in order."""

    fields: list[FormField]


@dataclass(frozen=True, slots=True)
class Form:
    """The body of one operation.

    Attributes:
        operation: its name in the OpenAPI document.
        contract: that checks the body.
    """

    operation: str
    path: str
    model: str
    contract: RowContract

    def summary(self) -> FormSummary:
        """The form without its fields."""
        return {"operation": self.operation, "method": "POST", "path": self.path, "model": self.model}


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of one process; whoever adds a route that a contract checks adds its form."""

    by_operation: dict[str, Form] = field(default_factory=dict)

    def add(self, form: Form) -> None:
        """Offer a form."""
        self.by_operation[form.operation] = form


def form_routes(forms: Forms) -> APIRouter:
    """Routes over the forms; who may predict may see what to fill in."""
    router = APIRouter(prefix="/forms", tags=["forms"], dependencies=[Depends(_predicts)])

    @router.get("")
    @documented(answer(FormList, "Every operation that has a form."))
    def list_forms() -> Response:
        """List the operations that have a form: one object of fields in, one answer out."""
        items = [form.summary() for form in forms.by_operation.values()]
        return json_answer({"items": items, "next": None})

    @router.get("/{operation}")
    @documented(answer(FormAnswer, "The fields in order."), problems=[404])
    def show_form(operation: str) -> Response:
        """Show the form of an operation: for each field its kind, title, help, unit, bounds, accepted words and an example."""
        form = forms.by_operation.get(operation)
        if form is None:
            raise NotFoundError("No operation of this name has a form.", code="forms.not_found")
        return json_answer({**form.summary(), "fields": form_fields(form.contract)})

    return router


def form_fields(contract: RowContract) -> list[FormField]:
    """The fields of a contract in its order."""
    return [_form_field(column) for column in contract.columns]


def _form_field(column: Column) -> FormField:
    kind, own = _of_kind(column)
    shared = {
        "name": column.name,
        "kind": kind,
        "title": _FIRST_CLAUSE.split(column.description, maxsplit=1)[0],
        "help": column.description,
        "is_required": not is_optional(column),
        "example": column.example,
    }
    return cast("FormField", {**shared, **own})


def _of_kind(column: Column) -> tuple[str, Mapping[str, object]]:
    """The kind of a field, and what only that kind has."""
    if isinstance(column, NumberColumn):
        return "number", _of_number(column)
    if isinstance(column, ListColumn):
        return "word", _of_list(column)
    if isinstance(column, FlagColumn):
        return "flag", {}
    if isinstance(column, InstantColumn):
        years = {"first_year": column.first_year, "last_year": column.last_year}
        return "instant", {"zone": column.zone, **years}
    return "text", {}


def _of_number(column: NumberColumn) -> Mapping[str, object]:
    bounds: dict[str, Scalar] = {
        "low": column.low,
        "high": column.high,
        "usual_low": column.usual_low,
        "usual_high": column.usual_high,
    }
    without = {"without": column.without} if column.without else {}
    return {"unit": column.unit, "is_whole": column.whole, **bounds, **without}


def _of_list(column: ListColumn) -> Mapping[str, object]:
    longest = {"longest": LONGEST_TEXT} if column.is_open else {}
    words = {"words": list(column.values), "spellings": dict(column.spellings)}
    return {**words, "is_open": column.is_open, **longest}
