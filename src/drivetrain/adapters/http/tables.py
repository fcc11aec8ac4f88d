"""Uploaded tables, the same way for every product: spool, check in a limited child process, decide, answer."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from drivetrain.adapters.http.batches import spooled_answer
from drivetrain.adapters.http.bodies import spool_upload
from drivetrain.core.errors import TooManyRequestsError
from drivetrain.lifecycle.data.contracts import RowContract
from drivetrain.lifecycle.serving.batches import (
    CSV,
    ENDINGS,
    JSON,
    XLSX,
    A,
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
async def admitted_table(
    request: Request, concurrency: asyncio.Semaphore, *, limit: int
) -> AsyncIterator[UploadedTable]:
    """Take the uploaded table of a request, if this worker is not busy with others.

    Args:
        limit: most bytes of the upload.

    Raises:
        TooManyRequestsError: this worker is busy with other tables.
        TooLargeError, UnreadableInputError, UnsupportedMediaError: as ``spool_upload``.
    """
    if concurrency.locked():
        raise TooManyRequestsError(
            "Other tables are being processed; send this one again later.", retry_after_s=2
        )
    async with concurrency:
        with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
            table = UploadedTable(Path(folder) / "upload", Path(folder) / "parsed")
            table.parsed.mkdir()
            await spool_upload(request, table.path, limit=limit)
            yield table


@dataclass(frozen=True, slots=True)
class TableAnswers(Generic[A]):
    """Answers uploaded tables of one product.

    Attributes:
        upload_limit: most bytes of an upload.
        concurrency: admits ``MOST_AT_ONCE`` tables; the next one is refused.
    """

    contract: RowContract
    check: CheckUpload
    decide: Decide[A]
    rendering: Rendering[A]
    writers: TableWriters
    upload_limit: int
    concurrency: asyncio.Semaphore

    async def __call__(self, request: Request, context: RequestContext, mode: Mode) -> Response:
        """Answer the table of a request: JSON, or the same rows with columns added, as ``Accept`` asks.

        Raises:
            TooManyRequestsError: this worker is busy with other tables.
        """
        async with admitted_table(request, self.concurrency, limit=self.upload_limit) as upload:
            accepted = wanted_type(request.headers.get("accept", ""))
            return await run_in_threadpool(self._answer, upload, context, mode, accepted)

    def _answer(self, upload: UploadedTable, context: RequestContext, mode: Mode, accepted: str) -> Response:
        rows = self.check(upload.path, self.contract, upload.parsed, with_original=accepted != JSON)
        refuse_broken(rows.total, rows.failed, mode, "The table")
        with closing(self.decide(rows.chunks(), context)) as answers:
            return spooled_answer(
                lambda file: self.writers.write(file, accepted, rows, answers, self.rendering, mode),
                media_type=accepted,
                file_name=None if accepted == JSON else f"answers.{ENDINGS[accepted]}",
            )


@dataclass(frozen=True, slots=True)
class TableService:
    """What all products of a serving process share for answering uploaded tables.

    Attributes:
        check: reads an upload and checks its rows.
        upload_limit: most bytes of an upload.
        concurrency: admits ``MOST_AT_ONCE`` tables at a time.
    """

    check: CheckUpload
    writers: TableWriters
    upload_limit: int
    concurrency: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))

    def __call__(self, contract: RowContract, decide: Decide[A], rendering: Rendering[A]) -> TableAnswers[A]:
        """What answers the tables of one contract."""
        return TableAnswers(
            contract, self.check, decide, rendering, self.writers, self.upload_limit, self.concurrency
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
