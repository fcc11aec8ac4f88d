"""Routes that take a table for models to learn from: previewed, or judged and added, by background tasks."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer, spool_upload
from drivetrain.adapters.http.openapi import answer, documented, upload_of
from drivetrain.adapters.http.tasks import EXAMPLE, TaskAnswer, task_as_dict
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.errors import NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.lifecycle.kit.task_records import TaskRecord

_SUFFIXES = (".csv", ".xlsx", ".xls")
_LONGEST = 300
_writes = Needs(PlatformScope.TABLES_WRITE)

Mapping = Annotated[
    list[str] | None,
    Query(
        max_length=100,
        description="The file's headings with the table's columns, `THEIRS=OURS`; may be repeated.",
    ),
]
Words = Annotated[
    str | None,
    Query(max_length=_LONGEST, description="Shown in every model card; kept from before if omitted."),
]


@dataclass(frozen=True, slots=True)
class TableUpload:
    """A table that somebody sent.

    Attributes:
        file: alone in its folder, which the task removes.
        source, licence: None for what is known of the table already.
        is_synthetic: True for rows that were made up.
    """

    name: str
    file: Path
    mapping: Sequence[str]
    source: str | None = None
    licence: str | None = None
    accept_refused: bool = False
    is_synthetic: bool = False


@dataclass(frozen=True, slots=True)
class TableUploadPorts:
    """What the routes ask.

    Attributes:
        names: of the tables that are known.
        folder: where uploads wait.
        most_bytes: of an upload.
        preview, add: defer the work on an upload for an actor; the task.
    """

    names: Sequence[str]
    folder: Path
    most_bytes: int
    preview: Callable[[TableUpload, str], TaskRecord]
    add: Callable[[TableUpload, str], TaskRecord]


def table_upload_routes(ports: TableUploadPorts) -> APIRouter:
    """Routes under ``/tables``."""
    router = APIRouter(prefix="/tables", tags=["tables"])
    columns = upload_of(["of the table"])

    @router.post("/{name}/previews", status_code=202)
    @documented(
        answer(TaskAnswer, "The task; its result is the preview.", status=202, example=EXAMPLE),
        body=columns,
        problems=[404, 503],
    )
    async def preview_table(
        name: str,
        request: Request,
        mapping: Mapping = None,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """Read a file as a table, in the background: its columns, a proposed mapping, what would be refused and why."""
        return await _taken(
            ports, ports.preview, TableUpload(_known(ports, name), Path(), mapping or ()), request, caller
        )

    @router.post("/{name}", status_code=202)
    @documented(
        answer(TaskAnswer, "The task; its result is the version.", status=202, example=EXAMPLE),
        body=columns,
        problems=[404, 503],
    )
    async def add_table(
        name: str,
        request: Request,
        mapping: Mapping = None,
        source: Words = None,
        licence: Words = None,
        accept_refused: Annotated[
            bool, Query(description="Take it also where more rows are refused than usual.")
        ] = False,
        synthetic: Annotated[
            bool, Query(description="Its rows were made up; whatever learns from it is marked so.")
        ] = False,
        caller: Caller = Depends(_writes),
    ) -> Response:
        """Judge a file and make it the current version of its table, in the background; what is refused changes nothing."""
        upload = TableUpload(
            _known(ports, name), Path(), mapping or (), source, licence, accept_refused, synthetic
        )
        return await _taken(ports, ports.add, upload, request, caller)

    return router


def _known(ports: TableUploadPorts, name: str) -> str:
    if name not in ports.names:
        raise NotFoundError(
            f"There is no table of this name; there are: {', '.join(ports.names)}.", code="data.unknown_table"
        )
    return name


async def _taken(
    ports: TableUploadPorts,
    defer: Callable[[TableUpload, str], TaskRecord],
    upload: TableUpload,
    request: Request,
    caller: Caller,
) -> Response:
    folder = ports.folder / new_id()
    folder.mkdir(parents=True)
    try:
        spooled = folder / "upload"
        suffix = Path(await spool_upload(request, spooled, limit=ports.most_bytes)).suffix.lower()
        file = spooled.rename(folder / f"table{suffix if suffix in _SUFFIXES else '.csv'}")
        record = await run_in_threadpool(defer, replace(upload, file=file), caller.subject)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    taken = json_answer(task_as_dict(record), status=202)
    taken.headers["Location"] = f"/tasks/{record.task_id}"
    return taken
