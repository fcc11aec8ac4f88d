"""Many rows at once, the same way for every product: check, decide in chunks, answer in input order.

Nothing is sent before the ledger has all of it: the answer is written whole, the ledger's batch is committed, and
only then does the first byte leave.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Generic, Literal, Protocol, TypeVar

import orjson

from drivetrain.core.errors import (
    MAX_FIELD_ERRORS,
    ContractError,
    DrivetrainError,
    FieldError,
    InvalidInputError,
)
from drivetrain.lifecycle.data.contracts import FieldWarning, RowContract, as_object
from drivetrain.lifecycle.serving.answering import ExplainedDecision, V
from drivetrain.lifecycle.serving.predictions import ModelRef, RequestContext

Mode = Literal["atomic", "partial"]
CHUNK_ROWS = 2_000

JSON = "application/json"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {JSON: "json", CSV: "csv", XLSX: "xlsx"}
"""File name endings of the answers, by media type."""


def media_type_of(name: str) -> str:
    """The media type of a file of answers, by the ending of its name.

    Raises:
        InvalidInputError: answers are not written in this form.
    """
    for media_type, ending in ENDINGS.items():
        if name.lower().endswith(f".{ending}"):
            return media_type
    endings = ", ".join(f".{ending}" for ending in ENDINGS.values())
    raise InvalidInputError(f"{name} must end in one of {endings}.", code="output.unknown_kind")


class Answer(Protocol):
    """What a product answers for one row."""

    @property
    def model(self) -> ModelRef:
        """The version that answered."""
        ...


A = TypeVar("A", bound=Answer)

Decide = Callable[[Iterable[Sequence[bytes]], RequestContext], Generator[list[A], None, None]]
"""Canonical rows as JSON text, in chunks, to answers; durable when exhausted."""


@dataclass(frozen=True, slots=True)
class CheckedUpload:
    """The rows that a client sent, as a list or a table, after the contract's check.

    Attributes:
        total: rows that came in.
        failed: errors by 1-based row number, for the rows that break the contract.
        chunks: the good rows in order, as canonical JSON text; read anew by each call.
        warnings: what is unusual, by 1-based row number.
        ignored_columns: columns of a table that the contract does not know.
        original: every row of a table as it was written, the header first; no rows where they were not kept. The
            numbers, flags and dates of a spreadsheet are what they are there.
        csv_lines: as ``original`` without its header, each row as a table in CSV repeats it; None where it must be
            made of the cells.
        sheet: name of the sheet that was read; None for rows that did not stand in one.
        table_warnings: what is unusual about the table as a whole.
    """

    total: int
    failed: Mapping[int, Sequence[FieldError]]
    chunks: Callable[[], Iterator[Sequence[bytes]]]
    warnings: Mapping[int, Sequence[FieldWarning]] = field(default_factory=dict)
    ignored_columns: Sequence[str] = ()
    original: Callable[[], Iterator[list[Any]]] = lambda: iter(())
    csv_lines: Callable[[], Iterator[str] | None] = lambda: None
    sheet: str | None = None
    table_warnings: Sequence[FieldWarning] = ()

    def notes(self) -> dict[str, Any]:
        """What every answer says of the table as a whole; parts without anything in them are left out."""
        notes = {
            "sheet": self.sheet,
            "ignored_columns": list(self.ignored_columns),
            "table_warnings": [warning.as_dict() for warning in self.table_warnings],
        }
        return {name: note for name, note in notes.items() if note}


class CheckUpload(Protocol):
    """Reads an uploaded table and checks its rows by a contract."""

    def __call__(
        self,
        upload: Path,
        contract: RowContract,
        into: Path,
        *,
        with_original: bool = False,
        sheet: str | None = None,
    ) -> CheckedUpload:
        """Check a table. Broken rows do not raise. Blocking.

        Args:
            upload: the file as it was received; its name says nothing.
            into: an existing empty folder in which the rows lie as long as they are needed.
            with_original: True to keep all cells for an answer that repeats them.
            sheet: name of a spreadsheet's sheet; None for the one that opens, or where that one lacks columns the
                only other visible one that has them.

        Raises:
            ContractError: the header lacks columns or has one twice.
            InvalidInputError, UnreadableInputError, TooLargeError: it is no table, or passes a limit.
            UnavailableError: it cannot be read now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rendering(Generic[A]):
    """How a product writes an answer: as a JSON object in UTF-8, and as the cells that a table gets added."""

    result: Callable[[A, Sequence[FieldWarning]], bytes]
    columns: tuple[str, ...]
    cells: Callable[[A, Sequence[FieldWarning]], list[Any]]


def rendering_of(
    columns: tuple[str, ...], cells: Callable[[V], list[Any]]
) -> Rendering[ExplainedDecision[V, Any]]:
    """The rendering of a rule's values: what explains an answer stands beside them, the same way for every product.

    Args:
        columns: names of the value's cells, in order.
        cells: of one value.
    """

    def result(answer: ExplainedDecision[V, Any], warnings: Sequence[FieldWarning]) -> bytes:
        remarks = [warning.as_dict() for warning in (*warnings, *answer.warnings)]
        return b'%b,"warnings":%b,"decision_id":"%b"}' % (
            answer.answer_json[:-1],  # without its closing brace
            orjson.dumps(remarks) if remarks else b"[]",
            answer.decision_id.encode("ascii"),
        )

    def row(answer: ExplainedDecision[V, Any], warnings: Sequence[FieldWarning]) -> list[Any]:
        unusual = (*warnings, *answer.warnings)
        remarks = "; ".join(warning.detail for warning in unusual) if unusual else ""
        return [*cells(answer.value), remarks, answer.model.version, answer.decision_id]

    return Rendering(result, (*columns, "warnings", "model_version", "decision_id"), row)


def check_list(contract: RowContract, body: Sequence[Any], chunk_rows: int = CHUNK_ROWS) -> CheckedUpload:
    """Check the objects of a JSON list; pointers lead into the list."""
    lines: list[bytes] = []
    failed: dict[int, Sequence[FieldError]] = {}
    warnings: dict[int, Sequence[FieldWarning]] = {}
    for number, item in enumerate(body, start=1):
        try:
            row, unusual = contract.check_row(as_object(item))
        except DrivetrainError as error:
            own = error.errors or (FieldError(error.code, error.detail),)
            failed[number] = [FieldError(e.code, e.detail, pointer=f"/{number - 1}{e.pointer}") for e in own]
            continue
        lines.append(orjson.dumps(row))
        if unusual:
            warnings[number] = unusual

    def chunks() -> Iterator[Sequence[bytes]]:
        for start in range(0, len(lines), chunk_rows):
            yield lines[start : start + chunk_rows]

    return CheckedUpload(len(body), failed, chunks, warnings)


def refuse_broken(total: int, failed: Mapping[int, Sequence[FieldError]], mode: Mode, subject: str) -> None:
    """Refuse the whole batch where it is atomic and a row is broken, or where no row is left.

    Args:
        total: rows of the batch.
        failed: errors by 1-based row number.
        subject: what the rows came as, as the start of a sentence: ``The list``.

    Raises:
        ContractError: with the first errors in row order.
    """
    if failed and (mode == "atomic" or len(failed) == total):
        errors = list(chain.from_iterable(failed[number] for number in sorted(failed)))
        raise ContractError(errors, subject=f"{subject} ({len(failed):,} of {total:,} rows are broken): it")


def in_order(rows: CheckedUpload, answers: Generator[list[A], None, None]) -> Iterator[tuple[int, A | None]]:
    """Every row's number with its answer, None where the row failed; exhausts ``answers``."""
    good = chain.from_iterable(answers)
    for number in range(1, rows.total + 1):
        yield number, None if number in rows.failed else next(good)
    for _ in good:  # lets the ledger's batch end; there is nothing left
        raise AssertionError("more answers than rows")


def write_results(
    file: IO[bytes], rows: CheckedUpload, answers: Generator[list[A], None, None], rendering: Rendering[A]
) -> None:
    """Write the JSON answer of a batch, row by row."""
    model: ModelRef | None = None

    def results() -> Iterator[bytes]:
        nonlocal model
        for number, answer in in_order(rows, answers):
            if answer is None:
                errors = [error.as_dict() for error in rows.failed[number][:MAX_FIELD_ERRORS]]
                yield orjson.dumps({"row": number, "errors": errors})
            else:
                model = answer.model
                yield rendering.result(answer, rows.warnings.get(number, ()))

    file.write(b'{"results":[')
    waiting, start = results(), b""
    while part := list(islice(waiting, CHUNK_ROWS)):
        file.write(start + b",".join(part))
        start = b","
    file.write(b'],"counts":')
    file.write(orjson.dumps({"ok": rows.total - len(rows.failed), "failed": len(rows.failed)}))
    file.write(b',"model":')
    file.write(orjson.dumps(None if model is None else model.as_dict()))
    for name, note in rows.notes().items():
        file.write(f',"{name}":'.encode())
        file.write(orjson.dumps(note))
    file.write(b"}")


class WriteTable(Protocol):
    """Writes a table of answers."""

    def __call__(self, file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Any]], /) -> None:
        """Write header and rows."""
        ...


class WriteCsv(WriteTable, Protocol):
    """Writes a table of answers as CSV."""

    def __call__(
        self,
        file: IO[bytes],
        header: Sequence[str],
        rows: Iterable[Sequence[Any]],
        /,
        *,
        behind: Iterable[str] | None = None,
    ) -> None:
        """Write header and rows; ``behind`` gives the first cells of each as text, where ``rows`` lack them."""
        ...


@dataclass(frozen=True, slots=True)
class TableWriters:
    """Writes answered tables: as JSON, or the original cells with the answer columns added."""

    csv: WriteCsv
    xlsx: WriteTable

    def write(
        self,
        file: IO[bytes],
        media_type: str,
        rows: CheckedUpload,
        answers: Generator[list[A], None, None],
        rendering: Rendering[A],
        mode: Mode,
    ) -> None:
        """Write the answers of a table; the ledger has all of them when this returns."""
        if media_type == JSON:
            write_results(file, rows, answers, rendering)
            return
        added = [*rendering.columns, *(["errors"] if mode == "partial" else [])]
        cells = _answer_cells(rows, answers, rendering, mode)
        original = rows.original()
        header = next(original)
        kept = [place for place, name in enumerate(header) if name not in {*rendering.columns, "errors"}]
        is_whole = len(kept) == len(header)
        if media_type == CSV and is_whole and (lines := rows.csv_lines()) is not None:
            self.csv(file, [*header, *added], cells, behind=lines)
            return
        sent = original if is_whole else ([row[place] for place in kept] for row in original)
        write = self.csv if media_type == CSV else self.xlsx
        write(
            file,
            [*(header[place] for place in kept), *added],
            ([*first, *last] for first, last in zip(sent, cells, strict=True)),
        )


def _answer_cells(
    rows: CheckedUpload, answers: Generator[list[A], None, None], rendering: Rendering[A], mode: Mode
) -> Iterator[list[Any]]:
    """What the answer adds to every row."""
    blank = [None] * len(rendering.columns)
    for number, answer in in_order(rows, answers):
        if answer is None:
            reasons = "; ".join(error.detail for error in rows.failed[number][:MAX_FIELD_ERRORS])
            yield [*blank, reasons]
        else:
            cells = rendering.cells(answer, rows.warnings.get(number, ()))
            yield [*cells, None] if mode == "partial" else cells
