"""From a table of rentals to chained rentals: every row is checked, and one that cannot be trusted is named, not guessed."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.numerals import AmbiguousNumber, read_numerals
from drivetrain.core.text import is_unknown
from drivetrain.rental.buffer.domain.rule import (
    LONGEST_GAP_MIN,
    BoolArray,
    ChainedRentals,
    CheckinType,
    FloatArray,
    IntArray,
)

RENTAL_ID = "rental_id"
CAR_ID = "car_id"
CHECKIN_TYPE = "checkin_type"
STATE = "state"
DELAY = "delay_at_checkout_in_minutes"
PREVIOUS_ID = "previous_ended_rental_id"
GAP = "time_delta_with_previous_rental_in_minutes"
COLUMNS = (RENTAL_ID, CAR_ID, CHECKIN_TYPE, STATE, DELAY, PREVIOUS_ID, GAP)
"""The columns of the rental delay table, as published."""

ENDED, CANCELED = "ended", "canceled"
NO_PREVIOUS = -1
_LARGEST_ID = 2**53  # the largest whole number a spreadsheet cell holds exactly


def _is_id(number: float) -> bool:
    return abs(number) <= _LARGEST_ID and number == math.floor(number)


_ACCEPTS: Mapping[str, Callable[[float], bool]] = {
    RENTAL_ID: _is_id,
    CAR_ID: _is_id,
    DELAY: math.isfinite,
    PREVIOUS_ID: _is_id,
    GAP: lambda minutes: 0 <= minutes <= LONGEST_GAP_MIN,
}
"""The columns of numbers, and what each may hold."""

Cells = Mapping[str, Sequence[object]]
"""A table column by column: numbers, text, or None, NaN and empty text for missing."""


@dataclass(frozen=True, slots=True, eq=False)
class RentalTable:
    """The rows of a table that passed every check, in table order.

    Attributes:
        row: 1-based data row each rental came from.
        delay_min: actual minus planned end, minutes; < 0 early, NaN unknown.
        previous: index of the previous rental in this table, -1 for none within twelve hours.
        gap_min: planned gap to the previous rental, 0 to 720; NaN without a previous one.
    """

    row: IntArray
    rental_id: IntArray
    car_id: IntArray
    is_connect: BoolArray
    is_canceled: BoolArray
    delay_min: FloatArray
    previous: IntArray
    gap_min: FloatArray

    def __len__(self) -> int:
        return len(self.rental_id)


@dataclass(frozen=True, slots=True)
class CheckedRentals:
    """What a table came to: the good rows, and why each of the others was set aside, by row."""

    table: RentalTable
    errors: tuple[FieldError, ...]


@dataclass(slots=True)
class _Row:
    """One row while it is being checked; missing values are None."""

    number: int
    rental_id: int | None = None
    car_id: int | None = None
    checkin_type: str | None = None
    state: str | None = None
    delay: float | None = None
    previous_id: int | None = None
    gap: float | None = None
    errors: list[FieldError] = field(default_factory=list)

    def refuse(self, column: str, code: str, detail: str) -> None:
        self.errors.append(FieldError(f"rental.{code}", detail, row=self.number, column=column))


def check_rentals(cells: Cells) -> CheckedRentals:
    """Check a table of rentals, row by row and then link by link.

    Raises:
        ContractError: a column is missing, or columns differ in length; then no row can be judged.
    """
    _check_columns(cells)
    columns = [_with_numbers(name, cells[name]) for name in COLUMNS]
    rows = [_read_row(number, values) for number, values in enumerate(zip(*columns, strict=True), start=1)]
    _refuse_duplicates(rows)
    by_id = {row.rental_id: row for row in rows if row.rental_id is not None}
    for row in rows:
        _check_link(row, by_id)
    _refuse_cycles(rows, by_id)
    _refuse_followers(rows)
    errors = tuple(error for row in rows for error in row.errors)
    return CheckedRentals(_table([row for row in rows if not row.errors]), errors)


def chain(table: RentalTable) -> ChainedRentals:
    """The chained rentals of a checked table, in table order."""
    chained = np.flatnonzero(table.previous != NO_PREVIOUS)
    _, car = np.unique(table.car_id, return_inverse=True)
    return ChainedRentals(
        rental_id=table.rental_id[chained],
        gap_min=table.gap_min[chained],
        previous_delay_min=table.delay_min[table.previous[chained]],
        is_connect=table.is_connect[chained],
        is_canceled=table.is_canceled[chained],
        car=car[chained].astype(np.int64),
        rentals_by_car=np.bincount(car).astype(np.int64),
    )


def _check_columns(cells: Cells) -> None:
    missing = [name for name in COLUMNS if name not in cells]
    if missing:
        raise ContractError(
            [
                FieldError("input.missing_column", f"The column {name} is missing.", column=name)
                for name in missing
            ],
            subject="The table",
        )
    lengths = {name: len(cells[name]) for name in COLUMNS}
    if len(set(lengths.values())) > 1:
        raise ContractError(
            [FieldError("input.ragged_table", f"The columns differ in length: {lengths}.")],
            subject="The table",
        )


def _with_numbers(name: str, column: Sequence[object]) -> Sequence[object]:
    """A column of numbers with its texts read as such; a text that is no number stays one."""
    accepts = _ACCEPTS.get(name)
    if accepts is None:
        return column
    numerals = read_numerals({value.strip() for value in column if isinstance(value, str)}, accepts)
    return [
        value
        if not isinstance(value, str)
        else None
        if is_unknown(value.strip())
        else value
        if (number := numerals[value.strip()]) is None
        else number
        for value in column
    ]


def _read_row(number: int, values: tuple[object, ...]) -> _Row:
    row = _Row(number)
    rental_id, car_id, checkin_type, state, delay, previous_id, gap = values
    row.rental_id = _whole(row, RENTAL_ID, rental_id, is_required=True)
    row.car_id = _whole(row, CAR_ID, car_id, is_required=True)
    row.checkin_type = _word(row, CHECKIN_TYPE, checkin_type, tuple(CheckinType))
    row.state = _word(row, STATE, state, (ENDED, CANCELED))
    row.delay = _number(row, DELAY, delay)
    row.previous_id = _whole(row, PREVIOUS_ID, previous_id, is_required=False)
    row.gap = _number(row, GAP, gap)
    if row.gap is not None and not 0 <= row.gap <= LONGEST_GAP_MIN:
        row.refuse(GAP, "gap_out_of_range", f"The gap must lie between 0 and {LONGEST_GAP_MIN} minutes.")
    return row


def _number(row: _Row, column: str, value: object) -> float | None:
    """The finite number in a cell, None when it is missing; anything else is noted on the row."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, AmbiguousNumber):
        row.refuse(
            column, "ambiguous_number", f"{column} may mean {value}; write it without groups of digits."
        )
        return None
    try:
        number = (
            float(value)
            if isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
            else math.inf
        )
    except OverflowError:
        number = math.inf
    if math.isfinite(number):
        return number
    row.refuse(column, "not_a_number", f"{column} must be a number or empty.")
    return None


def _whole(row: _Row, column: str, value: object, *, is_required: bool) -> int | None:
    refused_before = len(row.errors)
    number = _number(row, column, value)
    if number is None:
        if is_required and len(row.errors) == refused_before:
            row.refuse(column, "id_missing", f"{column} must not be empty.")
        return None
    if not _is_id(number):
        row.refuse(column, "id_not_whole", f"{column} must be a whole number of at most {_LARGEST_ID:,}.")
        return None
    return int(number)


def _word(row: _Row, column: str, value: object, accepted: tuple[str, ...]) -> str | None:
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word in accepted:
        return word
    row.refuse(column, f"unknown_{column}", f"{column} must be one of: {', '.join(accepted)}.")
    return None


def _refuse_duplicates(rows: Sequence[_Row]) -> None:
    """Refuse every row of a repeated id: nothing tells which of them is right."""
    counts = Counter(row.rental_id for row in rows if row.rental_id is not None)
    for row in rows:
        if row.rental_id is not None and counts[row.rental_id] > 1:
            row.refuse(
                RENTAL_ID,
                "duplicate_rental",
                f"rental_id appears {counts[row.rental_id]} times; ids must be unique.",
            )


def _check_link(row: _Row, by_id: Mapping[int, _Row]) -> None:
    if row.previous_id is None:
        if row.gap is not None and not any(error.column == PREVIOUS_ID for error in row.errors):
            row.refuse(
                GAP, "gap_without_previous", "A gap is given without the previous rental it counts from."
            )
        return
    if row.gap is None and not any(error.column == GAP for error in row.errors):
        row.refuse(GAP, "gap_missing", "The previous rental is given without the gap to it.")
    previous = by_id.get(row.previous_id)
    if previous is None:
        row.refuse(
            PREVIOUS_ID, "previous_not_found", f"The previous rental {row.previous_id} is not in the table."
        )
    elif previous is row:
        row.refuse(PREVIOUS_ID, "previous_is_itself", "A rental cannot be its own previous one.")
    elif previous.car_id is not None and row.car_id is not None and previous.car_id != row.car_id:
        row.refuse(
            PREVIOUS_ID, "previous_of_another_car", f"The previous rental belongs to car {previous.car_id}."
        )
    elif previous.state == CANCELED:
        row.refuse(
            PREVIOUS_ID, "previous_canceled", "The previous rental was canceled, so its car never left."
        )


def _refuse_cycles(rows: Sequence[_Row], by_id: Mapping[int, _Row]) -> None:
    """Refuse the rentals that come back to themselves when their previous ones are followed."""
    settled: set[int] = set()
    for start in rows:
        path: dict[int, _Row] = {}
        row: _Row | None = start
        while row is not None and row.number not in settled and row.number not in path:
            path[row.number] = row
            row = by_id.get(row.previous_id) if row.previous_id is not None else None
        if row is not None and row.number in path:
            numbers = list(path)
            circle = numbers[numbers.index(row.number) :]
            for number in circle if len(circle) > 1 else ():
                path[number].refuse(
                    PREVIOUS_ID,
                    "previous_in_a_circle",
                    "Following the previous rentals leads back to this one.",
                )
        settled.update(path)


def _refuse_followers(rows: Sequence[_Row]) -> None:
    """Refuse the rentals whose previous one is refused: their previous delay cannot be trusted either."""
    followers: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.previous_id is not None:
            followers[row.previous_id].append(row)
    waiting = deque(row for row in rows if row.errors)
    while waiting:
        refused = waiting.popleft()
        for row in followers[refused.rental_id] if refused.rental_id is not None else ():
            if not row.errors:
                row.refuse(
                    PREVIOUS_ID,
                    "previous_refused",
                    f"The previous rental, in row {refused.number}, was refused.",
                )
                waiting.append(row)


def _table(rows: Sequence[_Row]) -> RentalTable:
    index = {row.rental_id: position for position, row in enumerate(rows)}
    return RentalTable(
        row=np.array([row.number for row in rows], dtype=np.int64),
        rental_id=np.array([row.rental_id for row in rows], dtype=np.int64),
        car_id=np.array([row.car_id for row in rows], dtype=np.int64),
        is_connect=np.array([row.checkin_type == CheckinType.CONNECT for row in rows], dtype=np.bool_),
        is_canceled=np.array([row.state == CANCELED for row in rows], dtype=np.bool_),
        delay_min=np.array([np.nan if row.delay is None else row.delay for row in rows], dtype=np.float64),
        previous=np.array(
            [index[row.previous_id] if row.previous_id is not None else NO_PREVIOUS for row in rows],
            dtype=np.int64,
        ),
        gap_min=np.array([np.nan if row.gap is None else row.gap for row in rows], dtype=np.float64),
    )
