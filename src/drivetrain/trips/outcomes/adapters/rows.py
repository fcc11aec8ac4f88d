"""Reported outcomes as rows: their contract, and what becomes of a batch of them, whichever way it came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any
from uuid import UUID

import orjson

from drivetrain.core.errors import MAX_FIELD_ERRORS, ConflictError, FieldError
from drivetrain.lifecycle.data.contracts import NumberColumn, RowContract, TextColumn
from drivetrain.lifecycle.serving.batches import CheckedUpload, Mode, refuse_broken
from drivetrain.trips.outcomes.application.record_outcomes import (
    OUTCOME_CONFLICT,
    AddedOutcomes,
    RecordOutcomes,
)
from drivetrain.trips.outcomes.domain.outcomes import LONGEST_REPORTED_MIN, ReadOutcomes, read_outcomes

EXAMPLE = {"trip_id": "019df2f5-6100-8abc-8abc-abcdef000007", "duration_min": 14.5}
ENDED_EXAMPLE = {"trip_id": "019df2f5-6100-8abc-8abc-abcdef000008", "ended_at": "2026-05-04T05:21:30Z"}

TRIP_OUTCOMES = RowContract(
    "trip-outcomes",
    "trips",
    (
        TextColumn("trip_id", "Id of the scored ride, a UUID.", str(EXAMPLE["trip_id"])),
        NumberColumn(
            "duration_min",
            "How long the trip took; more than 0. Or give ended_at.",
            "min",
            low=0,
            high=LONGEST_REPORTED_MIN,
            usual_low=0,
            usual_high=LONGEST_REPORTED_MIN,
            example=14.5,
            whole=False,
            why="a longer one is a meter that was left running",
            optional=True,
        ),
        TextColumn(
            "ended_at",
            "When the trip ended, ISO 8601 with its zone. Or give duration_min.",
            str(ENDED_EXAMPLE["ended_at"]),
            optional=True,
        ),
    ),
)

Place = Callable[[int, FieldError], FieldError]
"""Says where in the input an error of a row stands."""


def in_list(number: int, error: FieldError) -> FieldError:
    """In a JSON list."""
    return replace(error, pointer=f"/{number - 1}{error.pointer}")


def in_table(number: int, error: FieldError) -> FieldError:
    """In a table."""
    return FieldError(error.code, error.detail, row=number, column=error.pointer.removeprefix("/"))


@dataclass(frozen=True, slots=True)
class RecordedRows:
    """What became of a batch.

    Attributes:
        failed: what is wrong, by 1-based row number.
    """

    total: int
    read: ReadOutcomes
    added: AddedOutcomes
    failed: Mapping[int, tuple[FieldError, ...]]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows met which end."""
        return {**self.added.counts, "failed": len(self.failed)}

    def results(self) -> Iterator[dict[str, Any]]:
        """One result for each row, in input order."""
        place = dict(zip(self.read.numbers.tolist(), range(len(self.read.numbers)), strict=True))
        ids = self.read.outcomes.trip_ids.tolist()
        for number in range(1, self.total + 1):
            if number in self.failed:
                yield {
                    "row": number,
                    "errors": [error.as_dict() for error in self.failed[number][:MAX_FIELD_ERRORS]],
                }
                continue
            index = place[number]
            yield {
                "trip_id": str(UUID(bytes=ids[index])),
                "is_new": bool(self.added.is_new[index]),
                "is_waiting": bool(self.added.is_waiting[index]),
            }

    def failed_rows(self) -> list[dict[str, Any]]:
        """The first failed rows with their errors."""
        first = sorted(self.failed)[:MAX_FIELD_ERRORS]
        return [
            {"row": number, "errors": [error.as_dict() for error in self.failed[number]]} for number in first
        ]


def record_rows(
    record: RecordOutcomes,
    rows: CheckedUpload,
    mode: Mode,
    place: Place,
    *,
    subject: str,
    by: str,
    source: str,
    is_synthetic: bool,
) -> RecordedRows:
    """Record rows that were checked against the contract.

    Args:
        subject: what they came as, for the error: ``The list``.

    Raises:
        ContractError: a row is wrong and the batch is atomic, or none is left. Nothing was kept.
        ConflictError: other outcomes stand already, and the batch is atomic or none is left. Nothing was
            kept.
        UnavailableError: the database cannot be reached. Nothing was kept.
    """
    failed = {number: tuple(errors) for number, errors in rows.failed.items()}
    good = (number for number in range(1, rows.total + 1) if number not in rows.failed)
    lines = chain.from_iterable(rows.chunks())
    checked = read_outcomes(
        ((number, orjson.loads(line)) for number, line in zip(good, lines, strict=True)), record.clock.now()
    )
    failed |= {number: (place(number, error),) for number, error in checked.failed.items()}
    refuse_broken(rows.total, failed, mode, subject)
    added = record(checked.outcomes, by=by, source=source, is_synthetic=is_synthetic, whole=mode == "atomic")
    late = {
        int(checked.numbers[index]): (place(int(checked.numbers[index]), error),)
        for index, error in added.failed.items()
    }
    failed |= late
    if late and (mode == "atomic" or len(failed) == rows.total):
        _refuse(failed, rows.total, mode, subject)
    return RecordedRows(rows.total, checked, added, failed)


def _refuse(failed: Mapping[int, tuple[FieldError, ...]], total: int, mode: Mode, subject: str) -> None:
    errors = [error for number in sorted(failed) for error in failed[number]]
    if all(error.code == OUTCOME_CONFLICT for error in errors):
        raise ConflictError(
            f"{subject} was not recorded: of {len(failed):,} of {total:,} trips another outcome is already recorded, "
            "and outcomes are never changed.",
            code=OUTCOME_CONFLICT,
            errors=errors,
        )
    refuse_broken(total, failed, mode, subject)
