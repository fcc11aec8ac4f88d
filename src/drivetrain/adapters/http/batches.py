"""Many rows at once, the same way for every product: check, decide in chunks, answer in input order.

Nothing is sent before the ledger has all of it: the answer is spooled, the ledger's batch is
committed, and only then does the first byte leave.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any, Generic, Literal, Protocol, TypeVar

import orjson
from starlette.responses import StreamingResponse

from drivetrain.adapters.http.bodies import as_object
from drivetrain.core.errors import MAX_FIELD_ERRORS, ContractError, DrivetrainError, FieldError
from drivetrain.lifecycle.data.contracts import FieldWarning, RowContract
from drivetrain.lifecycle.serving.answering import Answered, V
from drivetrain.lifecycle.serving.predictions import ModelRef, RequestContext

Mode = Literal["atomic", "partial"]
CHUNK_ROWS = 2_000
_IN_MEMORY_BYTES = 1 << 20
_BLOCK = 1 << 16


class Answer(Protocol):
    """What a product answers for one row."""

    @property
    def model(self) -> ModelRef:
        """The version that answered."""
        ...


A = TypeVar("A", bound=Answer)

Decide = Callable[[Iterable[Sequence[bytes]], RequestContext], Generator[list[A], None, None]]
"""Canonical rows as JSON text, in chunks, to answers; durable when exhausted."""


class CheckedRows(Protocol):
    """Rows after the contract's check."""

    @property
    def total(self) -> int:
        """Rows that came in."""
        ...

    @property
    def failed(self) -> Mapping[int, Sequence[FieldError]]:
        """Errors by 1-based row number, for the rows that break the contract."""
        ...

    @property
    def warnings(self) -> Mapping[int, Sequence[FieldWarning]]:
        """What is unusual, by 1-based row number."""
        ...

    @property
    def ignored_columns(self) -> Sequence[str]:
        """Columns of a table that the contract does not know."""
        ...

    def chunks(self) -> Iterator[Sequence[bytes]]:
        """The good rows in order, as canonical JSON text."""
        ...


@dataclass(frozen=True, slots=True)
class Rendering(Generic[A]):
    """How a product writes an answer: as a JSON object, and as the cells that a table gets added."""

    result: Callable[[A, Sequence[FieldWarning]], dict[str, Any]]
    columns: tuple[str, ...]
    cells: Callable[[A, Sequence[FieldWarning]], list[Any]]


def rendering_of(columns: tuple[str, ...], cells: Callable[[V], list[Any]]) -> Rendering[Answered[V, Any]]:
    """The rendering of a rule's values: what accounts for an answer stands beside them, the same way for every product.

    Args:
        columns: names of the value's cells, in order.
        cells: of one value.
    """

    def result(answer: Answered[V, Any], warnings: Sequence[FieldWarning]) -> dict[str, Any]:
        return {
            **answer.value.as_dict(),
            "warnings": [warning.as_dict() for warning in warnings],
            "decision_id": answer.decision_id,
        }

    def row(answer: Answered[V, Any], warnings: Sequence[FieldWarning]) -> list[Any]:
        told = "; ".join(warning.detail for warning in warnings)
        return [*cells(answer.value), told, answer.model.version, answer.decision_id]

    return Rendering(result, (*columns, "warnings", "model_version", "decision_id"), row)


@dataclass(slots=True)
class CheckedList:
    """A JSON list after the contract's check."""

    total: int
    lines: list[bytes] = field(default_factory=list)
    failed: dict[int, Sequence[FieldError]] = field(default_factory=dict)
    warnings: dict[int, Sequence[FieldWarning]] = field(default_factory=dict)
    ignored_columns: tuple[str, ...] = ()

    def chunks(self) -> Iterator[Sequence[bytes]]:
        """The good rows in order, as canonical JSON text."""
        for at in range(0, len(self.lines), CHUNK_ROWS):
            yield self.lines[at : at + CHUNK_ROWS]


def check_list(contract: RowContract, body: Sequence[Any]) -> CheckedList:
    """Check the objects of a JSON list; pointers lead into the list."""
    checked = CheckedList(len(body))
    for number, item in enumerate(body, start=1):
        try:
            row, warnings = contract.check_row(as_object(item))
        except DrivetrainError as error:
            own = error.errors or (FieldError(error.code, error.detail),)
            checked.failed[number] = [
                FieldError(e.code, e.detail, pointer=f"/{number - 1}{e.pointer}") for e in own
            ]
            continue
        checked.lines.append(orjson.dumps(row))
        if warnings:
            checked.warnings[number] = warnings
    return checked


def refuse_broken(rows: CheckedRows, mode: Mode, subject: str) -> None:
    """Refuse the whole batch where it is atomic and a row is broken, or where no row is left.

    Raises:
        ContractError: with the first errors in row order.
    """
    if rows.failed and (mode == "atomic" or len(rows.failed) == rows.total):
        errors = list(chain.from_iterable(rows.failed[number] for number in sorted(rows.failed)))
        raise ContractError(
            errors, subject=f"{subject} ({len(rows.failed):,} of {rows.total:,} rows are broken): it"
        )


def in_order(rows: CheckedRows, answers: Generator[list[A], None, None]) -> Iterator[tuple[int, A | None]]:
    """Every row's number with its answer, None where the row failed; exhausts ``answers``."""
    good = chain.from_iterable(answers)
    for number in range(1, rows.total + 1):
        yield number, None if number in rows.failed else next(good)
    for _ in good:  # lets the ledger's batch end; there is nothing left
        raise AssertionError("more answers than rows")


def write_results(
    file: IO[bytes], rows: CheckedRows, answers: Generator[list[A], None, None], rendering: Rendering[A]
) -> None:
    """Write the JSON answer of a batch, row by row."""
    model: ModelRef | None = None
    file.write(b'{"results":[')
    for number, answer in in_order(rows, answers):
        if answer is None:
            result = {
                "row": number,
                "errors": [error.as_dict() for error in rows.failed[number][:MAX_FIELD_ERRORS]],
            }
        else:
            model = answer.model
            result = rendering.result(answer, rows.warnings.get(number, ()))
        file.write(b"," if number > 1 else b"")
        file.write(orjson.dumps(result))
    file.write(b'],"counts":')
    file.write(orjson.dumps({"ok": rows.total - len(rows.failed), "failed": len(rows.failed)}))
    file.write(b',"model":')
    file.write(orjson.dumps(None if model is None else model.as_dict()))
    if rows.ignored_columns:
        file.write(b',"ignored_columns":')
        file.write(orjson.dumps(list(rows.ignored_columns)))
    file.write(b"}")


def spooled_answer(
    write: Callable[[IO[bytes]], None], *, media_type: str, file_name: str | None = None
) -> StreamingResponse:
    """An answer that is written whole before its first byte leaves; large ones wait on disk.

    Whatever ``write`` raises is raised from here, and nothing has been sent.
    """
    spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed when the answer has left
    try:
        write(spool)
    except BaseException:
        spool.close()
        raise
    headers = {"Content-Length": str(spool.tell())}
    if file_name is not None:
        headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    spool.seek(0)
    return StreamingResponse(_blocks(spool), media_type=media_type, headers=headers)


def answer_list(
    rows: CheckedRows, answers: Generator[list[A], None, None], rendering: Rendering[A]
) -> StreamingResponse:
    """The JSON answer of a batch, once the ledger has all of it."""
    with closing(answers):
        return spooled_answer(
            lambda file: write_results(file, rows, answers, rendering), media_type="application/json"
        )


def _blocks(spool: IO[bytes]) -> Iterator[bytes]:
    with spool:
        while block := spool.read(_BLOCK):
            yield block
