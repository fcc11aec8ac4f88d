"""Bad tables of rentals, through the limited child and the checks: refused whole, or row by row with reasons."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from tests.support.bad_tables import PNG, zip_bomb
from tests.support.buffer_fakes import HEADER
from xlsxwriter import Workbook

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.core.errors import DrivetrainError
from drivetrain.lifecycle.data.column_mapping import ColumnMapping, MappedColumn
from drivetrain.rental.buffer.adapters.rental_files import read_rentals
from drivetrain.rental.buffer.domain.chains import COLUMNS, check_rentals

ROWS = (
    (1, 10, "mobile", "ended", 20, None, None),
    (2, 10, "mobile", "ended", -5, 1, 30),
    (3, 11, "connect", "canceled", None, None, None),
    (4, 11, "connect", "ended", 0, None, None),
)

Read = Callable[[bytes], Mapping[str, Sequence[object]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(content: bytes) -> Mapping[str, Sequence[object]]:
        file = tmp_path / "upload"
        file.write_bytes(content)
        return read_rentals(file, ParseLimits(rows=1_000)).cells

    return reading


def as_csv(rows: Sequence[Sequence[object]] = ROWS, header: str = HEADER) -> bytes:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    return "\r\n".join([header, *lines, ""]).encode()


def workbook(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for index, row in enumerate(rows):
                sheet.write_row(index, 0, row)
    return file.getvalue()


def with_row(number: int, **cells: object) -> bytes:
    """The good rows, one of them changed."""
    row = dict(zip(COLUMNS, ROWS[number - 1], strict=True)) | cells
    return as_csv([*ROWS[: number - 1], tuple(row.values()), *ROWS[number:]])


NOTES = [["field name", "Comment"], ["rental_id", "Unique identifier of the rental"]]


def test_csv_and_workbook_read_alike(read: Read) -> None:
    by_csv = check_rentals(read(as_csv()))
    by_sheet = check_rentals(read(workbook({"rentals_data": [COLUMNS, *ROWS]})))
    assert by_csv.errors == by_sheet.errors == ()
    assert by_csv.table.previous.tolist() == by_sheet.table.previous.tolist() == [-1, 0, -1, -1]
    assert by_csv.table.delay_min.tolist()[:2] == [20, -5]


@pytest.mark.parametrize("order", [["Documentation", "rentals_data"], ["rentals_data", "Documentation"]])
def test_of_several_sheets_the_one_with_the_columns_is_taken(read: Read, order: list[str]) -> None:
    sheets = {"rentals_data": [COLUMNS, *ROWS], "Documentation": NOTES}
    assert len(check_rentals(read(workbook({name: sheets[name] for name in order}))).table) == 4


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(workbook({"Documentation": NOTES}), "input.missing_column", id="only the wrong sheet"),
        pytest.param(workbook({"a": NOTES, "b": [["x"]]}), "input.missing_column", id="two wrong sheets"),
        pytest.param(workbook({"empty": []}), "input.empty", id="an empty sheet"),
        pytest.param(as_csv(header="1,10,mobile,ended,20,,"), "input.missing_column", id="no header"),
        pytest.param(
            as_csv(header=HEADER.replace("car_id", "rental id")), "input.missing_column", id="a column twice"
        ),
        pytest.param(as_csv([]), "input.no_rows", id="a header alone"),
        pytest.param(b"", "input.empty", id="nothing"),
        pytest.param(PNG, "input.not_a_table", id="a picture"),
        pytest.param(zip_bomb(), "input.too_large_unpacked", id="a zip bomb"),
        pytest.param(as_csv([*ROWS] * 251), "input.too_many_rows", id="too many rows"),
        pytest.param(as_csv([[*ROWS[0], "x"]]), "input.ragged_row", id="a long row"),
    ],
)
def test_what_is_no_table_of_rentals_is_refused_whole(read: Read, content: bytes, code: str) -> None:
    with pytest.raises(DrivetrainError) as refusal:
        read(content)
    assert code in {refusal.value.code, *(error.code for error in refusal.value.errors)}


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        pytest.param(
            with_row(2, delay_at_checkout_in_minutes="late"),
            {(2, "rental.not_a_number")},
            id="text in place of minutes",
        ),
        pytest.param(
            with_row(2, time_delta_with_previous_rental_in_minutes="30 min"),
            {(2, "rental.not_a_number")},
            id="a unit in a cell",
        ),
        pytest.param(
            with_row(2, previous_ended_rental_id=4),
            {(2, "rental.previous_of_another_car")},
            id="a previous rental of another car",
        ),
        pytest.param(
            with_row(2, previous_ended_rental_id=99),
            {(2, "rental.previous_not_found")},
            id="a previous one nobody knows",
        ),
        pytest.param(
            with_row(1, previous_ended_rental_id=2, time_delta_with_previous_rental_in_minutes=0),
            {(1, "rental.previous_in_a_circle"), (2, "rental.previous_in_a_circle")},
            id="a circle",
        ),
        pytest.param(
            with_row(2, previous_ended_rental_id=2), {(2, "rental.previous_is_itself")}, id="itself"
        ),
        pytest.param(
            with_row(4, rental_id=3),
            {(3, "rental.duplicate_rental"), (4, "rental.duplicate_rental")},
            id="a repeated id",
        ),
        pytest.param(
            with_row(3, checkin_type="paper"), {(3, "rental.unknown_checkin_type")}, id="an unknown type"
        ),
        pytest.param(
            with_row(1, car_id=""),
            {(1, "rental.id_missing"), (2, "rental.previous_refused")},
            id="what follows a refused one",
        ),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_used(
    read: Read, content: bytes, codes: set[tuple[int, str]]
) -> None:
    checked = check_rentals(read(content))
    assert {(error.row, error.code) for error in checked.errors} == codes
    assert len(checked.table) == 4 - len({row for row, _ in codes})


def test_a_table_with_headings_of_its_own_is_read_by_its_mapping(tmp_path: Path) -> None:
    file = tmp_path / "locations.csv"
    file.write_bytes(as_csv(header=HEADER.replace("rental_id,car_id", "Location n°,voiture", 1)))
    mapping = ColumnMapping((MappedColumn("Location n°", "rental_id"), MappedColumn("voiture", "car_id")))
    cells = read_rentals(file, ParseLimits(rows=1_000), mapping).cells
    assert list(cells) == list(COLUMNS)
    assert (cells["rental_id"], cells["car_id"]) == (["1", "2", "3", "4"], ["10", "10", "11", "11"])
