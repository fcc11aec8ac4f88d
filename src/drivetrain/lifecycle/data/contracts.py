"""What a model's table promises, declared once.

A contract checks one decoded JSON object and a table of a million text cells by the same rules, and
the HTTP schema, the form metadata and the documentation are derived from it. It refuses what cannot
be true, warns of what is unusual, and repairs spellings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from drivetrain.core.errors import ContractError, FieldError, InvalidInputError
from drivetrain.core.numerals import AmbiguousNumber
from drivetrain.core.text import compact, is_plain, nearest, spelling_key
from drivetrain.core.time import SkippedTimeError, read_instant, read_table_instant, short_utc

Scalar = str | float | int | bool
Row = dict[str, Scalar | None]
"""One checked row: canonical values in the order of the contract; None where an optional column has no
value."""

LONGEST_TEXT = 64
YEAR = "year"
"""Unit of a calendar year: no amount, so written without separators and without a unit."""
_HINTS = 5
"""Unknown fields for which the nearest known one is looked for: a body may hold thousands, and each search
costs."""
TRUE_WORDS = frozenset({"true", "1", "yes", "vrai", "oui"})
FALSE_WORDS = frozenset({"false", "0", "no", "faux", "non"})
"""What tables write for a flag, in small letters; spreadsheets write the words of their language to CSV files."""


@dataclass(frozen=True, slots=True)
class FieldWarning:
    """Something unusual that was accepted; the sentence is the same for every row it concerns."""

    field: str
    code: str
    detail: str

    def as_dict(self) -> dict[str, str]:
        """The warning as it stands in an answer."""
        return {"field": self.field, "code": self.code, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A number with its unit, the bounds outside which it is refused, and those outside which it is unusual.

    Attributes:
        low, high: inclusive; outside them the value is refused.
        usual_low, usual_high: inclusive; outside them the value is accepted with a warning.
        whole: True when only whole numbers make sense.
        why: the argument for the bounds, for the documentation.
        optional: True when a row may come without it.
        without: what a row is told that comes without it; empty for nothing.
        in_example: False for an optional column that most rows come without: example rows leave it empty.
    """

    name: str
    description: str
    unit: str
    low: float
    high: float
    usual_low: float
    usual_high: float
    example: float
    whole: bool = True
    why: str = ""
    optional: bool = False
    without: str = ""
    in_example: bool = True

    def check(self, value: object, domain: str) -> float | int | FieldError:
        """The number, or what is wrong with it. Booleans are not numbers."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            unit = f" ({self.unit})" if self._counted else ""
            return FieldError(f"{domain}.{self.name}_not_a_number", f"{self.name} must be a number{unit}.")
        if not self.low <= value <= self.high:  # also catches NaN
            return FieldError(f"{domain}.{self.name}_out_of_range", self.range_detail())
        if self.whole and value != math.floor(value):
            unit = f" of {self.unit}" if self._counted else ""
            return FieldError(f"{domain}.{self.name}_not_whole", f"{self.name} must be a whole number{unit}.")
        return int(value) if self.whole else float(value)

    def accepts(self, value: float) -> bool:
        """True for a number that the column may hold."""
        return self.low <= value <= self.high and (not self.whole or value == math.floor(value))

    def ambiguous(self, text: str, readings: AmbiguousNumber, domain: str) -> FieldError:
        """The refusal of a cell whose mark may be a decimal one or group digits."""
        return FieldError(
            f"{domain}.{self.name}_ambiguous",
            f"{self.name} is written {text}, which may mean {readings}, and no other cell of the column decides it; "
            f"write {readings}.",
        )

    def range_detail(self) -> str:
        """The sentence for a value outside the bounds."""
        return f"{self.name} must lie between {self._between(self.low, 'and', self.high)}."

    def unusual(self, domain: str, value: Scalar | None = None) -> FieldWarning:
        """The warning for a value outside the usual bounds; the same whatever the value is."""
        usual = self._between(self.usual_low, "to", self.usual_high)
        return FieldWarning(
            self.name,
            f"{domain}.{self.name}_unusual",
            f"{self.name} is outside the usual {usual}; check the entry.",
        )

    def missing(self, domain: str) -> FieldWarning | None:
        """The warning for a row without a value, where there is something to say."""
        return (
            FieldWarning(self.name, f"{domain}.{self.name}_missing", self.without) if self.without else None
        )

    def schema(self) -> dict[str, object]:
        """JSON schema of the field."""
        return {
            "type": _json_type("integer" if self.whole else "number", self.optional),
            "minimum": self.low,
            "maximum": self.high,
            "description": f"{self.description} Unit: {self.unit}.",
            "examples": [self.example if self.in_example else None],
            "x-unit": self.unit,
            "x-usual": [self.usual_low, self.usual_high],
        }

    @property
    def _counted(self) -> bool:
        """False where the unit only repeats the name: nobody says "doors must lie between 1 and 9 doors"."""
        return self.unit not in {self.name, YEAR}

    def _between(self, low: float, joined: str, high: float) -> str:
        """Two bounds in words: ``1,000 to 9,000 km``, ``1998 to 2020``."""
        number = "{:.10g}" if self.unit == YEAR else "{:,.10g}"
        bounds = f"{number.format(low)} {joined} {number.format(high)}"
        return f"{bounds} {self.unit}" if self._counted else bounds


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One of a list of words. A closed list refuses unknown words; an open one answers them with a warning.

    Attributes:
        values: the accepted words in their canonical spelling.
        spellings: further accepted writings, each with its canonical word.
        is_open: True when new words may appear in the world before they appear in the list.
        optional: True when a row may come without it.
    """

    name: str
    description: str
    values: tuple[str, ...]
    example: str
    spellings: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False
    optional: bool = False
    _canonical: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    _compact: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    _by_initial: dict[str, list[str]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Build the look-ups from spelling keys to canonical words."""
        keys = [(spelling_key(spelling), value) for spelling, value in self._writings()]
        self._canonical.update(keys)
        self._canonical.update({value: value for value in self.values})
        self._compact.update(_unambiguous(keys))
        for value in self.values:
            self._by_initial.setdefault(compact(spelling_key(value))[:1], []).append(value)

    def _writings(self) -> Iterator[tuple[str, str]]:
        """Each accepted writing with its canonical word; a later one counts where two share a key."""
        yield from ((value, value) for value in self.values)
        yield from self.spellings.items()

    def check(self, value: object, domain: str) -> str | FieldError:
        """The canonical word, the cleaned new word of an open list, or what is wrong."""
        if not isinstance(value, str):
            return FieldError(f"{domain}.{self.name}_not_text", f"{self.name} must be text.")
        word = self.canonical(value)
        if word is not None:
            return word
        if self.is_open:
            return FieldError(
                f"{domain}.{self.name}_not_plain",
                f"{self.name} must be 1 to {LONGEST_TEXT} characters of plain text.",
            )
        near = nearest(value[:LONGEST_TEXT], self.values) or list(self.values)
        return FieldError(
            f"{domain}.unknown_{self.name}", f"{self.name} is not accepted; use one of: {', '.join(near)}."
        )

    def canonical(self, text: str) -> str | None:
        """The canonical word, the cleaned new word of an open list, or None for a text that is refused.

        The cheap half of ``check``: a table of a million broken cells looks for the nearest words of the
        listed ones only.
        """
        value = self._canonical.get(text) or self._canonical.get(spelling_key(text))
        if value is not None:
            return value
        cleaned = " ".join(text.split())
        if not cleaned or not is_plain(cleaned, longest=LONGEST_TEXT):
            return None
        return self._compact.get(compact(spelling_key(cleaned))) or (cleaned if self.is_open else None)

    def knows(self, value: object) -> bool:
        """True for a canonical word of the list."""
        return value in self._canonical

    def unusual(self, domain: str, value: Scalar | None = None) -> FieldWarning:
        """The warning for a word that an open list does not hold; given the word, it offers the nearest ones.

        Only words with the same first letter are compared: a list of ten thousand rows may hold as many new words.
        """
        near = (
            nearest(value, self._by_initial.get(compact(spelling_key(value))[:1], ()))
            if isinstance(value, str)
            else []
        )
        offer = f" Did you mean {' or '.join(near)}?" if near else ""
        return FieldWarning(
            self.name,
            f"{domain}.new_{self.name}",
            f"{self.name} was not in the training table; the range is wider for it.{offer}",
        )

    def schema(self) -> dict[str, object]:
        """JSON schema of the field; spelling repair is described, not enumerated."""
        schema: dict[str, object] = {
            "type": _json_type("string", self.optional),
            "description": self.description,
            "examples": [self.example],
        }
        if self.is_open:
            return {**schema, "maxLength": LONGEST_TEXT, "x-known-values": list(self.values)}
        return {**schema, "enum": [*self.values, *([None] if self.optional else [])]}


@dataclass(frozen=True, slots=True)
class FlagColumn:
    """True or false. In JSON only a boolean; in a file also the words above and 1/0."""

    name: str
    description: str
    example: bool = False

    def check(self, value: object, domain: str) -> bool | FieldError:
        """The boolean, or what is wrong."""
        if isinstance(value, bool):
            return value
        return FieldError(f"{domain}.{self.name}_not_a_boolean", f"{self.name} must be true or false.")

    def schema(self) -> dict[str, object]:
        """JSON schema of the field."""
        return {"type": "boolean", "description": self.description, "examples": [self.example]}


@dataclass(frozen=True, slots=True)
class InstantColumn:
    """An instant; its canonical value is UTC in ISO 8601, for example ``2022-05-16T21:45:00Z``.

    JSON must say the zone. Tables often hold the civil time of one place: there a time without a zone is one
    of ``zone``. One that the clock jumped over is refused; one that comes twice is the first of the two, with
    a warning.

    Attributes:
        zone: IANA name of the zone of a table's times.
        first_year, last_year: inclusive; instants outside of these years, by UTC, are refused.
        writings: how tables write a civil time besides ISO 8601, in ``strptime``'s words.
    """

    name: str
    description: str
    example: str
    zone: str
    first_year: int
    last_year: int
    writings: tuple[str, ...] = ()

    def check(self, value: object, domain: str) -> str | FieldError:
        """The canonical text of an instant with its zone, or what is wrong."""
        if not isinstance(value, str):
            return FieldError(
                f"{domain}.{self.name}_not_text",
                f"{self.name} must be text: an ISO 8601 instant with its zone.",
            )
        try:
            instant = read_instant(value[:LONGEST_TEXT])
        except ValueError:
            detail = f"{self.name} must be an ISO 8601 instant with its zone, for example {self.example}."
            return FieldError(f"{domain}.{self.name}_not_an_instant", detail)
        if not self.first_year <= instant.year <= self.last_year:
            return FieldError(f"{domain}.{self.name}_out_of_range", self.range_detail())
        return short_utc(instant)

    def read(self, text: str, domain: str) -> tuple[str | FieldError, bool]:
        """The same for a cell of a table, where the zone may be left out; and whether its time comes twice."""
        try:
            instant, comes_twice = read_table_instant(text[:LONGEST_TEXT], self.zone, self.writings)
        except SkippedTimeError:
            detail = f"{self.name} is a time that never was in {self.zone}: the clock jumped over it."
            return FieldError(f"{domain}.{self.name}_does_not_exist", detail), False
        except ValueError:
            detail = f"{self.name} must be an ISO 8601 instant with its zone, or a civil time of {self.zone}."
            return FieldError(f"{domain}.{self.name}_not_an_instant", detail), False
        if not self.first_year <= instant.year <= self.last_year:
            return FieldError(f"{domain}.{self.name}_out_of_range", self.range_detail()), False
        return short_utc(instant), comes_twice

    def range_detail(self) -> str:
        """The sentence for an instant outside the years."""
        return f"{self.name} must lie in the years {self.first_year} to {self.last_year}."

    def unusual(self, domain: str, value: Scalar | None = None) -> FieldWarning:
        """The warning for a civil time that comes twice."""
        detail = (
            f"The clock is set back in this hour: {self.name} is taken as the first of two. Give its zone."
        )
        return FieldWarning(self.name, f"{domain}.{self.name}_comes_twice", detail)

    def schema(self) -> dict[str, object]:
        """JSON schema of the field."""
        return {
            "type": "string",
            "format": "date-time",
            "description": self.description,
            "examples": [self.example],
        }


@dataclass(frozen=True, slots=True)
class TextColumn:
    """Any text, also an empty one: what the text must be, its product judges.

    Attributes:
        optional: a row may lack the text; its value is then None. Elsewhere an empty cell of a table is an empty text.
    """

    name: str
    description: str
    example: str = ""
    optional: bool = False

    def check(self, value: object, domain: str) -> str | FieldError:
        """The text as it was written, or what is wrong."""
        if isinstance(value, str):
            return value
        return FieldError(f"{domain}.{self.name}_not_text", f"{self.name} must be text.")

    def schema(self) -> dict[str, object]:
        """JSON schema of the field."""
        return {
            "type": _json_type("string", self.optional),
            "description": self.description,
            "examples": [self.example],
        }


Column = NumberColumn | ListColumn | FlagColumn | InstantColumn | TextColumn


@dataclass(frozen=True, slots=True)
class RowContract:
    """The columns of one table, in order.

    Attributes:
        domain: first part of the error codes, for example ``parking``.
        columns: the inputs.
    """

    name: str
    domain: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Input column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def optional_names(self) -> frozenset[str]:
        """Input columns that a row, or a whole table, may lack."""
        return frozenset(column.name for column in self.columns if is_optional(column))

    def example(self) -> Row:
        """A row that passes the check, from the columns' own examples."""
        return {column.name: column.example for column in self.columns if is_in_example(column)}

    def check_row(self, raw: Mapping[str, object]) -> tuple[Row, tuple[FieldWarning, ...]]:
        """Check one decoded JSON object.

        Returns:
            The canonical row in contract order, and what is unusual about it.

        Raises:
            ContractError: fields are missing, unknown or wrong; every one is named.
        """
        errors: list[FieldError] = []
        warnings: list[FieldWarning] = []
        row: Row = {}
        present = 0
        domain = self.domain
        for column in self.columns:
            name = column.name
            value = raw.get(name)
            if value is None:
                if is_optional(column):
                    present += name in raw
                    row[name] = None
                    warnings.extend(missing_warnings(column, domain))
                    continue
                if name not in raw:
                    errors.append(
                        FieldError("input.missing_field", f"{name} is missing.", pointer=f"/{name}")
                    )
                    continue
            present += 1
            checked = column.check(value, domain)
            if isinstance(checked, FieldError):
                errors.append(FieldError(checked.code, checked.detail, pointer=f"/{name}"))
                continue
            row[name] = checked
            if column.__class__ is not FlagColumn and is_unusual(column, checked):
                warnings.append(column.unusual(domain, checked))  # type: ignore[union-attr]
        if len(raw) > present:
            errors.extend(self._unknown_fields(raw))
        if errors:
            raise ContractError(errors)
        return row, tuple(warnings)

    def _unknown_fields(self, raw: Mapping[str, object]) -> list[FieldError]:
        known = set(self.names)
        errors: list[FieldError] = []
        for name in raw:
            if name in known:
                continue
            near = nearest(name[:LONGEST_TEXT], self.names, most=1) if len(errors) < _HINTS else []
            hint = f" Did you mean {near[0]}?" if near else ""
            shown = pointer_token(name[:LONGEST_TEXT])
            errors.append(
                FieldError(
                    "input.unknown_field",
                    f"This field is not part of the contract.{hint}",
                    pointer=f"/{shown}",
                )
            )
        return errors

    def schema(self) -> dict[str, object]:
        """JSON schema of one row, for OpenAPI and the forms of the web app."""
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [name for name in self.names if name not in self.optional_names],
            "properties": {column.name: column.schema() for column in self.columns},
            "example": self.example(),
        }

    def as_dict(self) -> dict[str, Any]:
        """The contract as plain values; ``contract_from_dict`` reads it back."""
        return {
            "name": self.name,
            "domain": self.domain,
            "columns": [_column_as_dict(column) for column in self.columns],
        }


@dataclass(frozen=True, slots=True)
class Contract(RowContract):
    """The columns that a model learns from, and the column that is to be predicted.

    Attributes:
        target: what the model predicts; present in training tables only.
        key: columns that say which car, or which trip, a row is about; empty where only all inputs together do.
    """

    target: NumberColumn
    key: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The contract as plain values; ``from_dict`` reads it back."""
        key = {"key": list(self.key)} if self.key else {}
        return {**RowContract.as_dict(self), "target": _column_as_dict(self.target), **key}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Contract:
        """The contract that ``as_dict`` wrote."""
        contract = contract_from_dict(plain)
        if not isinstance(contract, cls):
            raise TypeError("the contract of a model has a target")
        return contract


def contract_from_dict(plain: Mapping[str, Any]) -> RowContract:
    """The contract that ``as_dict`` wrote, with its target where it has one."""
    columns = tuple(_column_from_dict(column) for column in plain["columns"])
    if "target" not in plain:
        return RowContract(plain["name"], plain["domain"], columns)
    target = _column_from_dict(plain["target"])
    if not isinstance(target, NumberColumn):
        raise TypeError("the target of a contract is a number")
    return Contract(plain["name"], plain["domain"], columns, target, tuple(plain.get("key", ())))


def is_optional(column: Column) -> bool:
    """True for a column that may have no value."""
    return isinstance(column, (NumberColumn, ListColumn, TextColumn)) and column.optional


def is_in_example(column: Column) -> bool:
    """True for a column that example rows have a value in."""
    return not isinstance(column, NumberColumn) or column.in_example


def missing_warnings(column: Column, domain: str) -> tuple[FieldWarning, ...]:
    """What a row is told that has no value in an optional column."""
    warning = column.missing(domain) if isinstance(column, NumberColumn) else None
    return () if warning is None else (warning,)


def is_unusual(column: Column, value: Scalar | None) -> bool:
    """True for an accepted value that deserves a warning.

    An open list without words cannot tell what is new.
    """
    if value is None:
        return False
    if isinstance(column, NumberColumn):
        return not column.usual_low <= value <= column.usual_high  # type: ignore[operator]
    return isinstance(column, ListColumn) and bool(column.values) and not column.knows(value)


def _unambiguous(keys: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Canonical words by their key without spaces and punctuation.

    Keys that two words share are left out: ``CX-30`` and ``CX30`` are both listed.
    """
    by_compact: dict[str, set[str]] = {}
    for key, value in keys:
        by_compact.setdefault(compact(key), set()).add(value)
    return {compact: values.pop() for compact, values in by_compact.items() if compact and len(values) == 1}


def pointer_token(name: str) -> str:
    """A field name as one token of a JSON pointer (RFC 6901), safe to print."""
    return name.replace("~", "~0").replace("/", "~1").encode("ascii", "backslashreplace").decode("ascii")


def _json_type(kind: str, optional: bool) -> object:
    return [kind, "null"] if optional else kind


_KINDS: dict[str, type[Column]] = {
    "number": NumberColumn,
    "list": ListColumn,
    "flag": FlagColumn,
    "instant": InstantColumn,
    "text": TextColumn,
}


def _column_as_dict(column: Column) -> dict[str, Any]:
    kind = next(kind for kind, cls in _KINDS.items() if isinstance(column, cls))
    plain = {key: value for key, value in asdict(column).items() if not key.startswith("_")}
    return {"kind": kind, **plain}


def _column_from_dict(plain: Mapping[str, Any]) -> Column:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in plain.items()
        if key != "kind"
    }
    return _KINDS[plain["kind"]](**values)


def as_object(value: Any) -> dict[str, Any]:
    """The value, if it is a JSON object.

    Raises:
        InvalidInputError: it is something else.
    """
    if not isinstance(value, dict):
        raise InvalidInputError("A JSON object is needed here.", code="input.not_an_object")
    return value
