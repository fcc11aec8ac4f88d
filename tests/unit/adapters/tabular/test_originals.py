"""Cells that were sent come back as what they are: numbers, flags, dates and text, in CSV and XLSX alike."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time
from pathlib import Path

import pytest
from tests.support.workbooks import header_row, workbook

from drivetrain.adapters.tabular.answers import write_csv, write_xlsx
from drivetrain.adapters.tabular.job import KINDS_FILE, ORIGINAL_FILE, ParseLimits
from drivetrain.adapters.tabular.originals import original_rows
from drivetrain.adapters.tabular.workbooks import read_workbook
from drivetrain.lifecycle.data.cells import CellKind

TEXTS = [
    "150000",
    "0.1234567890123456",
    "true",
    "false",
    "2022-05-16",
    "2022-05-16T21:45:00",
    "21:45:00",
    "150000",
    "",
]
KINDS = [
    CellKind.NUMBER,
    CellKind.NUMBER,
    CellKind.FLAG,
    CellKind.FLAG,
    CellKind.DATE,
    CellKind.DATE,
    CellKind.DATE,
    CellKind.TEXT,
    CellKind.NUMBER,
]
TYPED = [
    150000,
    0.1234567890123456,
    True,
    False,
    date(2022, 5, 16),
    datetime(2022, 5, 16, 21, 45),
    time(21, 45),
    "150000",
    "",
]
HEADER = [f"c{index}" for index in range(len(TEXTS))]


def kept(folder: Path, texts: list[str], kinds: list[CellKind] | None) -> Path:
    """A table of one row as the child leaves it."""
    with (folder / ORIGINAL_FILE).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER[: len(texts)], texts])
    if kinds is not None:
        (folder / KINDS_FILE).write_bytes(bytes(kinds))
    return folder


def test_the_cells_of_a_spreadsheet_have_their_types(tmp_path):
    header, row = original_rows(kept(tmp_path, TEXTS, KINDS))
    assert header == HEADER
    assert [(type(cell), cell) for cell in row] == [(type(cell), cell) for cell in TYPED]


def test_the_cells_of_csv_are_text(tmp_path):
    _, row = original_rows(kept(tmp_path, TEXTS, None))
    assert row == TEXTS


@pytest.mark.parametrize("text", ["1066-10-14", "2022-05-16T21:45:00Z", "21:45:00+02:00"])
def test_a_date_that_no_spreadsheet_counts_stays_text(tmp_path, text):
    _, row = original_rows(kept(tmp_path, [text], [CellKind.DATE]))
    assert row == [text]


def test_csv_writes_them_as_they_were_read(tmp_path):
    file = io.BytesIO()
    write_csv(file, HEADER, list(original_rows(kept(tmp_path, TEXTS, KINDS)))[1:])
    assert list(csv.reader(io.StringIO(file.getvalue().decode(), newline=""))) == [HEADER, TEXTS]


def test_xlsx_writes_what_is_read_again_with_the_same_kinds(tmp_path):
    file = io.BytesIO()
    write_xlsx(file, HEADER, list(original_rows(kept(tmp_path, TEXTS, KINDS)))[1:])
    table = read_workbook(file.getvalue(), HEADER, ParseLimits(), sheet=None, keep_all=True)
    assert list(table.cells.row(0)) == [*TEXTS[:-1], None]
    assert table.kinds is not None
    # text that is exactly a number becomes one, as in the answers to CSV
    assert list(table.kinds.row(0))[:7] == KINDS[:7]


def test_what_the_child_keeps_of_a_workbook_is_what_it_holds(tmp_path):
    from drivetrain.adapters.tabular.parsing import write_original

    cells = '<c r="A2"><v>1.5</v></c><c r="B2" t="b"><v>1</v></c><c r="C2" s="1"><v>44697</v></c><c r="D2" t="str"><v>x</v></c>'
    content = workbook(header_row(HEADER[:5]) + f'<row r="2">{cells}</row>', formats=["yyyy-mm-dd"])
    write_original(read_workbook(content, HEADER[:5], ParseLimits(), sheet=None, keep_all=True), tmp_path)
    assert list(original_rows(tmp_path)) == [HEADER[:5], [1.5, True, date(2022, 5, 16), "x", ""]]
