"""What a model's three routes take and answer, derived from its contract and one description of its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import ModelVersionRef, RowCounts, RowFailure, WarningAnswer
from drivetrain.adapters.http.openapi import (
    JSON,
    Answer,
    Component,
    Content,
    F,
    Merged,
    answer,
    body,
    documented,
    upload_of,
)
from drivetrain.lifecycle.data.contracts import Column, RowContract
from drivetrain.lifecycle.serving.batches import CSV, XLSX

EXPLAIN = {
    "name": "explain",
    "in": "query",
    "required": False,
    "schema": {"type": "boolean", "default": True},
    "description": "Whether reasons and comparables are wanted.",
}
"""The parameter of every route that explains one answer."""


SHEET_READ = {"type": "string", "description": "Name of the sheet of a spreadsheet that was read."}


class Accounted(TypedDict):
    """What explains the answer to a row."""

    warnings: list[WarningAnswer]
    decision_id: str


class Versioned(TypedDict):
    """Which version answered."""

    model: ModelVersionRef


@dataclass(frozen=True, slots=True)
class Fields:
    """What a model's answer holds.

    Attributes:
        value: typed dictionary of the decided value's fields.
        explanation: typed dictionary of the fields that only ``explain`` brings.
        comparable: what ``comparable_rows`` makes; None where an answer has no comparables.
    """

    value: Any
    explanation: Any
    comparable: Component | None = None


@dataclass(frozen=True, slots=True)
class PredictionDocumentation:
    """Declares the routes of one model.

    Attributes:
        operation: a verb and a noun; the noun names the schemas: ``RentalPrice``, ``RentalPriceRequest``.
    """

    operation: str
    contract: RowContract
    fields: Fields
    _noun: str = field(init=False)

    def __post_init__(self) -> None:
        """Make the noun a class name."""
        _, _, noun = self.operation.partition("_")
        object.__setattr__(self, "_noun", noun.title().replace("_", ""))

    def one(self, example: Any) -> Callable[[F], F]:
        """One object in, one answer out."""
        single = Merged(self._noun, (self.fields.value, Accounted, Versioned), self._explained())
        return documented(
            answer(single, "The answer, its range, and why.", example=example),
            body=body(self._request(), example=self.contract.example()),
            parameters=[EXPLAIN],
        )

    def many(self, example: Any) -> Callable[[F], F]:
        """A list in, a list out."""
        rows = {"type": "array", "minItems": 1, "items": self._request()}
        return documented(
            answer(self._batch(), "One result for each object, in order.", example=example),
            body=body(rows, example=[self.contract.example()]),
        )

    def file(self, example: Any) -> Callable[[F], F]:
        """A table in; a list out, or the table with columns added."""
        content = {
            JSON: Content(self._batch(), example),
            CSV: Content({"type": "string"}),
            XLSX: Content({"type": "string", "format": "binary"}),
        }
        return documented(
            Answer(
                "One result for each row, in order; or the table with columns added.",
                content,
                headers={
                    "X-Table-Notes": "Of CSV and XLSX: JSON with `counts`, `sheet`, `ignored_columns` and "
                    "`table_warnings`, which the JSON answer holds itself."
                },
            ),
            body=upload_of(self.contract.names),
            problems=[429],
        )

    def _request(self) -> Component:
        return Component(f"{self._noun}Request", self.contract.schema())

    def _explained(self) -> tuple[Any, ...]:
        if self.fields.comparable is None:
            return (self.fields.explanation,)
        comparables = {"type": "array", "items": self.fields.comparable, "description": "Most alike first."}
        return (self.fields.explanation, {"type": "object", "properties": {"comparables": comparables}})

    def _batch(self) -> Component:
        result = Merged(f"{self._noun}Result", (self.fields.value, Accounted))
        properties = {
            "results": {"type": "array", "items": {"anyOf": [result, RowFailure]}},
            "counts": RowCounts,
            "model": ModelVersionRef,
            "ignored_columns": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Columns of the table that the contract does not know.",
            },
            "sheet": SHEET_READ,
            "table_warnings": {
                "type": "array",
                "items": WarningAnswer,
                "description": "What is unusual about the table as a whole: an ignored column that may be meant for an "
                "optional one.",
            },
        }
        return Component(
            f"{self._noun}Batch",
            {"type": "object", "required": ["results", "counts", "model"], "properties": properties},
        )


def comparable_rows(name: str, contract: RowContract, price: str) -> Component:
    """A row of the training table: the contract's columns, each with its value or null, and what was paid or asked.

    Args:
        name: of the schema.
        price: column of the amount.
    """
    columns = {column.name: _kind(column) for column in contract.columns}
    paid = {"type": "number", "description": "As the training table has it."}
    return Component(
        name,
        {"type": "object", "required": [*columns, price], "properties": {**columns, price: paid}},
    )


def _kind(column: Column) -> dict[str, object]:
    """A column as an answer holds it; what it may hold stands in the request."""
    schema = column.schema()
    return {name: schema[name] for name in ("type", "description")}
