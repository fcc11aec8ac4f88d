"""Which sheet of a workbook is read, what its cells are, and which workbooks are refused."""

from __future__ import annotations

import polars as pl
import pytest
from tests.support.workbooks import SheetXml, header_row, row_of, workbook

from drivetrain.adapters.tabular import workbooks
from drivetrain.adapters.tabular.frame_checks import CheckedFrame, check_table
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.text_tables import TextTable
from drivetrain.adapters.tabular.workbooks import read_workbook
from drivetrain.core.errors import ContractError, DrivetrainError, InvalidInputError, TooLargeError
from drivetrain.lifecycle.data.cells import UNCALCULATED, CellKind
from drivetrain.lifecycle.data.contracts import ListColumn, NumberColumn, RowContract, TextColumn

LENGTH = NumberColumn(
    "length", "l", unit="m", low=0, high=10_000, usual_low=0, usual_high=10_000, example=1, whole=False
)
SEATS = NumberColumn(
    "seats", "s", unit="", low=1, high=9, usual_low=1, usual_high=9, example=4, optional=True
)
MAKE = ListColumn("make", "m", values=("Audi",), example="Audi", is_open=True, optional=True)
NOTE = TextColumn("note", "n", optional=True)
CARS = RowContract("cars", "test", (LENGTH, SEATS, MAKE, NOTE))


def read(
    content: bytes, *, sheet: str | None = None, keep_all: bool = False, limits: ParseLimits | None = None
) -> TextTable:
    return read_workbook(
        content,
        CARS.names,
        limits or ParseLimits(),
        optional=CARS.optional_names,
        sheet=sheet,
        keep_all=keep_all,
    )


def lengths(*values: str, name: str = "cars", state: str = "visible", kind: str = "worksheet") -> SheetXml:
    rows = (row_of(f"<v>{value}</v>", number=number) for number, value in enumerate(values, start=2))
    return SheetXml(header_row(["length"]) + "".join(rows), name, state, kind)


NOTES = SheetXml(header_row(["notes"]), "notes")


@pytest.mark.parametrize(
    ("sheets", "active", "name", "value"),
    [
        ([lengths("1")], None, "cars", "1"),
        ([lengths("1", name="a"), lengths("2", name="b")], None, "a", "1"),
        ([lengths("1", name="a"), lengths("2", name="b")], 1, "b", "2"),
        # one page of notes opens, and one other sheet has the columns
        ([NOTES, lengths("2", name="b")], 0, "b", "2"),
        ([lengths("1", name="a"), NOTES], 1, "a", "1"),
        # hidden sheets are never read by themselves
        ([lengths("1", name="old", state="hidden"), lengths("2", name="b")], 1, "b", "2"),
        ([lengths("1", name="old", state="hidden"), lengths("2", name="b")], None, "b", "2"),
        ([lengths("1", name="old", state="veryHidden"), NOTES, lengths("2", name="b")], 1, "b", "2"),
        # a chart has no cells
        ([lengths("1", name="chart", kind="chartsheet"), lengths("2", name="b")], 0, "b", "2"),
    ],
)
def test_the_sheet_that_opens_is_read_or_the_only_other_that_fits(sheets, active, name, value):
    table = read(workbook(*sheets, active=active))
    assert (table.sheet, table.contract_cells().row(0)) == (name, (value,))


@pytest.mark.parametrize("hidden", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_read_when_it_is_named(hidden):
    content = workbook(lengths("1", name="old", state=hidden), lengths("2", name="b"))
    table = read(content, sheet="OLD")
    assert (table.sheet, table.contract_cells().row(0)) == ("old", ("1",))


@pytest.mark.parametrize(
    ("sheets", "sheet", "code", "named"),
    [
        ([NOTES, lengths("1", name="a"), lengths("2", name="b")], None, "input.several_sheets", "'a', 'b'"),
        ([lengths("1", name="a", state="hidden")], None, "input.hidden_sheets", "hidden"),
        ([lengths("1", name="a"), NOTES], "c", "input.unknown_sheet", "'a', 'notes'"),
    ],
)
def test_a_sheet_that_cannot_be_chosen_is_the_senders_to_name(sheets, sheet, code, named):
    with pytest.raises(InvalidInputError, match=named) as refusal:
        read(workbook(*sheets), sheet=sheet)
    assert refusal.value.code == code


def test_the_message_about_a_header_names_its_sheet_and_row():
    content = workbook(row_of("<is><t>lenght</t></is>", number=3, kind="inlineStr"))
    with pytest.raises(ContractError, match=r"The header \(row 3 of the sheet 'cars': 'lenght'\)") as refusal:
        read(content)
    assert "'lenght'" in refusal.value.errors[0].detail


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"active": 1}, "input.contradictory_spreadsheet"),
        ({"properties": "<x></y>"}, "input.unreadable_spreadsheet"),
        ({"parts": {"xl/workbook.xml": "<workbook/>"}}, "input.unreadable_spreadsheet"),
        ({"parts": {"XL/WORKSHEETS/SHEET1.XML": ""}}, "input.contradictory_spreadsheet"),
        ({"parts": {"xl\\worksheets\\sheet1.xml": ""}}, "input.contradictory_spreadsheet"),
        ({"parts": {"xl/worksheets/./sheet%31.xml": ""}}, "input.contradictory_spreadsheet"),
        ({"parts": {"xl/_rels/workbook.xml.rels": "<Relationships/>"}}, "input.contradictory_spreadsheet"),
        ({"parts": {"xl/sharedStrings.xml": "<sst"}}, "input.unreadable_spreadsheet"),
        ({"parts": {"xl/styles.xml": "<!DOCTYPE x><styleSheet/>"}}, "input.unreadable_spreadsheet"),
        ({"parts": {"_rels/.rels": "<Relationships/>"}}, ""),  # the usual place
    ],
)
def test_a_workbook_whose_parts_do_not_fit_is_refused(changes, code):
    content = workbook(lengths("1"), **changes)
    if not code:
        assert read(content).cells.height == 1
        return
    with pytest.raises(DrivetrainError) as refusal:
        read(content)
    assert refusal.value.code == code


def test_two_sheets_of_one_name_are_refused():
    with pytest.raises(DrivetrainError) as refusal:
        read(workbook(lengths("1", name="a"), lengths("2", name="A")))
    assert refusal.value.code == "input.contradictory_spreadsheet"


def rows_of(*contents: tuple[str, ...]) -> bytes:
    """A workbook with a row of cells, written as elements without their places, for each of the contents."""
    rows = []
    for number, cells in enumerate(contents, start=2):
        places = (f'<c r="{letter}{number}"' for letter in "ABCD")
        elements = (cell.replace("<c", place, 1) for cell, place in zip(cells, places, strict=False))
        rows.append(f'<row r="{number}">{"".join(elements)}</row>')
    return workbook(header_row(CARS.names) + "".join(rows), formats=["yyyy-mm-dd hh:mm"])


def check(content: bytes) -> CheckedFrame:
    table = read(content)
    return check_table(table.contract_cells(), CARS, with_target=False, kinds=table.contract_kinds())


def number(stored: str) -> str:
    return f"<c><v>{stored}</v></c>"


def text(written: str) -> str:
    return f'<c t="inlineStr"><is><t>{written}</t></is></c>'


@pytest.mark.parametrize(
    ("cells", "values", "codes"),
    [
        # numbers have no digit groups, whatever their fractions look like
        (["1.125", "2.250"], [1.125, 2.25], []),
        ([number("1.125"), number("8.2")], [1.125, 8.2], []),
        # text is decided by the other texts, and numbers say nothing about how people write
        ([number("12.5"), text("1.250")], [12.5], ["test.length_ambiguous"]),
        ([number("1.250"), text("1.250")], [1.25], ["test.length_ambiguous"]),
        ([number("1.250"), text("1.250"), text("1.5")], [1.25, 1.25, 1.5], []),
        ([number("1.250"), text("1.250"), text("1,5")], [1.25, 1250, 1.5], []),
        ([number("0.1234567890123456"), number("1e-3")], [0.1234567890123456, 0.001], []),
        ([number("99999"), number("1.250")], [1.25], ["test.length_out_of_range"]),
    ],
)
def test_numbers_are_numbers_and_texts_are_read_as_texts(cells, values, codes):
    checked = check(rows_of(*((cell if "<" in cell else number(cell),) for cell in cells)))
    assert checked.frame.get_column("length").to_list() == values
    assert [error.code for error in checked.errors] == codes


ERROR = '<c t="e"><v>#REF!</v></c>'
FORMULA = "<c><f>A1</f></c>"
BLANK = "<c/>"


@pytest.mark.parametrize(
    ("cell", "code"),
    [(ERROR, "input.error_value"), (FORMULA, "input.uncalculated_formula"), (BLANK, "")],
    ids=["broken", "uncalculated", "empty"],
)
@pytest.mark.parametrize("column", ["length", "seats", "make"])
def test_broken_uncalculated_and_empty_are_three_things_in_every_column(cell, code, column):
    at = CARS.names.index(column)
    row = [number("1"), number("4"), text("Audi")]
    row[at] = cell
    checked = check(rows_of(tuple(row), (number("2"),)))
    expected = code or ("input.missing_value" if column == "length" else "")
    assert [(error.row, error.column, error.code) for error in checked.errors] == (
        [(1, column, expected)] if expected else []
    )
    assert checked.frame.get_column("length").to_list()[-1] == 2


def test_a_number_in_a_text_is_written_so_that_it_is_read_as_it_is():
    checked = check(rows_of((number("1"), BLANK, BLANK, number("1.125"))))
    assert checked.frame.get_column("note").to_list() == ["1.1250"]


def test_dates_and_flags_are_no_numbers():
    checked = check(rows_of(('<c s="1"><v>44697.5</v></c>',), ('<c t="b"><v>1</v></c>',), (number("1"),)))
    assert [error.code for error in checked.errors] == ["test.length_not_a_number"] * 2


def test_every_cell_is_kept_with_its_kind_where_it_is_answered():
    content = rows_of((number("1.125"), FORMULA, '<c t="b"><v>1</v></c>', '<c s="1"><v>44697.5</v></c>'))
    table = read(content, keep_all=True)
    assert table.cells.row(0) == ("1.125", UNCALCULATED, "true", "2022-05-16T12:00:00")
    assert table.kinds is not None
    assert table.kinds.row(0) == (CellKind.NUMBER, CellKind.TEXT, CellKind.FLAG, CellKind.DATE)
    assert table.written_cells().row(0) == ("1.1250", UNCALCULATED, "true", "2022-05-16T12:00:00")


def test_cells_beside_the_header_are_ignored_by_their_place():
    content = workbook(
        header_row(["length"]) + row_of("<v>1</v>", number=2) + row_of("<v>2</v>", "", "<v>3</v>", number=3)
    )
    for keep_all in (False, True):
        assert read(content, keep_all=keep_all).matched.ignored == ("(column 2)", "(column 3)")
    table = read(content, keep_all=True)
    assert table.header == ["length", "", ""]
    assert table.cells.rows() == [("1", None, None), ("2", None, "3")]


def test_blank_rows_inside_are_rows_and_those_at_the_end_are_none():
    content = workbook(
        header_row(["length"], number=2)
        + row_of("<v>1</v>", number=3)
        + row_of("<v>2</v>", number=6)
        + '<row r="900000"><c r="A900000" s="0"/></row>'
    )
    assert read(content).contract_cells().rows() == [("1",), (None,), (None,), ("2",)]


def test_rows_and_parts_may_be_more_than_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workbooks, "CELLS_AT_ONCE", 3)
    rows = "".join(row_of("<v>1</v>", *["<v>2</v>"] * (number % 4), number=number) for number in range(2, 42))
    table = read(workbook(header_row(["length"]) + rows), keep_all=True)
    assert table.cells.height == 40
    assert table.cells.select(pl.all().count()).row(0) == (40, 30, 20, 10)


def test_more_rows_than_the_limit_are_refused_where_the_gap_counts():
    content = workbook(header_row(["length"]) + row_of("<v>1</v>", number=12))
    assert read(content, limits=ParseLimits(rows=11)).cells.height == 11
    with pytest.raises(TooLargeError) as refusal:
        read(content, limits=ParseLimits(rows=10))
    assert refusal.value.code == "input.too_many_rows"


@pytest.mark.parametrize("rows", ["", "<row/>", '<row r="5"><c r="B5" s="1"/></row>'])
def test_an_empty_sheet_is_empty(rows):
    with pytest.raises(DrivetrainError, match="'cars' is empty") as refusal:
        read(workbook(rows))
    assert refusal.value.code == "input.empty"
