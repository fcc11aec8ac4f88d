"""Which heading of a file stands for which column of a table, where the file has names of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from drivetrain.core.errors import FieldError, InvalidInputError
from drivetrain.core.numerals import AmbiguousNumber, read_numerals, write_numeral
from drivetrain.core.text import nearest, spelling_key
from drivetrain.lifecycle.data.cells import SPACES
from drivetrain.lifecycle.data.contracts import Column, NumberColumn

CENTS = "cents"
_CENTS_PER_UNIT = 100
_AMOUNT = re.compile(r"[A-Z]{3}( per .+)?")
"""The unit of a column of money: a currency, or a currency per something."""


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One heading of a file with the column that it stands for.

    Attributes:
        heading: as the file writes it; compared like any header, by ``spelling_key``.
        is_in_cents: True where the file holds hundredths of the column's unit.
    """

    heading: str
    column: str
    is_in_cents: bool = False

    @property
    def target(self) -> str:
        """The column and its unit as they are written: ``mileage``, ``price:cents``."""
        return f"{self.column}:{CENTS}" if self.is_in_cents else self.column

    def __str__(self) -> str:
        return f"{self.heading}={self.target}"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The mapped columns of one file; other columns have the table's own names."""

    columns: tuple[MappedColumn, ...] = ()

    def heading_of(self, column: str) -> str:
        """What the file calls a column."""
        return next((mapped.heading for mapped in self.columns if mapped.column == column), column)

    @property
    def in_cents(self) -> frozenset[str]:
        """The columns that the file holds in hundredths."""
        return frozenset(mapped.column for mapped in self.columns if mapped.is_in_cents)

    def as_dict(self) -> dict[str, str]:
        """Heading to column, as ``mapping_from_dict`` reads it."""
        return {mapped.heading: mapped.target for mapped in self.columns}


UNMAPPED = ColumnMapping()


def mapping_from_dict(plain: Mapping[str, str]) -> ColumnMapping:
    """The mapping that ``as_dict`` wrote."""
    return ColumnMapping(tuple(_mapped(heading, target) for heading, target in plain.items()))


def parse_mapping(texts: Sequence[str], columns: Mapping[str, Column | None]) -> ColumnMapping:
    """The mapping that a person wrote: ``Kilométrage=mileage``, ``prix_centimes=price:cents``.

    Args:
        columns: what may be mapped to, by name, with the contract's column where it has one of that name.

    Raises:
        InvalidInputError: ``data.bad_mapping``; every wrong one is named.
    """
    errors: list[FieldError] = []
    mapped = [_read(text, columns, errors) for text in texts]
    mapping = ColumnMapping(tuple(column for column in mapped if column is not None))
    if not errors:
        errors = _repeated(mapping, columns)
    if errors:
        raise InvalidInputError(
            "The columns cannot be mapped like this.", code="data.bad_mapping", errors=errors
        )
    return mapping


def is_amount(column: Column | None) -> bool:
    """True for a column that holds money, which a file may hold in cents."""
    return isinstance(column, NumberColumn) and _AMOUNT.fullmatch(column.unit) is not None


def from_cents(texts: Sequence[str | None], accepts: Callable[[float], bool]) -> list[str | None]:
    """Cells in cents as cells in whole units.

    What is no number stays as it is, for the contract to refuse. So does one that may be read in two ways; it
    gets its unit, so that it is not taken for an amount in whole units.

    Args:
        texts: the cells of one column, whose digit groups and decimal marks are decided together.
        accepts: True for an amount in whole units that the column may hold.
    """
    bare = {text: (text or "").strip(SPACES) for text in set(texts)}
    numbers = read_numerals(bare.values(), lambda cents: accepts(cents / _CENTS_PER_UNIT))

    def converted(text: str | None) -> str | None:
        number = numbers[bare[text]]
        if number is None:
            return text
        if isinstance(number, AmbiguousNumber):
            return f"{text} {CENTS}"
        return write_numeral(number / _CENTS_PER_UNIT)

    by_text = {text: converted(text) for text in bare}
    return [by_text[text] for text in texts]


def _mapped(heading: str, target: str) -> MappedColumn:
    column, colon, unit = target.rpartition(":")
    return (
        MappedColumn(heading, column, is_in_cents=True)
        if colon and unit == CENTS
        else MappedColumn(heading, target)
    )


def _read(text: str, columns: Mapping[str, Column | None], errors: list[FieldError]) -> MappedColumn | None:
    heading, equals, target = text.rpartition("=")
    if not equals or not heading.strip() or not target.strip():
        errors.append(_wrong(f"{text!r} is not of the form THEIRS=OURS, for example 'Kilométrage=mileage'."))
        return None
    written = _mapped(heading.strip(), target.strip())
    by_key = {spelling_key(name): name for name in columns if name}
    name = by_key.get(spelling_key(written.column))
    if name is None:
        near = nearest(written.column, by_key.values()) or list(by_key.values())
        errors.append(_wrong(f"The table has no column {written.column!r}; it has: {', '.join(near)}."))
        return None
    if written.is_in_cents and not is_amount(columns[name]):
        errors.append(_wrong(f"{name} is not an amount of money, so it cannot be in {CENTS}."))
        return None
    return MappedColumn(written.heading, name, written.is_in_cents)


def _repeated(mapping: ColumnMapping, columns: Mapping[str, Column | None]) -> list[FieldError]:
    """A column of two headings, or a heading of two columns; a column that is not mapped has its own name."""
    errors = []
    names = [mapped.column for mapped in mapping.columns]
    errors += [
        _wrong(f"{name} is mapped more than once.") for name in sorted(set(names)) if names.count(name) > 1
    ]
    keys = [spelling_key(mapping.heading_of(name)) for name in columns if name]
    errors += [
        _wrong(f"The heading {mapped.heading!r} would be two columns; map the other one as well.")
        for mapped in mapping.columns
        if keys.count(spelling_key(mapped.heading)) > 1
    ]
    return errors


def _wrong(detail: str) -> FieldError:
    return FieldError("data.bad_mapping", detail)
