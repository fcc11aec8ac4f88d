"""Uploaded tables, the same way for every product: spool, parse in a limited child process, decide, answer."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Generic, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from drivetrain.adapters.http.batches import (
    A,
    CheckedRows,
    Decide,
    Mode,
    Rendering,
    in_order,
    refuse_broken,
    spooled_answer,
    write_results,
)
from drivetrain.adapters.http.bodies import spool_upload
from drivetrain.core.errors import MAX_FIELD_ERRORS, TooManyRequestsError
from drivetrain.lifecycle.serving.predictions import RequestContext

JSON = "application/json"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = {JSON: "json", CSV: "csv", XLSX: "xlsx"}
"""File name endings of the answers, by media type."""

MOST_AT_ONCE = 2
"""Tables that one worker answers at a time: each costs a child process and most of a core."""


class ParsedTable(CheckedRows, Protocol):
    """An uploaded table after the contract's check, with its original cells."""

    def header(self) -> list[str]:
        """The original column names."""
        ...

    def original(self) -> Iterator[list[str]]:
        """The original cells of every row, in order."""
        ...


class ParseTable(Protocol):
    """Parses and checks an upload."""

    def __call__(self, upload: Path, into: Path, *, with_original: bool) -> ParsedTable:
        """Parse ``upload``, keeping what is needed in the folder ``into``."""
        ...


class WriteTable(Protocol):
    """Writes a table of answers."""

    def __call__(self, file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Any]], /) -> None:
        """Write header and rows."""
        ...


@dataclass(frozen=True, slots=True)
class TableWriters:
    """Writes answered tables: as JSON, or the original cells with the answer columns added."""

    csv: WriteTable
    xlsx: WriteTable

    def write(
        self,
        file: IO[bytes],
        media_type: str,
        rows: ParsedTable,
        answers: Generator[list[A], None, None],
        rendering: Rendering[A],
        mode: Mode,
    ) -> None:
        """Write the answers of a table; the ledger has all of them when this returns."""
        if media_type == JSON:
            write_results(file, rows, answers, rendering)
            return
        header = [*rows.header(), *rendering.columns, *(["errors"] if mode == "partial" else [])]
        write = self.csv if media_type == CSV else self.xlsx
        write(file, header, _answered_rows(rows, answers, rendering, mode))


@dataclass(frozen=True, slots=True)
class TableAnswers(Generic[A]):
    """Answers uploaded tables of one product.

    Attributes:
        upload_limit: most bytes of an upload.
        places: lets ``MOST_AT_ONCE`` tables in; the next is told to come back.
    """

    parse: ParseTable
    decide: Decide[A]
    rendering: Rendering[A]
    writers: TableWriters
    upload_limit: int
    places: asyncio.Semaphore

    async def __call__(self, request: Request, context: RequestContext, mode: Mode) -> Response:
        """Answer the table of a request: JSON, or the same rows with columns added, as ``Accept`` asks.

        Raises:
            TooManyRequestsError: this worker is busy with other tables.
        """
        if self.places.locked():
            raise TooManyRequestsError(
                "Other tables are being answered; send this one again.", retry_after_s=2
            )
        async with self.places:
            with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
                upload = Path(folder) / "upload"
                await spool_upload(request, upload, limit=self.upload_limit)
                accepted = wanted_type(request.headers.get("accept", ""))
                return await run_in_threadpool(self._answer, upload, context, mode, accepted)

    def _answer(self, upload: Path, context: RequestContext, mode: Mode, accepted: str) -> Response:
        into = upload.with_name("parsed")
        into.mkdir()
        rows = self.parse(upload, into, with_original=accepted != JSON)
        refuse_broken(rows, mode, "The table")
        with closing(self.decide(rows.chunks(), context)) as answers:
            return spooled_answer(
                lambda file: self.writers.write(file, accepted, rows, answers, self.rendering, mode),
                media_type=accepted,
                file_name=None if accepted == JSON else f"answers.{ENDINGS[accepted]}",
            )


def wanted_type(accept: str) -> str:
    """The media type that an ``Accept`` header asks for first: CSV, XLSX, or else JSON."""
    for part in accept.lower().split(","):
        name = part.partition(";")[0].strip()
        if name in {CSV, XLSX}:
            return name
        if name in {JSON, "*/*"}:
            break
    return JSON


def _answered_rows(
    rows: ParsedTable, answers: Generator[list[A], None, None], rendering: Rendering[A], mode: Mode
) -> Iterator[list[Any]]:
    """The original cells of every row with the answer's cells behind them."""
    blank = [None] * len(rendering.columns)
    for cells, (number, answer) in zip(rows.original(), in_order(rows, answers), strict=True):
        if answer is None:
            why = "; ".join(error.detail for error in rows.failed[number][:MAX_FIELD_ERRORS])
            yield [*cells, *blank, why]
        else:
            own = [*cells, *rendering.cells(answer, rows.warnings.get(number, ()))]
            yield [*own, None] if mode == "partial" else own
