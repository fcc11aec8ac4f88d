"""XLS, as far as its reader tells what it holds: sheets, whole columns of numbers, and dates."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
import xlwt

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.old_workbooks import read_old_workbook
from drivetrain.adapters.tabular.text_tables import TextTable
from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.data.cells import CellKind


def saved(*sheets: tuple[str, int, list[list[object]]]) -> bytes:
    """A workbook of sheets, each with its name, its visibility (0, or 1 for hidden) and its rows."""
    dates = xlwt.XFStyle()
    dates.num_format_str = "yyyy-mm-dd hh:mm"
    workbook = xlwt.Workbook()
    for name, visibility, rows in sheets:
        sheet = workbook.add_sheet(name)
        sheet.visibility = visibility
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write(number, column, value, dates)
                elif value is not None:
                    sheet.write(number, column, value)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def read(content: bytes, *names: str, sheet: str | None = None) -> TextTable:
    return read_old_workbook(content, names, ParseLimits(), sheet=sheet, keep_all=False)


def test_columns_of_numbers_keep_their_digits_and_are_numbers():
    rows = [["Our cars"], [], ["a", "b", "c"], [1.125, 0.1234567890123, 7], [None, 2.25, 8]]
    table = read(saved(("cars", 0, rows)), "a", "b", "c")
    assert table.cells.rows() == [("1.125", "0.1234567890123", "7"), (None, "2.25", "8")]
    assert table.kinds is not None
    assert table.kinds.row(0) == (CellKind.NUMBER,) * 3
    assert table.written_cells().row(0) == ("1.1250", "0.1234567890123", "7")


def test_a_column_with_text_among_its_numbers_is_text():
    table = read(saved(("cars", 0, [["a"], [1.125], ["1.250"]])), "a")
    assert table.cells.rows() == [("1.125",), ("1.250",)]
    assert table.kinds is not None
    assert table.kinds.row(0) == (CellKind.TEXT,)


def test_dates_and_flags_have_their_kind():
    table = read(saved(("cars", 0, [["a", "b"], [datetime(2022, 5, 16, 21, 45), True]])), "a", "b")
    assert table.cells.row(0) == ("2022-05-16T21:45:00", "true")
    assert table.kinds is not None
    assert table.kinds.row(0) == (CellKind.DATE, CellKind.FLAG)


def test_the_first_visible_sheet_with_the_columns_is_read_and_named():
    content = saved(
        ("old", 1, [["a"], [1]]),
        ("notes", 0, [["x"], [1]]),
        ("cars", 0, [["a"], [2]]),
        ("b", 0, [["a"], [3]]),
    )
    table = read(content, "a")
    assert (table.sheet, table.cells.rows()) == ("cars", [("2",)])
    table = read(content, "a", sheet="OLD")
    assert (table.sheet, table.cells.rows()) == ("old", [("1",)])
    with pytest.raises(InvalidInputError, match="'old', 'notes', 'cars', 'b'") as refusal:
        read(content, "a", sheet="c")
    assert refusal.value.code == "input.unknown_sheet"


def test_a_workbook_that_shows_no_sheet_is_refused():
    with pytest.raises(InvalidInputError) as refusal:
        read(saved(("old", 1, [["a"], [1]])), "a")
    assert refusal.value.code == "input.hidden_sheets"
