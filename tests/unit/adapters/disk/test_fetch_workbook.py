"""A published workbook is recognized by its first sheet."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from xlsxwriter import Workbook

from drivetrain.adapters.disk.fetch import fetch
from drivetrain.core.errors import ConflictError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.data.table_specs import Origin
from drivetrain.rental.buffer.model.chains.dataset import RENTAL_DELAYS

ROWS = 3
TABLE = replace(
    RENTAL_DELAYS, origins=(Origin("https://example.org/a.xlsx", limit_bytes=1 << 20, rows=ROWS),)
)


def workbook(header: tuple[str, ...] = TABLE.header, rows: int = ROWS) -> bytes:
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("rentals_data")
        sheet.write_row(0, 0, header)
        for row in range(rows):
            sheet.write_row(row + 1, 0, (row, 1, "mobile", "ended", 5))
        book.add_worksheet("Documentation").write_row(0, 0, ("field name", "Comment"))
    return file.getvalue()


def fetched(content: bytes, into: Path) -> Path:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    return fetch(TABLE, into, SilentProgress(), transport=transport)


def test_the_published_workbook_is_kept_byte_for_byte(tmp_path: Path) -> None:
    file = fetched(workbook(), tmp_path)
    assert file.name == "get_around_delay_analysis.xlsx"
    assert file.read_bytes() == workbook()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(workbook(rows=ROWS + 1), id="another number of rows"),
        pytest.param(workbook(header=("id", *TABLE.header[1:])), id="another header"),
        pytest.param(b"<html>moved</html>", id="a web page"),
        pytest.param(workbook()[:2_000], id="cut short"),
    ],
)
def test_anything_else_is_not(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConflictError) as refusal:
        fetched(content, tmp_path)
    assert refusal.value.code == "data.origin_changed"
    assert list(tmp_path.iterdir()) == []
