"""A table that grew is the same kind of table; one that was cut, doubled, moved or mixed up is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from drivetrain.lifecycle.data.contracts import (
    YEAR,
    Contract,
    FlagColumn,
    InstantColumn,
    ListColumn,
    NumberColumn,
)
from drivetrain.lifecycle.learning.table_comparison import KnownTable, compare_tables
from drivetrain.lifecycle.learning.training import TrainingTable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CONTRACT = Contract(
    "cars",
    "cars",
    (
        NumberColumn("mileage", "Odometer.", "km", 0, 1e9, 0, 1e9, 1),
        NumberColumn("built", "Year.", YEAR, 1900, 2100, 1990, 2030, 2020, optional=True),
        ListColumn("make", "Make.", ("Audi", "BMW", "Fiat"), "Audi", is_open=True),
        FlagColumn("has_gps", "GPS."),
        InstantColumn("listed_at", "When.", "2024-01-01T00:00:00Z", "UTC", 2000, 2100),
    ),
    NumberColumn("price", "Price.", "EUR", 0, 1e9, 0, 1e9, 1, whole=False),
)


def table(count: int = 2_000, seed: int = 1) -> KnownTable:
    rng = np.random.default_rng(seed)
    rows = {
        "mileage": rng.integers(0, 200_000, count).tolist(),
        "built": rng.integers(2000, 2025, count).tolist(),
        "make": rng.choice(["Audi", "BMW", "Fiat"], count, p=[0.5, 0.3, 0.2]).tolist(),
        "has_gps": (rng.random(count) < 0.8).tolist(),
        "listed_at": [f"2025-03-{day:02}T{hour:02}:00:00Z" for day, hour in
                      zip(rng.integers(1, 29, count), rng.integers(0, 24, count), strict=True)],
    }  # fmt: skip
    return KnownTable(TrainingTable(rows, rng.normal(100, 20, count)), 0, {})


def changed(known: KnownTable, name: str, change: Callable[[list], list]) -> KnownTable:
    rows = {**known.table.rows, name: change(list(known.table.rows[name]))}
    return replace(known, table=TrainingTable(rows, known.table.target))


def with_target(known: KnownTable, change: Callable[[np.ndarray], np.ndarray]) -> KnownTable:
    return replace(known, table=TrainingTable(known.table.rows, change(known.table.target)))


def failed(new: KnownTable, old: KnownTable | None = None, history=()) -> list[str]:
    compared = compare_tables(new, old or table(), CONTRACT, history, NOW)
    return [check.question for check in compared.checks if not check.passed]


@pytest.mark.parametrize("count", [1_900, 2_000, 2_600, 9_000])
def test_another_sample_of_the_same_cars_passes(count):
    assert failed(table(count, seed=2)) == []


def test_small_samples_of_the_same_cars_pass():
    assert failed(table(160, seed=2), table(160, seed=3)) == []


MOVED = "target and inputs are distributed as before"
READ = "its columns are read as before"


@pytest.mark.parametrize(
    ("new", "question"),
    [
        (table(1_000), "the table did not shrink"),
        (with_target(table(), lambda price: 2 * price), MOVED),
        (with_target(table(), lambda price: price / 1.3), MOVED),
        (changed(table(), "mileage", lambda km: [round(each / 1.609) for each in km]), MOVED),
        (changed(table(), "make", lambda makes: ["Audi"] * len(makes)), MOVED),
        (changed(table(), "has_gps", lambda flags: [not flag for flag in flags]), MOVED),
        (changed(table(), "listed_at", lambda times: [f"{each[:11]}08:00:00Z" for each in times]), MOVED),
        (changed(table(), "listed_at", lambda times: [f"2017{each[4:]}" for each in times]), MOVED),
        (changed(table(), "listed_at", lambda times: [f"2025-11{each[7:]}" for each in times]), MOVED),
        (changed(table(), "built", lambda years: [None] * 500 + years[500:]), READ),
        (replace(table(), broken_rows=200), READ),
        (replace(table(), mapping={"columns": {"km": "mileage"}}), READ),
        (changed(table(), "built", lambda years: [2031, *years[1:]]), "no row is from the future"),
        (
            changed(table(), "listed_at", lambda times: ["2027-03-01T08:00:00Z", *times[1:]]),
            "no row is from the future",
        ),
    ],
)  # fmt: skip
def test_a_table_of_another_kind_needs_a_person(new, question):
    assert question in failed(new)


def test_a_table_may_grow_by_later_days():
    later = changed(table(1_000, seed=3), "listed_at", lambda times: [f"2025-04{each[7:]}" for each in times])
    known = table()
    rows = {name: [*column, *later.table.rows[name]] for name, column in known.table.rows.items()}
    target = np.concatenate([known.table.target, later.table.target])
    assert failed(replace(known, table=TrainingTable(rows, target))) == []


def test_dates_that_moved_are_named_from_when_to_when():
    earlier = changed(table(), "listed_at", lambda times: [f"2017{each[4:]}" for each in times])
    compared = compare_tables(earlier, table(), CONTRACT, (), NOW)
    (check,) = (check for check in compared.checks if not check.passed)
    assert "date of listed_at by" in check.figures
    assert "(2025-03-01 to 2025-03-28, now 2017-03-01 to 2017-03-28)" in check.figures


def test_rows_that_are_repeated_need_a_person():
    once = table(2_000)
    twice = TrainingTable(
        {name: [*column, *column] for name, column in once.table.rows.items()},
        np.concatenate([once.table.target, once.table.target]),
    )
    assert failed(replace(once, table=twice)) == ["rows are not repeated more than before"]


def test_the_answer_says_what_moved_and_from_where_to_where():
    compared = compare_tables(with_target(table(), lambda price: 2 * price), table(), CONTRACT, (), NOW)
    (check,) = (check for check in compared.checks if not check.passed)
    assert "price by" in check.figures and "EUR" in check.figures and "median 9" in check.figures
    assert compared.moves["price"] > 0.5 and compared.moves["mileage"] < 0.05


def test_a_table_that_always_moves_may_move_as_far_again_and_no_farther():
    wandering = [{"price": 0.4}, {"price": 0.3}, {"price": 0.35}]
    dearer = with_target(table(), lambda price: 1.25 * price)
    assert failed(dearer) == [MOVED]
    assert failed(dearer, history=wandering) == []
    assert failed(dearer, history=wandering[:2]) == [MOVED]  # two steps are no habit
    assert failed(dearer, history=[{"price": 0.9}, {"price": 0.0}, {"price": 0.0}]) == [
        MOVED
    ]  # nor is one jump
