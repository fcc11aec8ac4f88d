"""An uploaded table reaches its task with everything that was said of it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.support.task_fakes import task_record

from drivetrain.adapters.http.table_uploads import TableUpload, TableUploadPorts, table_upload_routes
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.lifecycle.kit.task_records import TaskRecord

CONTENT = b"mileage\n1\n"


class Writer:
    """Lets everyone in who may write tables."""

    async def authenticate(self, _: object) -> Caller:
        return Caller("ada", "k1", frozenset({PlatformScope.TABLES_WRITE}), None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", TableUpload("rides", Path(), ())),
        ("?synthetic=true", TableUpload("rides", Path(), (), is_synthetic=True)),
        (
            "?mapping=km%3Dmileage&source=Lyon&licence=own&accept_refused=true",
            TableUpload("rides", Path(), ["km=mileage"], "Lyon", "own", True),
        ),
    ],
)
async def test_what_is_said_of_a_table_is_given_to_the_task_with_its_file(
    tmp_path: Path, query: str, expected: TableUpload
) -> None:
    uploads: list[TableUpload] = []

    def add(upload: TableUpload, _: str) -> TaskRecord:
        uploads.append(upload)
        return task_record()

    app = FastAPI()
    app.state.authenticator = Writer()
    app.include_router(table_upload_routes(TableUploadPorts(["rides"], tmp_path, 1_000, add, add)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.post(
            f"/tables/rides{query}", content=CONTENT, headers={"Content-Type": "text/csv"}
        )
    assert answer.status_code == 202, answer.text
    (upload,) = uploads
    assert upload.file.read_bytes() == CONTENT
    names = ("name", "source", "licence", "accept_refused", "is_synthetic")
    assert [getattr(upload, name) for name in names] == [getattr(expected, name) for name in names]
    assert list(upload.mapping) == list(expected.mapping)
