"""Uploaded tables, the same way for every product: spool, check in a limited child process, decide, answer."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Generic

from fastapi import Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from drivetrain.adapters.http.arrival import client_left
from drivetrain.adapters.http.batches import spooled_answer
from drivetrain.adapters.http.bodies import spool_upload
from drivetrain.adapters.http.concurrency import WaitingLine
from drivetrain.lifecycle.data.contracts import RowContract
from drivetrain.lifecycle.serving.batches import (
    CSV,
    ENDINGS,
    JSON,
    XLSX,
    A,
    CheckedUpload,
    CheckUpload,
    Decide,
    Mode,
    Rendering,
    TableWriters,
    refuse_broken,
)
from drivetrain.lifecycle.serving.predictions import RequestContext

MOST_AT_ONCE = 2
"""Tables that one worker answers at a time: each costs a child process and most of a core."""

_MOST_PRESENT = 32
"""Uploads that one worker holds on disk at a time, those still arriving included."""

_PATIENCE_S = 30.0
"""Longest wait of an upload that has arrived, seconds; most clients wait for a minute."""

NOTES_HEADER = "X-Table-Notes"
"""Header of an answered table that says what the JSON answer says beside its rows."""
_LONGEST_NOTES = 2_000
"""Characters; proxies refuse answers whose headers are longer than 4 KiB."""

Sheet = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=255,
        pattern=r"^[^\x00-\x1f]+$",
        description="Name of the sheet of a spreadsheet, also of a hidden one. Without it, the sheet that opens is read, or "
        "where that one lacks columns the only other visible one that has them.",
    ),
]
"""The parameter of every route that takes a table."""

_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
_REFUSED = (0.0, 0)
_BUSY = "Other tables are being processed; send this one again later."


def line_of_tables() -> WaitingLine:
    """Where the uploaded tables of one worker wait."""
    return WaitingLine(MOST_AT_ONCE, most_present=_MOST_PRESENT, patience_s=_PATIENCE_S)


@dataclass(frozen=True, slots=True)
class UploadedTable:
    """A table on disk for as long as its request is answered.

    Attributes:
        path: the bytes as they came.
        parsed: an empty folder for its checked rows.
    """

    path: Path
    parsed: Path


@asynccontextmanager
async def admitted_table(request: Request, line: WaitingLine, *, limit: int) -> AsyncIterator[UploadedTable]:
    """Take the uploaded table of a request: first its bytes, then a place to parse and answer it.

    Args:
        limit: most bytes of the upload.

    Raises:
        TooManyRequestsError: this worker holds too many other tables, or was busy with them for too long.
        TooLargeError, UnsupportedMediaError: as ``spool_upload``.
        UnreadableInputError: as well, or the client left while it waited.
    """
    with line.enter(_BUSY), tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
        table = UploadedTable(Path(folder) / "upload", Path(folder) / "parsed")
        table.parsed.mkdir()
        await spool_upload(request, table.path, limit=limit)
        async with line.place(_BUSY, partial(client_left, request)):
            yield table


@dataclass(frozen=True, slots=True)
class TableAnswers(Generic[A]):
    """Answers uploaded tables of one product.

    Attributes:
        upload_limit: most bytes of an upload.
        line: admits ``MOST_AT_ONCE`` tables at a time.
    """

    contract: RowContract
    check: CheckUpload
    decide: Decide[A]
    rendering: Rendering[A]
    writers: TableWriters
    upload_limit: int
    line: WaitingLine

    async def __call__(
        self, request: Request, context: RequestContext, mode: Mode, sheet: str | None = None
    ) -> Response:
        """Answer the table of a request: JSON, or the same rows with columns added, as ``Accept`` asks.

        Args:
            sheet: name of a spreadsheet's sheet; None to have it chosen.

        Raises:
            TooManyRequestsError: this worker is too busy with other tables.
        """
        async with admitted_table(request, self.line, limit=self.upload_limit) as upload:
            accepted = wanted_type(request.headers.get("accept", ""))
            return await run_in_threadpool(self._answer, upload, context, mode, accepted, sheet)

    def _answer(
        self, upload: UploadedTable, context: RequestContext, mode: Mode, accepted: str, sheet: str | None
    ) -> Response:
        rows = self.check(
            upload.path, self.contract, upload.parsed, with_original=accepted != JSON, sheet=sheet
        )
        refuse_broken(rows.total, rows.failed, mode, "The table")
        with closing(self.decide(rows.chunks(), context)) as answers:
            return spooled_answer(
                lambda file: self.writers.write(file, accepted, rows, answers, self.rendering, mode),
                media_type=accepted,
                file_name=None if accepted == JSON else f"answers.{ENDINGS[accepted]}",
                headers=None if accepted == JSON else {NOTES_HEADER: notes_text(rows)},
            )


def notes_text(rows: CheckedUpload) -> str:
    """What a table cannot say in its rows, as JSON in ASCII: what the JSON answer says beside them.

    Names and warnings that make it too long for a header are left out and counted in ``left_out``.
    """
    counts = {"ok": rows.total - len(rows.failed), "failed": len(rows.failed)}
    notes: dict[str, Any] = {"counts": counts, **rows.notes()}
    while len(text := json.dumps(notes, separators=(",", ":"))) > _LONGEST_NOTES:
        lists = [note for note in notes.values() if isinstance(note, list) and note]
        if not lists:
            notes["sheet"] = notes["sheet"][: len(notes["sheet"]) // 2]
            continue
        max(lists, key=len).pop()
        notes["left_out"] = notes.get("left_out", 0) + 1
    return text


@dataclass(frozen=True, slots=True)
class TableService:
    """What all products of a serving process share for answering uploaded tables.

    Attributes:
        check: reads an upload and checks its rows.
        upload_limit: most bytes of an upload.
        line: where they wait for one another.
    """

    check: CheckUpload
    writers: TableWriters
    upload_limit: int
    line: WaitingLine = field(default_factory=line_of_tables)

    def __call__(self, contract: RowContract, decide: Decide[A], rendering: Rendering[A]) -> TableAnswers[A]:
        """What answers the tables of one contract."""
        return TableAnswers(
            contract, self.check, decide, rendering, self.writers, self.upload_limit, self.line
        )


def wanted_type(accept: str) -> str:
    """The media type that an ``Accept`` header prefers: JSON, CSV or XLSX; JSON where it names none of them.

    The highest ``q`` wins, then the first one named (RFC 9110, section 12.5.1).
    """
    ranges = [_media_range(part) for part in accept.lower().split(",")]
    ranks = {offered: _rank(offered, ranges) for offered in (JSON, CSV, XLSX)}
    best = max(ranks, key=ranks.__getitem__)  # of equal ranks the first
    return best if ranks[best] > _REFUSED else JSON


def _rank(offered: str, ranges: Sequence[tuple[str, float]]) -> tuple[float, int]:
    """Quality and earliness of the most specific range that covers a type."""
    for pattern in (offered, f"{offered.partition('/')[0]}/*", "*/*"):
        ranks = [(quality, -at) for at, (name, quality) in enumerate(ranges) if name == pattern]
        if ranks:
            return max(ranks) if max(ranks)[0] > 0 else _REFUSED
    return _REFUSED


def _media_range(text: str) -> tuple[str, float]:
    """Name and quality of one part of an ``Accept`` header; a quality that cannot be read counts as none given."""
    name, *parameters = (part.strip() for part in text.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q" and _QUALITY.fullmatch(value.strip()):
            return name, float(value)
    return name, 1.0
