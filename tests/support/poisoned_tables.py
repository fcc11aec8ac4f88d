"""Ways in which a table goes wrong between the people who keep it and the training that learns from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.lifecycle.data.contracts import (
    Column,
    Contract,
    FlagColumn,
    InstantColumn,
    ListColumn,
    NumberColumn,
)
from drivetrain.lifecycle.learning.training import TrainingTable

Rng = np.random.Generator
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Poison:
    """One way.

    Attributes:
        apply: makes the poisoned table of a good one.
        needs: the kind of column without which there is nothing to poison.
    """

    apply: Callable[[TrainingTable, Contract, Rng], TrainingTable]
    needs: type[Column] | None = None

    def fits(self, contract: Contract) -> bool:
        """True where the table has what is poisoned."""
        return self.needs is None or bool(_columns(contract, self.needs))


def poisoned(table: TrainingTable, contract: Contract, name: str, seed: int = 3) -> TrainingTable:
    """The table, gone wrong in the named way."""
    return POISONS[name].apply(table, contract, np.random.default_rng(seed))


def _columns(contract: Contract, kind: type[Column]) -> list[Any]:
    return [column for column in contract.columns if isinstance(column, kind)]


def _rows(change: Callable[[TrainingTable, Rng], NDArray[np.intp]]) -> Poison:
    """Other rows than there should be."""

    def apply(table: TrainingTable, _: Contract, rng: Rng) -> TrainingTable:
        index = change(table, rng)
        rows = {name: [column[row] for row in index] for name, column in table.rows.items()}
        return TrainingTable(rows, table.target[index])

    return Poison(apply)


def _target(change: Callable[[FloatArray, Rng], FloatArray]) -> Poison:
    """Another target."""
    return Poison(lambda table, _, rng: TrainingTable(table.rows, change(table.target, rng)))


def _column(kind: type[Column], change: Callable[[list[Any], Any, Rng], list[Any]], place: int = 0) -> Poison:
    """Other values in a column of a kind; numbers: the one with the widest values first."""

    def apply(table: TrainingTable, contract: Contract, rng: Rng) -> TrainingTable:
        column = _ordered(contract, kind)[place]
        changed = change(list(table.rows[column.name]), column, rng)
        return TrainingTable({**table.rows, column.name: changed}, table.target)

    return Poison(apply, kind)


def _ordered(contract: Contract, kind: type[Column]) -> list[Any]:
    columns = _columns(contract, kind)
    return sorted(columns, key=lambda column: -column.high) if kind is NumberColumn else columns


def _numbers(change: Callable[[FloatArray], FloatArray]) -> Poison:
    """Other numbers in the widest column, inside its bounds: what is outside the contract refuses."""

    def apply(values: list[Any], column: NumberColumn, _: Rng) -> list[Any]:
        numbers = np.asarray([np.nan if value is None else value for value in values], dtype=np.float64)
        changed = np.clip(change(numbers), column.low, column.high)
        return [
            None if np.isnan(number) else round(number) if column.whole else float(number)
            for number in changed
        ]

    return _column(NumberColumn, apply)


def _permuted(names: Callable[[Contract], list[str]]) -> Poison:
    """Columns that no longer stand beside the rows they belong to."""

    def apply(table: TrainingTable, contract: Contract, rng: Rng) -> TrainingTable:
        order = rng.permutation(len(table))
        moved = {name: [table.rows[name][row] for row in order] for name in names(contract)}
        return TrainingTable({**table.rows, **moved}, table.target)

    return Poison(apply)


def _one_word(table: TrainingTable, contract: Contract, _: Rng) -> TrainingTable:
    column = _columns(contract, ListColumn)[0]
    values = table.rows[column.name]
    common = max(sorted(set(map(str, values))), key=list(map(str, values)).count)
    return table.at(np.asarray([str(value) == common for value in values]))


def _one_word_doubled(table: TrainingTable, contract: Contract, _: Rng) -> TrainingTable:
    values = list(map(str, table.rows[_columns(contract, ListColumn)[0].name]))
    common = max(sorted(set(values)), key=values.count)
    return TrainingTable(table.rows, np.where(np.asarray(values) == common, 2.0, 1.0) * table.target)


def _swapped_flags(table: TrainingTable, contract: Contract, _: Rng) -> TrainingTable:
    flags = [column.name for column in _columns(contract, FlagColumn)]
    shares = {name: sum(table.rows[name]) for name in flags}
    often, seldom = max(flags, key=shares.__getitem__), min(flags, key=shares.__getitem__)
    return TrainingTable({**table.rows, often: table.rows[seldom], seldom: table.rows[often]}, table.target)


def _repeated_with_other_targets(table: TrainingTable, _: Contract, rng: Rng) -> TrainingTable:
    rows = {name: [*column, *column] for name, column in table.rows.items()}
    return TrainingTable(rows, np.concatenate([table.target, rng.permutation(table.target)]))


def _half(table: TrainingTable, *, upper: bool) -> NDArray[np.intp]:
    order = np.argsort(table.target, kind="stable")
    return order[len(order) // 2 :] if upper else order[: len(order) // 2]


def _later(years: int) -> Poison:
    return _column(
        InstantColumn, lambda values, _, rng: [f"{int(value[:4]) + years}{value[4:]}" for value in values]
    )


POISONS: Mapping[str, Poison] = {
    "an eighth of the rows": _rows(lambda table, rng: rng.permutation(len(table))[: len(table) // 8]),
    "the first half of the file": _rows(lambda table, rng: np.arange(len(table) // 2)),
    "dear rows only": _rows(lambda table, rng: _half(table, upper=True)),
    "cheap rows only": _rows(lambda table, rng: _half(table, upper=False)),
    "every row twice": _rows(lambda table, rng: np.tile(np.arange(len(table)), 2)),
    "one row a thousand times": _rows(
        lambda table, rng: np.concatenate([np.arange(len(table)), np.zeros(1_000, dtype=np.intp)])
    ),
    "one word only": Poison(_one_word, ListColumn),
    "target doubled": _target(lambda target, rng: 2 * target),
    "target halved": _target(lambda target, rng: target / 2),
    "target a tenth dearer": _target(lambda target, rng: 1.1 * target),
    "target with tax for some": _target(lambda target, rng: np.where(rng.random(len(target)) < 0.5, 1.2, 1.0) * target),
    "target shuffled": _target(lambda target, rng: rng.permutation(target)),
    "target one row off": _target(lambda target, rng: np.roll(target, 1)),
    "target turned over": _target(lambda target, rng: target.max() + target.min() - target),
    "target constant": _target(lambda target, rng: np.full(len(target), float(np.median(target)))),
    "target with noise": _target(
        lambda target, rng: np.maximum(target + rng.normal(0, target.std(), len(target)), target.min())
    ),
    "target sorted": _target(lambda target, rng: np.sort(target)),
    "every twentieth target tenfold": _target(
        lambda target, rng: np.where(np.arange(len(target)) % 20 == 0, 10.0, 1.0) * target
    ),
    "target of one word doubled": Poison(_one_word_doubled, ListColumn),
    "numbers in miles": _numbers(lambda numbers: numbers / 1.609),
    "numbers in thousands": _numbers(lambda numbers: numbers / 1_000),
    "numbers constant": _numbers(lambda numbers: np.full(len(numbers), np.nanmedian(numbers))),
    "numbers turned over": _numbers(lambda numbers: np.nanmax(numbers) + np.nanmin(numbers) - numbers),
    "flags turned over": _column(FlagColumn, lambda values, _, rng: [not value for value in values], 2),
    "flags all false": _column(FlagColumn, lambda values, _, rng: [False] * len(values), 2),
    "two flags swapped": Poison(_swapped_flags, FlagColumn),
    "all words shuffled": _permuted(
        lambda contract: [column.name for column in _columns(contract, ListColumn)]
    ),
    "all inputs shuffled": _permuted(lambda contract: list(contract.names)),
    "rows repeated with other targets": Poison(_repeated_with_other_targets),
    "dates of the future": _later(30),
    "dates of long ago": _later(-8),
}  # fmt: skip
"""By name; those of a kind of column that a contract lacks do not fit it."""
