"""A new table beside the one that the live version learned from: whether it is the same kind of table.

A model of a table whose prices are doubled fits that table well. What gives it away is that the table itself moved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.time import short_utc
from drivetrain.lifecycle.data.contracts import YEAR, Contract, InstantColumn, NumberColumn, TextColumn
from drivetrain.lifecycle.learning.gate import Check
from drivetrain.lifecycle.learning.training import TrainingTable

LEAST_OF_ROWS = 0.9
"""A table may lose every tenth row: listings expire. One that lost more is perhaps a part of a file."""

MOST_MORE_REPEATS = 0.05
MOST_MORE_BROKEN = 0.05
MOST_MORE_MISSING = 0.10
USUAL_MOVE = 0.10
"""Distance of two distributions, beyond the noise of samples, that no one need look at."""

USUAL_STEPS = 2.0
"""A column may move this many times its median step from champion to champion."""

FEWEST_STEPS = 3
_KS_95 = 1.358
"""Of the two-sample Kolmogorov-Smirnov statistic, times sqrt(1/n + 1/m)."""


@dataclass(frozen=True, slots=True)
class KnownTable:
    """A table that passed the contract, with what is known of its file.

    Attributes:
        broken_rows: that did not pass.
        mapping: how its headings were read, as plain values; empty where they are the contract's.
    """

    table: TrainingTable
    broken_rows: int
    mapping: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """How far a column is from where it was.

    Attributes:
        distance: largest difference of the distribution functions, or of the shares of words; beyond the noise
            of two samples, in [0, 1].
        limit: largest distance that no one need look at.
        words: what changed, for a person.
    """

    column: str
    distance: float
    limit: float
    words: str


@dataclass(frozen=True, slots=True)
class TableComparison:
    """The questions, and how far each column moved."""

    checks: tuple[Check, ...]
    moves: Mapping[str, float]


def compare_tables(
    new: KnownTable,
    old: KnownTable,
    contract: Contract,
    history: Sequence[Mapping[str, float]],
    now: datetime,
) -> TableComparison:
    """Ask whether the new table is one that the old one could have grown into.

    Args:
        history: the moves of the tables of former champions, each from the one before.
        now: rows of later times cannot be true.
    """
    moves = list(_moves(new.table, old.table, contract, history))
    return TableComparison(
        (
            _has_rows(new.table, old.table),
            _repeats(new.table, old.table),
            _reads_alike(new, old, contract),
            _stays(moves),
            _is_past(new.table, contract, now),
        ),
        {move.column: round(move.distance, 4) for move in moves},
    )


def _has_rows(new: TrainingTable, old: TrainingTable) -> Check:
    passed = len(new) >= LEAST_OF_ROWS * len(old)
    return Check("the table did not shrink", passed, f"{len(new):,} rows, the live version's {len(old):,}")


def _repeats(new: TrainingTable, old: TrainingTable) -> Check:
    ours, theirs = _repeated_share(new), _repeated_share(old)
    figures = f"{ours:.1%} of the rows, in the live version's table {theirs:.1%}"
    return Check("rows are not repeated more than before", ours <= theirs + MOST_MORE_REPEATS, figures)


def _repeated_share(table: TrainingTable) -> float:
    return 1 - len(set(zip(*table.rows.values(), table.target.tolist(), strict=True))) / len(table)


def _reads_alike(new: KnownTable, old: KnownTable, contract: Contract) -> Check:
    remarks = [] if new.mapping == old.mapping else ["its headings are mapped in another way"]
    ours, theirs = (known.broken_rows / (known.broken_rows + len(known.table)) for known in (new, old))
    if ours > theirs + MOST_MORE_BROKEN:
        remarks.append(f"{ours:.1%} of its rows break the contract, {theirs:.1%} did")
    for name in contract.names:
        now, before = (known.table.rows[name].count(None) / len(known.table) for known in (new, old))
        if now > before + MOST_MORE_MISSING:
            remarks.append(f"{name} is missing in {now:.1%} of the rows, it was in {before:.1%}")
    return Check("its columns are read as before", not remarks, "; ".join(remarks) or "no difference")


def _stays(moves: Sequence[Move]) -> Check:
    beyond = sorted((move for move in moves if move.distance > move.limit), key=lambda move: -move.distance)
    figures = "; ".join(move.words for move in beyond[:5]) or (
        "farthest " + max(moves, key=lambda move: move.distance).words if moves else "no column to compare"
    )
    return Check("target and inputs are distributed as before", not beyond, figures)


def _is_past(table: TrainingTable, contract: Contract, now: datetime) -> Check:
    remarks = []
    for column in contract.columns:
        values = [value for value in table.rows[column.name] if value is not None]
        if isinstance(column, InstantColumn):
            later = sum(value > short_utc(now) for value in values)
        elif isinstance(column, NumberColumn) and column.unit == YEAR:
            later = sum(value > now.year + 1 for value in values)  # next year's cars are sold this year
        else:
            continue
        if later:
            remarks.append(f"{later:,} rows with a {column.name} that is yet to come, up to {max(values)}")
    return Check("no row is from the future", not remarks, "; ".join(remarks) or "none is")


def _moves(
    new: TrainingTable, old: TrainingTable, contract: Contract, history: Sequence[Mapping[str, float]]
) -> list[Move]:
    moves = []
    known = [
        table.target[np.isfinite(table.target)] for table in (new, old)
    ]  # not every buyer's taste is known
    if len(known[0]) and len(known[1]):
        moves.append(_number_move(contract.target.name, known[0], known[1], contract.target.unit))
    for column in contract.columns:
        ours, theirs = (_known_values(table.rows[column.name]) for table in (new, old))
        if not ours or not theirs or isinstance(column, TextColumn):
            continue
        if isinstance(column, NumberColumn):
            now, before = (np.asarray(values, dtype=np.float64) for values in (ours, theirs))
            moves.append(_number_move(column.name, now, before, column.unit))
        elif isinstance(column, InstantColumn):
            moves.append(_word_move(f"hour of {column.name}", _hours(ours), _hours(theirs)))
            moves.append(_date_move(f"date of {column.name}", _days(ours), _days(theirs)))
        else:
            moves.append(_word_move(column.name, ours, theirs))
    return [_with_limit(move, history) for move in moves]


def _known_values(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _hours(instants: Sequence[str]) -> list[str]:
    """The hour of the day in UTC: days pass, the hours of a day stay."""
    return [instant[11:13] for instant in instants]


def _days(instants: Sequence[str]) -> NDArray[np.float64]:
    """Days in UTC, in days since 1970."""
    return np.asarray([instant[:10] for instant in instants], dtype="datetime64[D]").astype(np.float64)


def _date_move(name: str, new: NDArray[np.float64], old: NDArray[np.float64]) -> Move:
    """A table grows by later days; up to the last day of the old table the dates must be as they were."""
    known = new[new <= old.max()]
    noise = _KS_95 * _noise_scale(len(known), len(old)) if len(known) else 0.0
    distance = max(0.0, _kolmogorov_smirnov(known, old) - noise) if len(known) else 1.0
    spans = (f"{_date(days.min())} to {_date(days.max())}" for days in (old, new))
    return Move(name, distance, 0.0, f"{name} by {distance:.2f} ({', now '.join(spans)})")


def _date(day: float) -> str:
    return str(np.datetime64(int(day), "D"))


def _number_move(name: str, new: NDArray[np.float64], old: NDArray[np.float64], unit: str) -> Move:
    distance = max(0.0, _kolmogorov_smirnov(new, old) - _KS_95 * _noise_scale(len(new), len(old)))
    middle = f"median {np.median(old):,.4g} to {np.median(new):,.4g} {unit}"
    return Move(name, distance, 0.0, f"{name} by {distance:.2f} ({middle})")


def _word_move(name: str, new: Sequence[Any], old: Sequence[Any]) -> Move:
    ours, theirs = Counter(new), Counter(old)
    differences = {word: ours[word] / len(new) - theirs[word] / len(old) for word in (ours | theirs)}
    pooled = {word: (ours[word] + theirs[word]) / (len(new) + len(old)) for word in differences}
    scale = _noise_scale(len(new), len(old))
    # mean of the total variation between two samples of one distribution, and twice its spread for two words
    noise = (
        sum(np.sqrt(share * (1 - share)) for share in pooled.values()) * scale / np.sqrt(2 * np.pi) + scale
    )
    distance = max(0.0, sum(map(abs, differences.values())) / 2 - float(noise))
    word = max(differences, key=lambda each: abs(differences[each]))
    share = f"{word}: {theirs[word] / len(old):.1%} to {ours[word] / len(new):.1%}"
    return Move(name, distance, 0.0, f"{name} by {distance:.2f} ({share})")


def _kolmogorov_smirnov(new: NDArray[np.float64], old: NDArray[np.float64]) -> float:
    every = np.concatenate([new, old])
    shares = [np.searchsorted(np.sort(sample), every, side="right") / len(sample) for sample in (new, old)]
    return float(np.max(np.abs(shares[0] - shares[1])))


def _noise_scale(new: int, old: int) -> float:
    return float(np.sqrt(1 / new + 1 / old))


def _with_limit(move: Move, history: Sequence[Mapping[str, float]]) -> Move:
    """One accepted jump must not make every later one usual: the median of the steps counts, not the largest."""
    steps = [step[move.column] for step in history if move.column in step]
    usual = USUAL_STEPS * float(np.median(steps)) if len(steps) >= FEWEST_STEPS else 0.0
    return Move(move.column, move.distance, max(USUAL_MOVE, usual), move.words)
