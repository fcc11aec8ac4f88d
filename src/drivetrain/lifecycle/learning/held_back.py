"""The rows of a table that no version learns from, so that any two versions can be judged on them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.data.contracts import Contract, InstantColumn
from drivetrain.lifecycle.learning.features import Columns
from drivetrain.lifecycle.learning.training import TrainingTable

PARTS = 7
"""One of seven is held back: 14 %. Fewer would leave tables of two thousand rows under 300 held-back ones, more would
cost the served model rows."""

HELD_BACK = 0
FEWEST_DAYS = 7
"""Of fewer days whole hours are held back: a seventh of them would be no day, or a third of the table. Days are counted
by their shares of the rows: three whole days and a thin sample of years are about four."""

MOST_IN_DAYS = 1 / 5
"""Share of the rows. Where a full day among thin ones is of the part, more would be lost; then hours are held back."""

MOST_HELD_BACK = 1 / 3
"""Of a table of a few hours the part may be all of it; then nothing is held back."""

RULE = 1
"""Changes with whatever changes the part of a row: versions of different rules have seen each other's rows."""

_GOLDEN = (math.sqrt(5) - 1) / 2

Unit = Literal["row", "hour", "day"]
KeyArray = NDArray[np.uint64]
PartArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SplitTable:
    """A table with the part of each of its rows.

    Attributes:
        unit: what stays together: equal inputs, or rows of one civil hour or day.
        rows: identity of each row, shape (n_rows,): rows of equal key columns, or equal inputs, share it.
        blocks: identity of each row's unit, shape (n_rows,).
        parts: of each row, 0 to ``PARTS`` - 1, shape (n_rows,); the same in every table that holds the row.
    """

    table: TrainingTable
    unit: Unit
    rows: KeyArray
    blocks: KeyArray
    parts: PartArray

    @property
    def is_held_back(self) -> BoolArray:
        """True for rows that no version learns from."""
        is_part: BoolArray = self.parts == HELD_BACK
        return is_part if is_part.mean() <= MOST_HELD_BACK else np.zeros(len(is_part), dtype=np.bool_)

    @property
    def held_back(self) -> TrainingTable:
        """The rows that no version learns from."""
        return self.table.at(self.is_held_back)

    @property
    def learned(self) -> TrainingTable:
        """The rows that a version learns from."""
        return self.table.at(~self.is_held_back)

    @property
    def learned_rows(self) -> KeyArray:
        """Identities of the rows that a version learns from."""
        return self.rows[~self.is_held_back]

    @property
    def learned_digest(self) -> str:
        """Of the identities that a version learns from, whatever their order: another one means that they are not known."""
        return hashlib.blake2b(
            np.unique(self.learned_rows).astype(">u8").tobytes(), digest_size=16
        ).hexdigest()


def split_table(table: TrainingTable, contract: Contract, unit: Unit | None = None) -> SplitTable:
    """Divide a table by what its rows are, and by nothing else: order, other rows and chance change no part.

    Args:
        unit: as another table was split; by default days where rows have a time and the table has
            ``FEWEST_DAYS`` that count, hours where it has fewer, else rows.
    """
    rows = _row_keys(table.rows, contract.key or contract.names)
    clock = next((column for column in contract.columns if isinstance(column, InstantColumn)), None)
    if clock is None:
        return SplitTable(table, "row", rows, rows, (rows % np.uint64(PARTS)).astype(np.int64))
    hours = _civil_hours(table.rows[clock.name], clock.zone)
    if unit is None:
        unit = "day" if _are_divisible(hours // 24) else "hour"
    blocks = hours // 24 if unit == "day" else hours
    return SplitTable(table, unit, rows, blocks.astype(np.uint64), _spread_parts(blocks))


def _row_keys(rows: Columns, names: Sequence[str]) -> KeyArray:
    columns = ([_text(value) for value in rows[name]] for name in names)
    texts = ("\x1f".join(cells) for cells in zip(*columns, strict=True))
    return np.fromiter(map(_key, texts), dtype=np.uint64)


def _civil_hours(instants: Sequence[str], zone: str) -> PartArray:
    """Civil hours since the year 1, shape (n_rows,)."""
    place = ZoneInfo(zone)
    hour_of = {}
    for instant in set(instants):
        civil = datetime.fromisoformat(instant).astimezone(place)
        hour_of[instant] = civil.toordinal() * 24 + civil.hour
    return np.fromiter((hour_of[instant] for instant in instants), dtype=np.int64)


def _are_divisible(days: PartArray) -> bool:
    """True where a seventh of the days is about a seventh of the rows."""
    held_back = float((_spread_parts(days) == HELD_BACK).mean())
    return _days_that_count(days) >= FEWEST_DAYS and held_back <= MOST_IN_DAYS


def _days_that_count(days: PartArray) -> float:
    """How many days of equal size would be as even: their number where they are of one size, fewer where a few have most.

    Source:
        Hill (1973), Diversity and evenness: the reciprocal of the sum of squared shares.
    """
    share = np.unique(days, return_counts=True)[1] / len(days)
    return round(float(1 / (share**2).sum()), 6)


def _spread_parts(numbers: PartArray) -> PartArray:
    """Parts that days or hours in a row take evenly, weekdays and hours of the day alike.

    Source:
        Knuth (1998), The Art of Computer Programming, volume 3, section 6.4: Fibonacci hashing.
    """
    parts: PartArray = np.floor(numbers * _GOLDEN % 1.0 * PARTS).astype(np.int64)
    return parts


def _text(value: Any) -> str:
    """One writing for 5 and 5.0, which is how a column without and with a missing value is read."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return repr(float(value)) if is_number else str(value)


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
