"""Answers as CSV and XLSX: streamed, and nothing in them runs."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fastexcel
import pytest

from drivetrain.adapters.tabular import answers
from drivetrain.adapters.tabular.answers import Cell, escaped, write_csv, write_xlsx
from drivetrain.core.errors import TooLargeError

RUN = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",  # a tab is dropped on import
    "\r=1",
    "\nplain",
    "  =1+1",  # some programs trim
    '"=1+1"',  # quotes that a second reader takes off
    "\ufeff=1",  # a byte order mark in the middle of a file
    "＝1+1",  # full-width, where the locale takes it for the same sign
    "-",
    "-5,5",  # a decimal comma is no number to us
    "+33 6 12 34 56 78",
)
LEFT_ALONE = (
    "",
    "Citroën",
    "-5",
    " -5.25 ",
    "+7",
    "-1e-3",
    "a=b",
    "1-2",
    "'=1+1",
    "it's",
    "150000",
    "2024-01-02",
)


@pytest.mark.parametrize("text", RUN)
def test_text_that_would_run_gets_an_apostrophe_once(text: str) -> None:
    assert escaped(text) == f"'{text}"
    assert escaped(escaped(text)) == escaped(text)


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_text_and_numbers_stay(text: str) -> None:
    assert escaped(text) == text


ROWS: list[list[Cell]] = [
    ["Citroën", "=1+1", "-5", "007", 118.4, -14, True, None],
    ["a;=b", 'say "x"\r\n', "", "x", 0.1, 0, False, None],
]
HEADER = ["make", "=note", "offset", "code", "price_per_day", "effect", "ok", "error"]


def test_csv_reads_back_escaped_in_rows_of_one_width() -> None:
    file = io.BytesIO()
    write_csv(file, HEADER, iter(ROWS))
    text = file.getvalue().decode("utf-8")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["make", "'=note", "offset", "code", "price_per_day", "effect", "ok", "error"],
        ["Citroën", "'=1+1", "-5", "007", "118.4", "-14", "true", ""],
        ["a;=b", 'say "x"\r\n', "", "x", "0.1", "0", "false", ""],
    ]
    assert '"a;=b"' in text  # unquoted, a program that splits at semicolons would run the second half


def test_csv_goes_to_a_path_as_well(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ["a"], [["x"]])
    assert (tmp_path / "a.csv").read_bytes() == b'"a"\r\n"x"\r\n'


def read_back(content: bytes) -> list[tuple[object, ...]]:
    sheet = fastexcel.read_excel(content).load_sheet(0, header_row=None, dtypes="string")
    return sheet.to_polars().rows()


def test_xlsx_reads_back_with_numbers_as_numbers(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", HEADER, iter(ROWS))
    assert read_back((tmp_path / "a.xlsx").read_bytes())[:2] == [
        ("make", "'=note", "offset", "code", "price_per_day", "effect", "ok", "error"),
        ("Citroën", "'=1+1", "-5", "007", "118.4", "-14", "true", None),
    ]


def test_xlsx_holds_no_formula_and_no_link(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", ["a"], [["=1+1"], ["http://example.com"], ["{=1}"]])
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


@pytest.mark.parametrize(
    ("text", "becomes_a_number"),
    [
        ("12.5", True),
        ("-5", True),
        ("0", True),
        ("007", False),
        ("1.50", False),
        ("1" * 16, False),
        ("1e3", False),
    ],
)
def test_xlsx_turns_text_into_a_number_only_where_it_shows_the_same(
    text: str, becomes_a_number: bool
) -> None:
    file = io.BytesIO()
    write_xlsx(file, ["a"], [[text]])
    sheet = fastexcel.read_excel(file.getvalue()).load_sheet(0)
    assert sheet.to_polars().to_series().dtype.is_numeric() is becomes_a_number
    assert read_back(file.getvalue())[1] == (text,)


def test_xlsx_refuses_more_rows_than_a_sheet_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_XLSX_ROWS", 3)
    write_xlsx(io.BytesIO(), ["a"], [[1]] * 2)
    with pytest.raises(TooLargeError):
        write_xlsx(io.BytesIO(), ["a"], [[1]] * 3)


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_rows_are_taken_one_at_a_time_and_their_errors_come_through(write: object) -> None:
    def rows() -> Iterator[list[Cell]]:
        yield ["x"]
        raise RuntimeError("the model went away")

    with pytest.raises(RuntimeError, match="went away"):
        write(io.BytesIO(), ["a"], rows())  # type: ignore[operator]


@pytest.mark.parametrize("count", [1, 2_001])
def test_cells_behind_ready_lines_are_the_table_that_is_written_of_all_cells(count: int) -> None:
    sent = [[str(number), "a,b", '"'] for number in range(count)]
    added: list[list[Cell]] = [[number / 2, "EUR", None, True] for number in range(count)]
    header = [*"abc", "price", "currency", "warnings", "flag"]
    whole, joined = io.BytesIO(), io.BytesIO()
    write_csv(whole, header, ([*first, *last] for first, last in zip(sent, added, strict=True)))
    write_csv(joined, header, iter(added), behind=(f'"{row[0]}","a,b",""""' for row in sent))
    assert joined.getvalue() == whole.getvalue()


@pytest.mark.parametrize("lines", [1, 3])
def test_more_or_fewer_ready_lines_than_rows_are_a_fault(lines: int) -> None:
    with pytest.raises(ValueError):
        write_csv(io.BytesIO(), ["a", "b"], [[1.0], [2.0]], behind=['"x"'] * lines)
