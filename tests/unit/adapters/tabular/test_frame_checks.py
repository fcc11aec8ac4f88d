"""A table of text cells follows exactly the rules of one JSON object."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivetrain.adapters.tabular.frame_checks import CheckedFrame, check_table, quarantine, with_broken_rows
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.numerals import AmbiguousNumber, read_numerals
from drivetrain.lifecycle.data.cells import ERROR_VALUES, SPACES, Numerals, match_header, read_cell
from drivetrain.lifecycle.data.contracts import Contract, FieldWarning, FlagColumn, ListColumn, NumberColumn

WHOLE = NumberColumn(
    "mileage", "m", unit="km", low=0, high=1_500_000, usual_low=10, usual_high=500_000, example=100
)
REAL = NumberColumn(
    "length", "l", unit="m", low=-2.5, high=1e9, usual_low=0.0, usual_high=10.0, example=4.2, whole=False
)
CLOSED = ListColumn(
    "fuel", "f", values=("diesel", "hybrid_petrol"), spellings={"gazole": "diesel"}, example="diesel"
)
OPEN = ListColumn(
    "make", "k", values=("Citroën", "BMW"), spellings={"Bayerische": "BMW"}, example="BMW", is_open=True
)
FLAG = FlagColumn("has_gps", "g")
PRICE = NumberColumn("price", "p", unit="EUR", low=1, high=5_000, usual_low=20, usual_high=400, example=100)
CARS = Contract("cars", "rental", (WHOLE, REAL, CLOSED, OPEN, FLAG), PRICE)

ODD_NUMBERS = (
    *(
        "",
        " ",
        "0",
        "-0",
        "-0.0",
        "10",
        " 10 ",
        "1e3",
        "1E+3",
        "150000.0",
        "9.5",
        ".5",
        "5.",
        "+7",
        "1e400",
        "-1e400",
        "1e-400",
    ),
    *(
        "NaN",
        "inf",
        "-Infinity",
        "1_000",
        "1,000",
        "0x10",
        "٣",
        "1 000",
        "--1",
        "1e",
        "=1+1",
        "500001",
        "1500000",
        "1500001",
    ),
    *(
        "4.2",
        "-2.5",
        "-2.51",
        "1000000000",
        "0.1",
        "123456789.123456789",
        "\x1c5",
        "\u00a05\u2003",
        "\ufeff5",
    ),
    *("150.000", "1.250", "1.250.000", "1,250,000", "12,5", "1'250", "1\u202f250", "1.250,5", "4.125", "1,5"),
)
ODD_WORDS = (
    *(
        "",
        " ",
        "\u2003",
        "\x1c",
        "diesel",
        "DIESEL",
        " Diesel ",
        "gazole",
        "hybrid petrol",
        "Hybrid-Petrol",
        "dissel",
    ),
    *(
        "Citroen",
        "citroën",
        "CITROËN",
        "bayerische",
        "Tesla",
        " Tesla  Model\t3 ",
        "x" * 64,
        "x" * 65,
        "a\x07b",
        "NaN",
        "=1+1",
    ),
)
ODD_FLAGS = (
    "",
    " ",
    "true",
    "TRUE",
    " Yes",
    "no",
    "0",
    "1",
    "1.0",
    "0.0",
    "01",
    "2",
    "t",
    "yes please",
    "False\n",
    "\u017fes",
)
JSON_LETTERS = set("0123456789+-.eE")


def texts(max_size: int) -> st.SearchStrategy[str]:
    """Anything but the error of a formula, which JSON has no word for; those have tests of their own."""
    return st.text(max_size=max_size).filter(lambda text: text.strip(SPACES) not in ERROR_VALUES)


numbers = (
    st.sampled_from(ODD_NUMBERS) | st.floats(width=64).map(repr) | st.integers().map(str) | texts(max_size=6)
)
words = st.sampled_from(ODD_WORDS) | texts(max_size=70)
flags = st.sampled_from(ODD_FLAGS) | texts(max_size=6)
cells = st.tuples(numbers, numbers, words, words, flags)


def as_json_value(column: object, text: str, numerals: Mapping[str, object] | None = None) -> object:
    """What a client would send as JSON for this cell, written without a look at the code under test.

    What digit groups mean in a column is given by ``numerals``, which has its own tests.
    """
    bare = text.strip(SPACES)
    if isinstance(column, NumberColumn) and (meaning := (numerals or {}).get(bare)) is not None:
        return meaning if math.isfinite(meaning) else bare
    if isinstance(column, NumberColumn) and set(bare) <= JSON_LETTERS:
        try:
            number = float(bare)
        except ValueError:
            return bare
        return number if math.isfinite(number) else bare
    if isinstance(column, FlagColumn):
        words = {
            "true": True,
            "yes": True,
            "1": True,
            "1.0": True,
            "false": False,
            "no": False,
            "0": False,
            "0.0": False,
        }
        return words.get(bare.lower(), bare)
    return text


def has_value(column: object, text: str) -> bool:
    """False for an empty cell, and for a word for unknown where any new word is accepted."""
    unknown = (
        {"", "-", "na", "n/a", "nan", "null"} if isinstance(column, ListColumn) and column.is_open else {""}
    )
    return text.strip(SPACES).lower() not in unknown


def checked_one_by_one(
    row: tuple[str, ...], numerals: Mapping[str, Numerals]
) -> tuple[dict[str, object] | None, set[tuple[str, str, str]], set[FieldWarning]]:
    """The canonical row or None, the errors as (column, code, detail), and the warnings, all from ``check_row``."""
    raw: dict[str, object] = {}
    ambiguous: set[tuple[str, str, str]] = set()
    for column, text in zip(CARS.columns, row, strict=True):
        meanings = numerals.get(column.name, {})
        if isinstance(meanings.get(text.strip(SPACES)), AmbiguousNumber):
            raw[column.name] = column.example
            both = meanings[text.strip(SPACES)]
            error = column.ambiguous(text.strip(SPACES), both, "rental")
            ambiguous.add((column.name, error.code, error.detail))
        elif has_value(column, text):
            raw[column.name] = as_json_value(column, text, meanings)
    try:
        canonical, warnings = CARS.check_row(raw)
    except ContractError as refusal:
        errors = {(error.pointer[1:], error.code, error.detail) for error in refusal.errors}
        return None, errors | ambiguous, set()
    return (None, ambiguous, set()) if ambiguous else (canonical, set(), set(warnings))


def frame_of(rows: list[tuple[str | None, ...]], names: tuple[str, ...] = CARS.names) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def check(rows: list[tuple[str | None, ...]]) -> CheckedFrame:
    return check_table(frame_of(rows), CARS, with_target=False, listed_errors=10_000)


@settings(max_examples=300, deadline=None)
@given(st.lists(cells, min_size=1, max_size=8))
def test_a_table_is_judged_as_its_rows_are_one_by_one(rows: list[tuple[str, ...]]) -> None:
    checked = check(rows)
    numerals = {
        column.name: read_numerals({row[at].strip(SPACES) for row in rows}, column.accepts)
        for at, column in enumerate(CARS.columns)
        if isinstance(column, NumberColumn)
    }
    expected = [checked_one_by_one(row, numerals) for row in rows]

    good = [(number, row) for number, (row, _, _) in enumerate(expected, start=1) if row is not None]
    assert checked.row_numbers.to_list() == [number for number, _ in good]
    assert [repr(row) for row in checked.frame.rows(named=True)] == [repr(row) for _, row in good]
    assert checked.bad_rows == len(rows) - len(good)

    found = {(error.row, error.column, error.code) for error in checked.errors}
    wanted = {
        (number, column, code.replace("missing_field", "missing_value"))
        for number, (_, errors, _) in enumerate(expected, start=1)
        for column, code, _ in errors
    }
    assert found == wanted
    assert sum(checked.counts.values()) == len(wanted)
    sentences = {(error.row, error.detail) for error in checked.errors if error.code != "input.missing_value"}
    assert sentences == {
        (number, detail)
        for number, (_, errors, _) in enumerate(expected, start=1)
        for _, code, detail in errors
        if code != "input.missing_field"
    }

    warned = {(warning, row) for warning, rows_ in checked.warnings for row in rows_}
    lines = [warnings for row, _, warnings in expected if row is not None]
    assert warned == {(warning, line) for line, warnings in enumerate(lines) for warning in warnings}


@settings(max_examples=300, deadline=None)
@given(cells)
def test_one_cell_is_read_as_json_would_carry_it(row: tuple[str, ...]) -> None:
    for column, text in zip(CARS.columns, row, strict=True):
        read = read_cell(column, text, "rental")
        bare = text.strip(SPACES)
        numerals = read_numerals([bare], column.accepts) if isinstance(column, NumberColumn) else {}
        if isinstance(numerals.get(bare), AmbiguousNumber):
            assert isinstance(read, FieldError)
            assert read.code == f"rental.{column.name}_ambiguous"
        elif has_value(column, text):
            assert repr(read) == repr(column.check(as_json_value(column, text, numerals), "rental"))
        else:
            assert isinstance(read, FieldError)
            assert read.code == "input.missing_value"


GOOD = ("100", "4.2", "diesel", "BMW", "yes")


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("mileage", "1e3", 1000),  # plain exponent
        ("mileage", "150000.0", 150_000),  # spreadsheets keep whole numbers as floats
        ("mileage", " 7\u00a0", 7),  # copied from a web page
        ("length", "-2.5", -2.5),
        ("fuel", "Hybrid-Petrol", "hybrid_petrol"),
        ("make", "CITROEN", "Citroën"),
        ("make", " Tesla  Model 3", "Tesla Model 3"),
        ("has_gps", "YES", True),
        ("has_gps", "0.0", False),
    ],
)
def test_accepted_cells_become_canonical(column: str, text: str, value: object) -> None:
    row = tuple(text if name == column else cell for name, cell in zip(CARS.names, GOOD, strict=True))
    checked = check([row])
    assert repr(checked.frame[column].to_list()) == repr([value])


def column_of(name: str, *texts: str) -> CheckedFrame:
    at = CARS.names.index(name)
    return check([(*GOOD[:at], text, *GOOD[at + 1 :]) for text in texts])


@pytest.mark.parametrize(
    ("name", "texts", "values"),
    [
        (
            "mileage",
            ["150 000", "1'250", "1\u202f250"],
            [150_000, 1250, 1250],
        ),  # nothing else they could mean
        ("mileage", ["1.150.000", "150.000"], [1_150_000, 150_000]),  # a cell with two points decides for all
        ("mileage", ["1,150,000", "150,000"], [1_150_000, 150_000]),
        ("mileage", ["1.250"], [1250]),  # half a kilometer is not counted
        ("mileage", ["150.000", "1.250"], [150_000, 1250]),  # nor is it elsewhere in the column
        ("mileage", ["150000,0"], [150_000]),
        ("length", ["4,2", "1.250"], [4.2, 1250.0]),  # the comma is the decimal mark, so the point groups
        ("length", ["4.2", "1.250"], [4.2, 1.25]),
        ("length", ["4.2", "1,250"], [4.2, 1250.0]),
    ],
)
def test_the_column_decides_what_a_mark_in_a_number_means(name, texts, values) -> None:
    checked = column_of(name, *texts)
    assert checked.errors == ()
    assert checked.frame[name].to_list() == values


@pytest.mark.parametrize(
    ("name", "text", "readings"),
    [
        ("mileage", "150.000", "150 or 150000"),
        ("mileage", "20.000", "20 or 20000"),
        ("mileage", "150,000", "150 or 150000"),
        ("length", "1.250", "1.25 or 1250"),
        ("length", "8,200", "8.2 or 8200"),
    ],
)
def test_an_ambiguous_number_is_refused_with_both_readings_and_its_row_alone(name, text, readings) -> None:
    checked = column_of(name, text, "7")
    assert checked.row_numbers.to_list() == [2]
    (error,) = checked.errors
    assert (error.row, error.column, error.code) == (1, name, f"rental.{name}_ambiguous")
    assert f"write {readings}." in error.detail


def test_cells_that_the_column_reads_otherwise_than_they_would_be_alone_are_refused_as_the_column_reads_them() -> (
    None
):
    # Alone 1.250 is 1250 km; beside a decimal point it is 1.25, which is not whole.
    checked = column_of("mileage", "1.250", "12.5")
    assert [error.code for error in checked.errors] == ["rental.mileage_not_whole"] * 2
    both = column_of("mileage", "1.250", "12.5", "1.250.000")
    assert [error.code for error in both.errors] == ["rental.mileage_ambiguous", "rental.mileage_not_whole"]


def test_a_null_cell_is_missing() -> None:
    checked = check([GOOD, (None,) * 5])
    assert checked.counts == {"input.missing_value": 5}
    assert checked.bad_row_numbers.to_list() == [2]


def test_columns_come_in_contract_order_with_their_types() -> None:
    frame = frame_of([GOOD]).select(reversed(CARS.names))
    assert check_table(frame, CARS, with_target=False).frame.schema == {
        "mileage": pl.Int64,
        "length": pl.Float64,
        "fuel": pl.String,
        "make": pl.String,
        "has_gps": pl.Boolean,
    }


def test_a_table_without_rows_is_no_error() -> None:
    checked = check([])
    assert (checked.frame.height, checked.errors, checked.counts) == (0, (), {})


def test_all_errors_are_counted_and_the_first_are_listed_in_reading_order() -> None:
    rows = [("x", "y", "diesel", "BMW", "yes")] * 200
    checked = check_table(frame_of(rows), CARS, with_target=False)
    assert checked.counts == {"rental.mileage_not_a_number": 200, "rental.length_not_a_number": 200}
    assert [(error.row, error.column) for error in checked.errors] == [
        (row, column) for row in range(1, 51) for column in ("mileage", "length")
    ]


def test_a_row_broken_as_a_whole_is_set_aside_and_of_its_cells_nothing_is_said() -> None:
    unusual = ("100", "4.2", "diesel", "Tesla", "yes")
    checked = check([unusual, ("x", *GOOD[1:]), unusual, ("x", *GOOD[1:]), GOOD])
    error = FieldError("input.ragged_row", "Row 1 is too long.", row=1)
    broken = with_broken_rows(checked, [1, 2], [error, replace(error, row=2)])
    assert broken.row_numbers.to_list() == [3, 5]
    assert broken.bad_row_numbers.to_list() == [1, 2, 4]
    assert [(each.row, each.code) for each in broken.errors] == [
        (1, "input.ragged_row"),
        (2, "input.ragged_row"),
        (4, "rental.mileage_not_a_number"),
    ]
    assert [(warning.code, rows.to_list()) for warning, rows in broken.warnings] == [("rental.new_make", [0])]


def test_the_target_is_read_only_for_training() -> None:
    frame = frame_of([(*GOOD, "0")], (*CARS.names, "price"))
    assert check_table(frame, CARS, with_target=True).counts == {"rental.price_out_of_range": 1}
    assert check_table(frame, CARS, with_target=False).counts == {}


def test_header_tolerates_what_cannot_be_misunderstood() -> None:
    matched = match_header(["", " Has GPS ", "notes", "MILEAGE", "mileages"], ["mileage", "has_gps"])
    assert matched.positions == {"mileage": 3, "has_gps": 1}
    assert matched.ignored == ("(column 1)", "notes", "mileages")


def test_missing_columns_are_all_named_with_the_nearest_header() -> None:
    with pytest.raises(ContractError) as refusal:
        match_header(["milage", "x"], ["mileage", "fuel"])
    first, second = refusal.value.errors
    assert (first.code, first.column) == ("input.missing_column", "mileage")
    assert "'milage'" in first.detail
    assert (second.code, second.column) == ("input.missing_column", "fuel")


def test_a_column_that_stands_there_twice_is_refused_even_if_one_is_exact() -> None:
    with pytest.raises(ContractError) as refusal:
        match_header(["mileage", "Mileage"], ["mileage"])
    assert [error.code for error in refusal.value.errors] == ["input.duplicate_column"]


def test_quarantine_keeps_the_cells_and_says_why(tmp_path: Path) -> None:
    frame = frame_of([GOOD, ("-1", "x", "diesel", "BMW", "yes"), ("1", "1", "1", "BMW", "yes")])
    checked = check_table(frame, CARS, with_target=False)
    counts = quarantine(frame, checked, tmp_path / "broken.csv")
    assert counts == checked.counts
    broken = pl.read_csv(tmp_path / "broken.csv", infer_schema=False)
    assert broken.select(CARS.names).rows() == frame[1:].rows()
    assert broken["reasons"].to_list() == [
        "mileage: rental.mileage_out_of_range; length: rental.length_not_a_number",
        "fuel: rental.unknown_fuel",
    ]


def test_quarantine_of_a_clean_table_holds_the_header_only(tmp_path: Path) -> None:
    frame = frame_of([GOOD])
    assert quarantine(frame, check([GOOD]), tmp_path / "broken.csv") == {}
    assert (tmp_path / "broken.csv").read_text() == ",".join([*CARS.names, "reasons"]) + "\n"


def test_digit_groups_in_every_row_are_read() -> None:
    mileages = pl.Series("mileage", [f"{number:,}" for number in range(1_000_000, 1_001_000)])
    frame = pl.concat([frame_of([GOOD])] * 1_000, rechunk=True).with_columns(mileages)
    read = check_table(frame, CARS, with_target=False).frame["mileage"]
    assert read.to_list() == list(range(1_000_000, 1_001_000))


def test_a_table_of_nothing_but_wrong_words_is_counted_whole() -> None:
    words = pl.Series("fuel", range(1_000)).cast(pl.String) + "diesl"
    frame = pl.concat([frame_of([GOOD])] * 1_000, rechunk=True).with_columns(words)
    assert check_table(frame, CARS, with_target=False).counts == {"rental.unknown_fuel": 1_000}
