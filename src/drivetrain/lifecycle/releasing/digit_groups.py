"""Numbers of logged rows that earlier releases may have read wrongly: ``150.000`` was taken as 150, and is often 150,000.

Until cells were read by their whole column, a point was always the decimal mark. The ledger keeps the number that
was read and not what was written, nor whether it came in a file; so all that can be said is "may".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drivetrain.lifecycle.data.contracts import NumberColumn

GROUP = 1_000
"""One digit group: the two readings of ``150.000`` differ by this factor."""


@dataclass(frozen=True, slots=True)
class DoubtfulNumber:
    """A logged number that its writer may have meant a thousand times as large.

    Attributes:
        as_decimal: the number that was read and answered, at least 1 and below 1,000.
        as_groups: the number if the point grouped digits.
        is_unusual: whether the contract warns of ``as_decimal``.
    """

    column: str
    as_decimal: float
    as_groups: float
    is_unusual: bool

    def as_dict(self) -> dict[str, object]:
        """The two readings as plain values."""
        return {"column": self.column, "as_decimal": self.as_decimal, "as_groups": self.as_groups}


def doubtful_numbers(
    columns: Sequence[NumberColumn], row: Mapping[str, object]
) -> tuple[DoubtfulNumber, ...]:
    """The numbers of a row that may have been written with one point that groups digits.

    Such a number has at most three digits on either side of its point, and lies in the usual range of its column
    when it is read the other way.
    """
    doubtful = []
    for column in columns:
        value = row.get(column.name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value < GROUP:
            continue
        as_groups = round(value * GROUP)
        has_three_decimals = abs(value * GROUP - as_groups) < 1e-6
        if has_three_decimals and column.accepts(as_groups) and _is_usual(column, as_groups):
            doubtful.append(DoubtfulNumber(column.name, value, as_groups, not _is_usual(column, value)))
    return tuple(doubtful)


def without_groups(columns: Sequence[NumberColumn], row: Mapping[str, object]) -> frozenset[str]:
    """The columns in which a row shows that its file wrote thousands without a point.

    In a file that grouped digits by points, every number from 1,000 to 999,999 was read as one below 1,000, and
    larger ones were rejected.
    """
    return frozenset(
        column.name
        for column in columns
        if isinstance(value := row.get(column.name), (int, float)) and value >= GROUP
    )


def regrouped(row: Mapping[str, object], doubtful: Sequence[DoubtfulNumber]) -> dict[str, object]:
    """The row with its doubtful numbers read the other way."""
    return {**row, **{number.column: number.as_groups for number in doubtful}}


def _is_usual(column: NumberColumn, value: float) -> bool:
    return column.usual_low <= value <= column.usual_high
