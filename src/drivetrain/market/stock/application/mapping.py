"""How a dealer writes the fields of a listing: headings, words, and what is the same for all rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from drivetrain.core.errors import FieldError, InvalidInputError
from drivetrain.core.text import nearest, spelling_key
from drivetrain.lifecycle.data.cells import read_cell
from drivetrain.lifecycle.data.column_mapping import UNMAPPED, ColumnMapping, parse_mapping
from drivetrain.lifecycle.data.contracts import Column, ListColumn, RowContract, Scalar
from drivetrain.lifecycle.data.mapping_suggestions import suggest_mapping
from drivetrain.market.listings.application.contract import DOMAIN, LISTING
from drivetrain.market.listings.domain.car import EQUIPMENT
from drivetrain.market.stock.application.known_words import HEADINGS, WORDS

LONGEST_WORD = 64
MOST_WORDS = 2_000
"""Words of one mapping."""

_COLUMNS: Mapping[str, Column] = {column.name: column for column in LISTING.columns}
_OFFERED = 50
_EQUIPMENT = "equipment"


@dataclass(frozen=True, slots=True)
class StockMapping:
    """A dealer's own names.

    Attributes:
        columns: their headings.
        words: by column, their words with ours.
        fixed: by column, the value of every row, canonical; a column of that name in the file is not read.
    """

    columns: ColumnMapping = UNMAPPED
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fixed: Mapping[str, Scalar] = field(default_factory=dict)

    def contract(self) -> RowContract:
        """What is asked of a file: the contract of listings with the dealer's words, without what is fixed."""
        columns = [self._with_words(column) for column in LISTING.columns if column.name not in self.fixed]
        return RowContract(LISTING.name, LISTING.domain, tuple(columns))

    def headings(self) -> dict[str, str]:
        """What the file calls each column that is read of it."""
        return {name: self.columns.heading_of(name) for name in LISTING.names if name not in self.fixed}

    def equipment_words(self) -> dict[str, str]:
        """The words of equipment by spelling key: ours and the dealer's."""
        ours = {spelling_key(word): word for word in EQUIPMENT}
        return {**ours, **{spelling_key(word): own for word, own in self.words.get(_EQUIPMENT, {}).items()}}

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as ``read_mapping`` takes them."""
        words = {column: dict(each) for column, each in self.words.items()}
        return {"columns": self.columns.as_dict(), "words": words, "fixed": dict(self.fixed)}

    def _with_words(self, column: Column) -> Column:
        words = self.words.get(column.name)
        if words is None or not isinstance(column, ListColumn):
            return column
        return replace(column, spellings={**column.spellings, **words})


def read_mapping(plain: Mapping[str, Mapping[str, Any]]) -> StockMapping:
    """A mapping as a person gives it: ``columns`` (heading to column), ``words`` and ``fixed``; each may be missing.

    Raises:
        InvalidInputError: ``data.bad_mapping``; every wrong part is named.
    """
    fixed, errors = _read_fixed(plain.get("fixed", {}))
    words, wrong_words = _read_words(plain.get("words", {}))
    errors += wrong_words
    if errors:
        raise InvalidInputError(
            "The table cannot be mapped like this.", code="data.bad_mapping", errors=errors
        )
    pairs = [f"{heading}={column}" for heading, column in plain.get("columns", {}).items()]
    free = {name: column for name, column in _COLUMNS.items() if name not in fixed}
    return StockMapping(parse_mapping(pairs, free), words, fixed)


def suggest_columns(missing: Iterable[str], ignored: Mapping[str, Sequence[str | None]]) -> dict[str, str]:
    """Headings that may be meant for columns that a file lacks: heading to column.

    Args:
        ignored: the first cells of the file's other columns, by heading.
    """
    suggestions = suggest_mapping(list(missing), ignored, _COLUMNS, HEADINGS)
    return {each.heading: each.column for each in suggestions}


def suggest_words(unread: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
    """What words may mean that a column does not know, by column; words without a suggestion are left out.

    Args:
        unread: the dealer's words, most frequent first.
    """
    offered: dict[str, dict[str, str]] = {}
    for column, words in unread.items():
        for word, _ in zip(words, range(_OFFERED), strict=False):
            meaning = _likely(column, word)
            if meaning is not None:
                offered.setdefault(column, {})[word] = meaning
    return offered


def _likely(column: str, word: str) -> str | None:
    by_key = {spelling_key(known): ours for known, ours in WORDS.get(column, {}).items()}
    if (meaning := by_key.get(spelling_key(word))) is not None:
        return meaning
    ours = {spelling_key(each): each for each in _values(column)}
    near = nearest(word[:LONGEST_WORD], [*ours, *by_key], most=1)
    return ours.get(near[0], by_key.get(near[0])) if near else None


def _values(column: str) -> Sequence[str]:
    if column == _EQUIPMENT:
        return EQUIPMENT
    known = _COLUMNS.get(column)
    return known.values if isinstance(known, ListColumn) else ()


def _read_fixed(plain: Mapping[str, Any]) -> tuple[dict[str, Scalar], list[FieldError]]:
    fixed: dict[str, Scalar] = {}
    errors = []
    for name, value in plain.items():
        column = _COLUMNS.get(name)
        if column is None:
            errors.append(_wrong(f"/fixed/{name[:LONGEST_WORD]}", _no_column(name)))
            continue
        read = read_cell(column, str(value), DOMAIN)
        if isinstance(read, FieldError):
            errors.append(FieldError(read.code, read.detail, f"/fixed/{name}"))
        elif read is None:
            errors.append(_wrong(f"/fixed/{name}", f"{name} has no value."))
        else:
            fixed[name] = read
    return fixed, errors


def _read_words(
    plain: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, dict[str, str]], list[FieldError]]:
    words: dict[str, dict[str, str]] = {}
    errors = []
    if sum(map(len, plain.values())) > MOST_WORDS:
        return {}, [_wrong("/words", f"A mapping has at most {MOST_WORDS:,} words.")]
    for name, pairs in plain.items():
        column = _COLUMNS.get(name)
        if name != _EQUIPMENT and not isinstance(column, ListColumn):
            errors.append(_wrong(f"/words/{name[:LONGEST_WORD]}", f"{name[:LONGEST_WORD]} has no words."))
            continue
        for word, meaning in pairs.items():
            ours = _canonical(column, str(meaning))
            if ours is None or not word.strip() or len(word) > LONGEST_WORD:
                errors.append(_wrong(f"/words/{name}", f"{meaning!r} is no word of {name}."))
            else:
                words.setdefault(name, {})[word] = ours
    return words, errors


def _canonical(column: Column | None, word: str) -> str | None:
    if isinstance(column, ListColumn):
        return column.canonical(word)
    return word if word in EQUIPMENT else None


def _no_column(name: str) -> str:
    near = nearest(name[:LONGEST_WORD], LISTING.names, most=1)
    return f"A listing has no {name[:LONGEST_WORD]!r}.{f' Is {near[0]} meant?' if near else ''}"


def _wrong(pointer: str, detail: str) -> FieldError:
    return FieldError("data.bad_mapping", detail, pointer)
