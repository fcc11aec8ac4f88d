"""Plain files are split to what the csv module reads; all others are left to it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.plain_csv import BLANK, read_plain_rows


def split(
    folder: Path, content: str | bytes, *, width: int = 3, separator: str = ",", **choices
) -> list[list[str]] | None:
    path = folder / "upload"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    given_choices = {"header_row": 0, "columns": range(width), "limits": ParseLimits(), **choices}
    encoding = given_choices.pop("encoding", "utf-8-sig")
    cells = read_plain_rows(path, encoding, separator, width=width, **given_choices)
    return None if cells is None else [list(row) for row in cells.rows()]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.sampled_from('a1 -\xa0é,,,,,;\t\n\n\n\r"\x1a\u2028\x1c'), max_size=40),
    separator=st.sampled_from(",;\t"),
)
def test_what_is_split_is_what_the_csv_module_reads(tmp_path: Path, text: str, separator: str) -> None:
    cells = split(tmp_path, f"x{separator}y\n{text}", width=2, separator=separator)
    if cells is not None:
        with (tmp_path / "upload").open(encoding="utf-8-sig", newline="") as file:
            _, *rows = csv.reader(file, delimiter=separator, strict=True)
        assert cells == rows
        assert all(len(row) == 2 and "".join(row).strip(BLANK) for row in rows)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(*[st.text(st.sampled_from("a1- é\ufeff\u200b\x85"), max_size=4)] * 3), min_size=1
    ),
    line_end=st.sampled_from(["\n", "\r\n"]),
    is_ended=st.booleans(),
)
def test_files_without_quotes_are_split_unless_a_row_is_blank_or_begins_with_a_mark(
    tmp_path: Path, rows: list[tuple[str, ...]], line_end: str, is_ended: bool
) -> None:
    content = line_end.join(map(",".join, [("x", "y", "z"), *rows])) + line_end * is_ended
    is_left = any(not "".join(row).strip(BLANK) for row in rows) or rows[0][0].startswith("\ufeff")
    assert split(tmp_path, content) == (None if is_left else [list(row) for row in rows])


def test_plain_rows_keep_their_spaces_and_empty_cells(tmp_path: Path) -> None:
    content = "\ufefftitle\r\n\r\na;b;c\r\n 1 ;;é\r\n;;x".encode()
    rows = split(tmp_path, content, separator=";", header_row=2)
    assert rows == [[" 1 ", "", "é"], ["", "", "x"]]


def test_only_the_kept_columns_are_there(tmp_path: Path) -> None:
    assert split(tmp_path, "a,b,c\n1,2,3\n", columns=[0, 2]) == [["1", "3"]]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param('a,b,c\n1,"2",3\n', id="quoted cell"),
        pytest.param("a,b,c\n1,2,3\r1,2,3\n", id="carriage return alone"),
        pytest.param("a,b,c\n1,2\n1,2,3,4\n", id="short and long row, as many cells as there should be"),
        pytest.param("a,b,c\n1,2,3\n\n", id="blank line"),
        pytest.param("a,b,c\n , ,\x1a\n1,2,3\n", id="row without values"),
        pytest.param("a,b,c\n", id="no rows"),
        pytest.param("a,b,c", id="header without line end"),
    ],
)
def test_other_files_are_left_to_the_csv_module(tmp_path: Path, content: str) -> None:
    assert split(tmp_path, content) is None


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (ParseLimits(rows=2), [["1", "2", "3"]] * 2),
        (ParseLimits(rows=1), None),
        (ParseLimits(cell_chars=3), None),
    ],
)
def test_what_passes_a_limit_is_left_to_the_csv_module(
    tmp_path: Path, limits: ParseLimits, expected: list[list[str]] | None
) -> None:
    assert split(tmp_path, "a,b,c\n1,2,3\n1,2,3\n", limits=limits) == expected


def test_other_encodings_and_one_column_are_left_to_the_csv_module(tmp_path: Path) -> None:
    assert split(tmp_path, "a,b,c\n1,2,3\n".encode("utf-16"), encoding="utf-16") is None
    assert split(tmp_path, "a\n1\n\n2\n", width=1) is None
