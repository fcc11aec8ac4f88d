"""What a header and the cells of a table mean, one at a time.

Header names are compared by ``spelling_key``: spaces around them, letter case, accents and the choice between space,
hyphen and underscore do not matter. Two headers that then mean the same column are refused, and columns of no meaning
are ignored.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.numerals import AmbiguousNumber, read_numerals
from drivetrain.core.text import is_unknown, nearest, spelling_key
from drivetrain.lifecycle.data.contracts import (
    FALSE_WORDS,
    LONGEST_TEXT,
    TRUE_WORDS,
    Column,
    FieldWarning,
    FlagColumn,
    InstantColumn,
    ListColumn,
    NumberColumn,
    Scalar,
    TextColumn,
    is_optional,
)

SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)
"""What may stand around a cell: Unicode's White_Space, which is what polars strips."""

UNCALCULATED = "#UNCALCULATED!"
"""Stands in a spreadsheet's cell for the value of a formula that was not calculated, or not stored."""

ERROR_VALUES = frozenset(
    {
        "#BLOCKED!",
        "#BUSY!",
        "#CALC!",
        "#CONNECT!",
        "#DIV/0!",
        "#EXTERNAL!",
        "#FIELD!",
        "#GETTING_DATA",
        "#N/A",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#PYTHON!",
        "#REF!",
        "#SPILL!",
        "#TIMEOUT!",
        "#UNKNOWN!",
        "#VALUE!",
        UNCALCULATED,
    }
)
"""What a spreadsheet shows, and writes to CSV, where a formula has no value: neither a value nor unknown."""


class CellKind(IntEnum):
    """What a spreadsheet says that a cell is; cells of CSV are all text. No kind is 0, which is an empty cell."""

    TEXT = 1
    NUMBER = 2
    FLAG = 3
    DATE = 4


# Spreadsheets that keep every number as a float write flags so.
_TRUE = TRUE_WORDS | {"1.0"}
_FALSE = FALSE_WORDS | {"0.0"}

Numerals = Mapping[str, float | AmbiguousNumber | None]
"""What the texts of a number column mean, without spaces around them; None for what is no number."""


@dataclass(frozen=True, slots=True)
class MatchedHeader:
    """Where the columns of a contract stand in a header.

    Attributes:
        positions: index into the header, by column name, in contract order.
        ignored: the other headers, cut to a printable length; one without a name is called by its place.
    """

    positions: dict[str, int]
    ignored: tuple[str, ...]


def match_header(
    header: Sequence[str],
    names: Sequence[str],
    optional: Collection[str] = (),
    *,
    subject: str = "The header",
) -> MatchedHeader:
    """Find the columns ``names`` in a header; those of ``optional`` may be missing.

    Raises:
        ContractError: columns are missing (``input.missing_column``) or there twice
            (``input.duplicate_column``).
    """
    by_key = {spelling_key(name): name for name in names}
    places: dict[str, list[int]] = {name: [] for name in names}
    ignored = []
    for index, spelling in enumerate(header):
        name = by_key.get(spelling_key(spelling[: 2 * LONGEST_TEXT]))
        if name is None:
            ignored.append(spelling.strip(SPACES)[:LONGEST_TEXT] or f"(column {index + 1})")
        else:
            places[name].append(index)
    places = {name: positions for name, positions in places.items() if positions or name not in optional}
    errors = [
        error
        for name, positions in places.items()
        if (error := _header_error(name, positions, header, ignored)) is not None
    ]
    if errors:
        raise ContractError(errors, subject=subject)
    return MatchedHeader({name: positions[0] for name, positions in places.items()}, tuple(ignored))


def misnamed_columns(matched: MatchedHeader, optional: Collection[str]) -> list[FieldWarning]:
    """A warning for each optional column that the header lacks, where an ignored one may be meant for it."""
    warnings = []
    for name in sorted(set(optional) - set(matched.positions)):
        near = nearest(name, matched.ignored, most=1)
        if near:
            detail = (
                f"The column {near[0]!r} is ignored, and {name} is missing; if that is meant, call it {name}."
            )
            warnings.append(FieldWarning(name, "input.misnamed_column", detail))
    return warnings


def _header_error(
    name: str, positions: Sequence[int], header: Sequence[str], ignored: Sequence[str]
) -> FieldError | None:
    if len(positions) > 1:
        spellings = ", ".join(repr(header[index].strip(SPACES)) for index in positions[:3])
        detail = f"{name} stands in the header {len(positions)} times ({spellings}); leave one of them."
        return FieldError("input.duplicate_column", detail, column=name)
    if not positions:
        near = nearest(name, ignored, most=1)
        hint = f" Is {near[0]!r} meant for it?" if near else ""
        return FieldError("input.missing_column", f"The column {name} is missing.{hint}", column=name)
    return None


def read_column(
    column: Column, texts: Iterable[str | None], domain: str
) -> dict[str | None, Scalar | FieldError | None]:
    """What each different text of a column means, by ``read_cell``."""
    different = set(texts)
    numerals = read_numbers(column, different) if isinstance(column, NumberColumn) else {}
    return {text: read_cell(column, text, domain, numerals) for text in different}


def read_numbers(column: NumberColumn, texts: Iterable[str | None]) -> Numerals:
    """The texts of a column as numbers, its digit groups and decimal marks decided by all of them together."""
    return read_numerals({(text or "").strip(SPACES) for text in texts}, column.accepts)


def read_cell(
    column: Column,
    text: str | None,
    domain: str,
    numerals: Numerals | None = None,
    kind: CellKind = CellKind.TEXT,
) -> Scalar | FieldError | None:
    """The canonical value of one text cell, or what is wrong with it.

    A number is written as ``read_numerals`` takes it (``150000.0`` and ``1.5e5`` are whole, ``150 000`` is
    grouped); a flag is one of true/false, 1/0, yes/no, vrai/faux, oui/non in any letter case, or 1.0/0.0; an
    instant may also be a civil time of the column's zone; an empty cell is missing, except where any text will
    do; missing is None where the column is optional and wrong elsewhere. Optional cells may also say that they
    are not known, by one of ``UNKNOWN_WORDS``.

    Args:
        numerals: what the numbers of the column mean; a cell that is not among them is a column of its own.
        kind: a number of a spreadsheet has no digit groups, so that its text means one thing.
    """
    bare = (text or "").strip(SPACES)
    if is_optional(column) and is_unknown(bare):
        return None
    if isinstance(column, TextColumn):
        return bare
    if says_nothing(column, bare) or bare in ERROR_VALUES:
        return _no_value(column, bare)
    if isinstance(column, InstantColumn):
        return column.read(bare, domain)[0]
    if isinstance(column, NumberColumn):
        return _number(
            column, bare, domain, {bare: float(bare)} if kind is CellKind.NUMBER else numerals or {}
        )
    return column.check(read_flag(bare) if isinstance(column, FlagColumn) else text, domain)


def says_nothing(column: Column, bare: str) -> bool:
    """True for a required cell without a value: empty, or a word for unknown that an open list would take for a new one."""
    return not bare or (isinstance(column, ListColumn) and column.is_open and is_unknown(bare))


def _no_value(column: Column, text: str) -> FieldError:
    """The refusal of a cell that is empty, says that it is not known, or shows the error of a formula."""
    if not text:
        return FieldError("input.missing_value", f"{column.name} is empty; every row needs a value.")
    if is_unknown(text):
        return FieldError(
            "input.missing_value", f"{column.name} is {text}, not known; every row needs a value."
        )
    if text == UNCALCULATED:
        detail = (
            f"{column.name} is a formula whose value is not stored; open the file in a spreadsheet program, let it "
            "calculate, and save it again."
        )
        return FieldError("input.uncalculated_formula", detail)
    detail = f"{column.name} is {text}, the error of a formula; correct the formula or empty the cell."
    return FieldError("input.error_value", detail)


def _number(column: NumberColumn, text: str, domain: str, numerals: Numerals) -> float | int | FieldError:
    number = numerals[text] if text in numerals else read_numbers(column, [text])[text]
    if isinstance(number, AmbiguousNumber):
        return column.ambiguous(text, number, domain)
    return column.check(number if number is not None and math.isfinite(number) else None, domain)


def read_flag(text: str) -> bool | None:
    """The flag that a bare text means; None where it means none."""
    word = text.lower()
    return True if word in _TRUE else False if word in _FALSE else None
