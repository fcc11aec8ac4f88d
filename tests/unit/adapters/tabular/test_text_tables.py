"""CSV text is read whole and exactly, or refused with the row that is to blame."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivetrain.adapters.tabular import text_tables
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.text_tables import read_csv
from drivetrain.core.errors import ContractError, TooLargeError, UnreadableInputError

NAMES = ("mileage", "fuel")


def read(
    folder: Path, text: str, *, encoding: str = "utf-8", limits: ParseLimits | None = None
) -> list[tuple[str, ...]]:
    path = folder / "upload"
    path.write_bytes(text.encode(encoding))
    table = read_csv(path, NAMES, limits or ParseLimits(), keep_all=True)
    return [tuple(table.header), *table.cells.rows()]


cell = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=5)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from(["1", "-", '"', ";"]), cell, cell), min_size=1, max_size=5),
    separator=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_cells_come_back_as_they_were_written(
    tmp_path: Path, rows: list[tuple[str, str, str]], separator: str, end: str, encoding: str
) -> None:
    file = io.StringIO(newline="")
    table = [("mileage", "fuel", "notes"), *rows]
    csv.writer(file, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(table)
    assert read(tmp_path, file.getvalue(), encoding=encoding) == table


def test_the_separator_that_finds_more_of_the_contract_wins(tmp_path: Path) -> None:
    assert read(tmp_path, "mileage;fuel;a,b,c,d\n1;diesel;x\n") == [
        ("mileage", "fuel", "a,b,c,d"),
        ("1", "diesel", "x"),
    ]


def test_only_the_columns_of_the_contract_are_kept_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("notes,fuel,x,mileage\n1,2,3,4\n")
    table = read_csv(path, NAMES, ParseLimits(), keep_all=False)
    assert table.cells.rows(named=True) == [{"1": "2", "3": "4"}]
    assert table.contract_cells().rows(named=True) == [{"mileage": "4", "fuel": "2"}]


def test_tables_larger_than_one_part_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_tables, "CELLS_AT_ONCE", 5)
    rows = [(str(index), "diesel") for index in range(23)]
    text = "mileage,fuel\n" + "".join(f"{mileage},{fuel}\n" for mileage, fuel in rows)
    assert read(tmp_path, text)[1:] == rows


def test_blank_rows_count_inside_and_not_at_the_end(tmp_path: Path) -> None:
    table = read(tmp_path, "mileage,fuel\n1,a\n\n,\n2,b\n,\n\n")
    assert table[1:] == [("1", "a"), ("", ""), ("", ""), ("2", "b")]


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ('mileage,fuel\n1,a\n2,"b', "input.broken_quotes", "Row 2 "),
        ('mileage,fuel\n1,"a"b\n', "input.broken_quotes", "Row 1 "),
        ('"mileage"x,fuel\n1,"a"b\n', "input.broken_quotes", "The header "),
        ("mileage,fuel\n1,a\n1,0123456789x\n", "input.cell_too_long", "Row 2 "),
        ("mileage,fuel\n1,a\n2,b\n3,c\n4,d\n", "input.too_many_rows", "more than 3 rows"),
        ("mileage,fuel,a,b,c\n1,2,3,4,5\n", "input.too_many_columns", "5 columns"),
    ],
)
def test_a_refusal_says_where(tmp_path: Path, text: str, code: str, where: str) -> None:
    with pytest.raises(UnreadableInputError, match=where) as refusal:
        read(tmp_path, text, limits=ParseLimits(rows=3, columns=4, cell_chars=10))
    assert refusal.value.code == code


def test_a_row_that_is_too_long_is_known_by_its_number_and_one_that_is_too_short_lacks_cells(
    tmp_path: Path,
) -> None:
    path = tmp_path / "upload"
    path.write_text("mileage,fuel\n1,a\n\n2\n3,b,c\n4,d,\n")
    table = read_csv(path, NAMES, ParseLimits(), keep_all=True)
    assert table.cells.rows() == [("1", "a"), ("", ""), ("2", ""), ("3", "b"), ("4", "d")]
    assert dict(table.overlong) == {4: 3}
    with pytest.raises(UnreadableInputError, match=r"Row 4 has 3 cells where the header has 2") as refusal:
        table.rectangular()
    assert refusal.value.code == "input.ragged_row"


@pytest.mark.parametrize(
    "above", ["\n", "sep=,\n", "Our cars\n\nMay 2026\n", "   \n", "a,b,c,d\n1,2,3,4\n", "\n" * 19]
)
def test_what_stands_above_the_header_is_passed_over_in_uploads_only(tmp_path: Path, above: str) -> None:
    text = f"{above}mileage,fuel\n1,a\n"
    assert read(tmp_path, text) == [("mileage", "fuel"), ("1", "a")]
    with pytest.raises(ContractError):
        read(tmp_path, text, limits=ParseLimits(header_rows=1))


def test_the_message_names_the_line_that_was_taken_as_the_header(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"The header \(line 2: 'Mileage, notes'\) has 1 error"):
        read(tmp_path, "Our cars\nMileage,notes\n1,a\n")
    with pytest.raises(ContractError, match=r"line 1: 'Our cars'"):
        read(tmp_path, "Our cars\n" + "\n" * 20 + "mileage,fuel\n1,a\n")


@pytest.mark.parametrize("below", ["   \n", "\x1a", " , \n\x1a", "\t\n"])
def test_lines_without_anything_in_them_end_a_table(tmp_path: Path, below: str) -> None:
    assert read(tmp_path, f"mileage,fuel\n1,a\n{below}")[1:] == [("1", "a")]


def test_as_many_rows_as_the_limit_and_blank_ones_after_them_are_read(tmp_path: Path) -> None:
    assert len(read(tmp_path, "mileage,fuel\n" + "1,a\n" * 3 + "\n" * 9, limits=ParseLimits(rows=3))) == 4


def test_an_endless_header_is_refused_before_its_names_are_compared(tmp_path: Path) -> None:
    with pytest.raises(TooLargeError):
        read(tmp_path, "," * 100_000)
