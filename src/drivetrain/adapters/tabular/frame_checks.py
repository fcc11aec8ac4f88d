"""Checking a whole table of text cells by the rules of a contract, a column at once.

``read_cell`` says what one cell means; here the same rules apply to millions of cells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import polars as pl

from drivetrain.adapters.tabular.text_tables import as_numerals
from drivetrain.core.errors import MAX_FIELD_ERRORS, FieldError
from drivetrain.core.numerals import AmbiguousNumber
from drivetrain.core.text import UNKNOWN_WORDS
from drivetrain.lifecycle.data.cells import (
    ERROR_VALUES,
    SPACES,
    UNCALCULATED,
    CellKind,
    Numerals,
    read_cell,
    read_flag,
    read_numbers,
    says_nothing,
)
from drivetrain.lifecycle.data.contracts import (
    Column,
    Contract,
    FieldWarning,
    FlagColumn,
    InstantColumn,
    ListColumn,
    NumberColumn,
    RowContract,
    TextColumn,
    is_optional,
    is_unusual,
    missing_warnings,
)

_OFFERED_WORDS = 20
"""New words of a table for which the nearest known ones are looked for; a file may hold thousands."""

_FINE, _MISSING, _NOT_READ, _OUT_OF_RANGE, _NOT_WHOLE, _NEVER_WAS, _AMBIGUOUS, _ERROR_VALUE, _UNCALCULATED = (
    range(9)
)

_PLAIN_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_MARKED_NUMBER = r"^[+-]?[0-9]*[., '\u{A0}\u{202F}\u{2009}\u{2019}][0-9]"
_DECIMAL_OR_GROUP = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"
"""The one marked writing that a plain cast would read, and perhaps wrongly."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The cells of one column that are wrong in the same way.

    Attributes:
        rows: UInt32, 1-based data rows, ascending, at least one.
    """

    column: str
    code: str
    rows: pl.Series


@dataclass(frozen=True, slots=True)
class CheckedFrame:
    """What a check found.

    Attributes:
        frame: the good rows as canonical values (Int64, Float64, String, Boolean), columns in contract order.
        row_numbers: UInt32, 1-based data rows of ``frame`` (the header is not counted).
        bad_row_numbers: UInt32, 1-based data rows with at least one wrong cell.
        faults: every wrong cell, grouped.
        errors: the first wrong cells in reading order, with row, column and a sentence each.
        warnings: what is unusual in good rows, each with the indices into ``frame`` it concerns (UInt32,
            ascending).
    """

    frame: pl.DataFrame
    row_numbers: pl.Series
    bad_row_numbers: pl.Series
    faults: tuple[Fault, ...]
    errors: tuple[FieldError, ...]
    warnings: tuple[tuple[FieldWarning, pl.Series], ...]

    @property
    def bad_rows(self) -> int:
        """How many rows have a wrong cell."""
        return len(self.bad_row_numbers)

    @property
    def counts(self) -> dict[str, int]:
        """How many cells are wrong, by code."""
        counts: Counter[str] = Counter()
        for fault in self.faults:
            counts[fault.code] += len(fault.rows)
        return dict(counts)


def check_table(
    frame: pl.DataFrame,
    contract: RowContract,
    *,
    with_target: bool,
    listed_errors: int = MAX_FIELD_ERRORS,
    kinds: pl.DataFrame | None = None,
) -> CheckedFrame:
    """Check a table by the same rules as one row.

    Args:
        frame: text columns under the contract's names, one row of cells per data row; null means empty. Optional
            ones may be absent; others are not looked at.
        contract: what the table promises. Whole numbers are exact up to 2**53.
        with_target: True for a training table, which holds the column to be predicted as well where the
            contract has one.
        listed_errors: how many wrong cells are described one by one; all are counted.
        kinds: ``CellKind`` of the cells, UInt8, under the same names; None where all are text.
    """
    columns = contract.columns
    if with_target and isinstance(contract, Contract):
        columns = (*columns, contract.target)
    cells = pl.DataFrame(
        {
            column.name: frame.get_column(column.name)
            if column.name in frame.columns or not is_optional(column)
            else pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
            for column in columns
        }
    )
    is_number = {column.name: _is_number(column.name, kinds, frame.height) for column in columns}
    numerals = {
        column.name: _read_marked_numbers(
            column, cells.get_column(column.name).filter(~is_number[column.name])
        )
        for column in columns
        if isinstance(column, NumberColumn)
    }
    checks = {
        column.name: _check_column(
            column, cells.get_column(column.name), numerals.get(column.name, {}), is_number[column.name]
        )
        for column in columns
    }
    values = pl.DataFrame({name: values for name, (values, _) in checks.items()})
    fault_kinds = pl.DataFrame({name: fault_kinds for name, (_, fault_kinds) in checks.items()})
    is_bad = fault_kinds.select(pl.any_horizontal(pl.all() != _FINE)).to_series()

    def error_at(column: Column, row: int) -> FieldError:
        cell = cells.get_column(column.name)[row - 1]
        kind = CellKind.NUMBER if is_number[column.name][row - 1] else CellKind.TEXT
        error = read_cell(column, cell, contract.domain, numerals.get(column.name), kind)
        if not isinstance(error, FieldError):
            raise AssertionError(f"the rules for one cell and for a column of {column.name} differ")
        return replace(error, row=row, column=column.name)

    faults = tuple(_faults(fault_kinds, columns, error_at))
    good = values.filter(~is_bad)
    return CheckedFrame(
        frame=good,
        row_numbers=_row_numbers(~is_bad),
        bad_row_numbers=_row_numbers(is_bad),
        faults=faults,
        errors=_first_errors(faults, columns, error_at, listed_errors),
        warnings=tuple(_warnings(good, cells.filter(~is_bad), columns, contract.domain)),
    )


def with_faults(checked: CheckedFrame, faults: Sequence[Fault]) -> CheckedFrame:
    """The same table with further rows set aside, for what is wrong with them as a whole.

    Warnings are left out.
    """
    if not faults:
        return checked
    bad = pl.concat([checked.bad_row_numbers, *(fault.rows for fault in faults)]).unique().sort()
    stays = ~checked.row_numbers.is_in(bad.implode())
    return replace(
        checked,
        frame=checked.frame.filter(stays),
        row_numbers=checked.row_numbers.filter(stays),
        bad_row_numbers=bad,
        faults=(*checked.faults, *faults),
        warnings=(),
    )


def with_broken_rows(
    checked: CheckedFrame, broken: Collection[int], described: Sequence[FieldError]
) -> CheckedFrame:
    """The same table with rows set aside that are broken as a whole: of their cells nothing is said.

    Args:
        broken: 1-based data rows.
        described: what is wrong with the first of them.
    """
    rows = pl.Series(list(broken), dtype=pl.UInt32).sort()
    is_whole = ~checked.row_numbers.is_in(rows.implode())
    place = pl.Series(range(checked.frame.height), dtype=pl.UInt32).filter(is_whole)
    warnings = [
        (warning, place.search_sorted(lines.filter(lines.is_in(place.implode()))).cast(pl.UInt32))
        for warning, lines in checked.warnings
    ]
    errors = [*described, *(error for error in checked.errors if error.row not in broken)]
    return replace(
        checked,
        frame=checked.frame.filter(is_whole),
        row_numbers=checked.row_numbers.filter(is_whole),
        bad_row_numbers=pl.concat([checked.bad_row_numbers, rows]).unique().sort(),
        errors=tuple(sorted(errors, key=lambda error: error.row or 0)),
        warnings=tuple((warning, lines) for warning, lines in warnings if len(lines)),
    )


def quarantine(frame: pl.DataFrame, checked: CheckedFrame, path: Path) -> dict[str, int]:
    """Write the broken rows of a training table, cells as they were, with a last column ``reasons``, as CSV.

    Args:
        frame: the table that was checked.
        checked: what the check found.
        path: the file to write; replaced when it exists.

    Returns:
        How many cells are wrong, by code; empty when none is.
    """
    reason = [
        fault.rows.alias("row").to_frame().with_columns(reason=pl.lit(f"{fault.column}: {fault.code}"))
        for fault in checked.faults
    ]
    broken = frame[checked.bad_row_numbers - 1].with_columns(reasons=pl.lit(None, pl.String))
    if reason:
        by_row = (
            pl.concat(reason)
            .group_by("row", maintain_order=True)
            .agg(pl.col("reason").str.join("; "))
            .sort("row")
        )
        broken = broken.with_columns(reasons=by_row.get_column("reason"))
    broken.write_csv(path)
    return checked.counts


def _is_number(name: str, kinds: pl.DataFrame | None, height: int) -> pl.Series:
    if kinds is None or name not in kinds.columns:
        return pl.Series([False]).new_from_index(0, height)
    return kinds.get_column(name) == CellKind.NUMBER


def _check_column(
    column: Column, cells: pl.Series, numerals: Numerals, is_number: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """The canonical values (meaningless where refused) and the kind of fault of every cell, UInt8."""
    if is_optional(column):
        cells = _without_unknown(cells)
    if isinstance(column, TextColumn):
        texts = as_numerals(cells, is_number).str.strip_chars()
        values = texts.set(texts == "", None) if column.optional else texts.fill_null("")
        return values, pl.Series([_FINE], dtype=pl.UInt8).new_from_index(0, len(cells))
    if isinstance(column, NumberColumn):
        values, kinds = _check_numbers(column, cells, numerals, is_number)
        kinds = _with_error_values(kinds, cells)
    elif isinstance(column, InstantColumn):
        values, kinds = _read_instants(column, cells)
    else:
        values, kinds = _look_up(column, cells)
    return values, kinds.replace(_MISSING, _FINE) if is_optional(column) else kinds


def _with_error_values(kinds: pl.Series, cells: pl.Series) -> pl.Series:
    """The kinds of fault, with those of cells that show the error of a formula."""
    texts = cells.str.strip_chars()
    kinds = kinds.set(texts.is_in(sorted(ERROR_VALUES)).fill_null(value=False), _ERROR_VALUE)
    return kinds.set((texts == UNCALCULATED).fill_null(value=False), _UNCALCULATED)


def _without_unknown(cells: pl.Series) -> pl.Series:
    says_unknown = cells.str.strip_chars().str.to_lowercase().is_in(sorted(UNKNOWN_WORDS))
    return cells.set(says_unknown, None) if says_unknown.any() else cells


def _read_marked_numbers(column: NumberColumn, cells: pl.Series) -> Numerals:
    """The cells with a mark that a plain cast may not read, or not as meant; none in most columns.

    A whole column decides, but of the plain numbers one is enough: a decimal point says no more when it is repeated.
    """
    texts = cells.drop_nulls().str.strip_chars()
    is_plain = texts.str.contains(_PLAIN_NUMBER) & ~texts.str.contains(_DECIMAL_OR_GROUP)
    marked = texts.filter(~is_plain & texts.str.contains(_MARKED_NUMBER)).unique()
    if marked.is_empty():
        return {}
    with_point = texts.filter(is_plain & texts.str.contains(".", literal=True)).head(1)
    return read_numbers(column, [*marked, *with_point])


def _check_numbers(
    column: NumberColumn, cells: pl.Series, numerals: Numerals, is_number: pl.Series
) -> tuple[pl.Series, pl.Series]:
    text = pl.col("text").str.strip_chars()
    # The cast reads the grammar of a plain number, and besides the words for infinite and NaN.
    number = text.cast(pl.Float64, strict=False)
    ambiguous = [cell for cell, meaning in numerals.items() if isinstance(meaning, AmbiguousNumber)]
    if numerals:
        meanings = [
            None if isinstance(meaning, AmbiguousNumber) else meaning for meaning in numerals.values()
        ]
        by_meaning = text.replace_strict(list(numerals), meanings, default=number, return_dtype=pl.Float64)
        number = pl.when("is_number").then(number).otherwise(by_meaning)
    checked = pl.DataFrame({"text": cells, "is_number": is_number}).with_columns(number.alias("number"))
    number = pl.col("number")
    kind = (
        pl.when(text.is_null() | (text == ""))
        .then(_MISSING)
        .when(text.is_in(ambiguous) & ~pl.col("is_number"))
        .then(_AMBIGUOUS)
        .when(number.is_null() | ~number.is_finite())
        .then(_NOT_READ)
        .when(~number.is_between(column.low, column.high))
        .then(_OUT_OF_RANGE)
        .when(pl.lit(column.whole) & (number != number.floor()))
        .then(_NOT_WHOLE)
        .otherwise(_FINE)
    )
    checked = checked.select(
        number.cast(pl.Int64, strict=False) if column.whole else number, kind.cast(pl.UInt8).alias("kind")
    )
    return checked.get_column("number"), checked.get_column("kind")


def _look_up(column: ListColumn | FlagColumn, cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Read each different text once: a million rows hold few."""
    texts = cells.unique().drop_nulls()
    bare = [text.strip(SPACES) for text in texts]
    if isinstance(column, FlagColumn):
        values = pl.Series([read_flag(word) for word in bare], dtype=pl.Boolean)
    else:
        values = pl.Series([column.canonical(text) for text in texts], dtype=pl.String)
    is_read = values.is_not_null()
    kinds = [
        _MISSING if says_nothing(column, word) else _FINE if fine else _NOT_READ
        for word, fine in zip(bare, is_read, strict=True)
    ]
    return _spread(values, pl.Series(kinds, dtype=pl.UInt8), texts, cells)


def _spread(
    values: pl.Series, kinds: pl.Series, texts: pl.Series, cells: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """The values and kinds of fault of all cells, from those of each different text; a cell without one is missing."""
    place = cells.cast(pl.Enum(texts)).to_physical()
    return values.gather(place), _with_error_values(kinds, texts).gather(place).fill_null(_MISSING)


def _read_instants(column: InstantColumn, cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Read each different text once: times of a table are often rounded."""
    texts = cells.unique().drop_nulls()
    results = [column.read(text.strip(SPACES), "")[0] for text in texts]
    kinds = [
        _instant_kind(result) if text.strip(SPACES) else _MISSING
        for text, result in zip(texts, results, strict=True)
    ]
    values = pl.Series(
        [None if isinstance(result, FieldError) else result for result in results], dtype=pl.String
    )
    return _spread(values, pl.Series(kinds, dtype=pl.UInt8), texts, cells)


def _instant_kind(result: str | FieldError) -> int:
    if not isinstance(result, FieldError):
        return _FINE
    if result.code.endswith("_does_not_exist"):
        return _NEVER_WAS
    return _OUT_OF_RANGE if result.code.endswith("_out_of_range") else _NOT_READ


def _faults(
    kinds: pl.DataFrame, columns: Sequence[Column], error_at: Callable[[Column, int], FieldError]
) -> Iterator[Fault]:
    """Group the wrong cells. The code of a group is what ``read_cell`` says of its first cell."""
    for column in columns:
        kind = kinds.get_column(column.name)
        for fault_kind in sorted(set(kind.unique()) - {_FINE}):
            rows = _row_numbers(kind == fault_kind)
            yield Fault(column.name, error_at(column, rows[0]).code, rows)


def _first_errors(
    faults: Sequence[Fault],
    columns: Sequence[Column],
    error_at: Callable[[Column, int], FieldError],
    most: int,
) -> tuple[FieldError, ...]:
    place = {column.name: index for index, column in enumerate(columns)}
    wrong = sorted((row, place[fault.column]) for fault in faults for row in fault.rows.head(most))
    return tuple(error_at(columns[index], row) for row, index in islice(wrong, most))


def _warnings(
    good: pl.DataFrame, cells: pl.DataFrame, columns: Sequence[Column], domain: str
) -> Iterator[tuple[FieldWarning, pl.Series]]:
    """What is unusual in good rows; ``cells`` are the same rows as they were written."""
    for column in columns:
        if isinstance(column, (FlagColumn, TextColumn)):
            continue
        values = good.get_column(column.name)
        if isinstance(column, NumberColumn):
            unusual = ~values.is_between(column.usual_low, column.usual_high)
        elif isinstance(column, InstantColumn):
            texts = cells.get_column(column.name)
            unusual = texts.is_in(
                [text for text in texts.unique() if column.read(text.strip(SPACES), domain)[1]]
            )
        else:
            yield from _new_words(column, values, domain)
            continue
        if unusual.any():
            yield column.unusual(domain), unusual.arg_true()
        for missing in missing_warnings(column, domain):
            if values.null_count():
                yield missing, values.is_null().arg_true()


def _new_words(
    column: ListColumn, values: pl.Series, domain: str
) -> Iterator[tuple[FieldWarning, pl.Series]]:
    """One warning for each of the first new words, which offers its nearest known ones, and one for all further ones."""
    words = [word for word in values.unique(maintain_order=True) if is_unusual(column, word)]
    for word in words[:_OFFERED_WORDS]:
        yield column.unusual(domain, word), (values == word).arg_true()
    if words[_OFFERED_WORDS:]:
        yield column.unusual(domain), values.is_in(words[_OFFERED_WORDS:]).arg_true()


def _row_numbers(mask: pl.Series) -> pl.Series:
    return mask.arg_true() + 1
