"""The same rows are held back from every version, whatever else a table holds."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.lifecycle.data.contracts import Contract, InstantColumn, NumberColumn
from drivetrain.lifecycle.learning.held_back import PARTS, split_table
from drivetrain.lifecycle.learning.training import TrainingTable

TARGET = NumberColumn("y", "The target.", "EUR", 0, 1e9, 0, 1e9, 1, whole=False)
LENGTH = NumberColumn("x", "An input.", "m", 0, 1e9, 0, 1e9, 1)
PLATE = NumberColumn("plate", "Of the car.", "", 0, 1e9, 0, 1e9, 1)
CARS = Contract("cars", "cars", (LENGTH, PLATE), TARGET)
START = InstantColumn("start", "When.", "2024-01-01T00:00:00Z", "America/Chicago", 2000, 2100)
TRIPS = Contract("trips", "trips", (START,), TARGET)


def cars(count: int, first: int = 0) -> TrainingTable:
    numbers = list(range(first, first + count))
    return TrainingTable({"x": numbers, "plate": [7 * number for number in numbers]}, np.arange(count) * 1.0)


def trips(days: int, hours: int = 24, first: str = "2024-01-01T06") -> TrainingTable:
    begin = np.datetime64(first, "h")
    starts = [f"{begin + 24 * day + hour}:00:00Z" for day in range(days) for hour in range(hours)]
    return TrainingTable({"start": starts}, np.ones(len(starts)))


def test_about_one_row_of_seven_is_held_back():
    split = split_table(cars(7_000), CARS)
    assert split.unit == "row"
    assert split.is_held_back.mean() == pytest.approx(1 / PARTS, abs=0.02)
    assert len(split.learned) + len(split.held_back) == 7_000


def test_a_row_keeps_its_part_in_another_table_and_another_order():
    small, large = split_table(cars(100, first=50), CARS), split_table(cars(300), CARS)
    part_of = dict(zip(large.rows.tolist(), large.parts.tolist(), strict=True))
    assert [part_of[row] for row in small.rows.tolist()] == small.parts.tolist()
    turned = split_table(
        TrainingTable({name: column[::-1] for name, column in cars(100).rows.items()}, np.ones(100)), CARS
    )
    assert turned.parts.tolist() == split_table(cars(100), CARS).parts.tolist()[::-1]


def test_the_digest_of_what_is_learned_from_changes_with_the_inputs_that_a_contract_reads():
    split = split_table(cars(100), CARS)
    turned = TrainingTable({name: column[::-1] for name, column in cars(100).rows.items()}, np.ones(100))
    assert split_table(turned, CARS).learned_digest == split.learned_digest
    fewer_columns = Contract("cars", "cars", (LENGTH,), TARGET)
    assert split_table(cars(100), fewer_columns).learned_digest != split.learned_digest
    assert split_table(cars(101), CARS).learned_digest != split.learned_digest


def test_twins_stay_together_whatever_their_target_is():
    twins = TrainingTable({"x": [5, 5, 5.0], "plate": [1, 1, 1]}, np.array([1.0, 2.0, 3.0]))
    assert len(set(split_table(twins, CARS).rows.tolist())) == 1


def test_where_the_contract_has_a_key_it_alone_counts():
    keyed = Contract("cars", "cars", (LENGTH, PLATE), TARGET, key=("plate",))
    driven = TrainingTable({"x": [5, 6], "plate": [1, 1]}, np.array([1.0, 2.0]))
    assert len(set(split_table(driven, keyed).parts.tolist())) == 1
    assert len(set(split_table(driven, keyed).rows.tolist())) == 1
    assert Contract.from_dict(keyed.as_dict()) == keyed


def test_whole_civil_days_are_held_back():
    split = split_table(trips(28), TRIPS)
    assert split.unit == "day"
    held_back = {
        block for block, is_held in zip(split.blocks.tolist(), split.is_held_back, strict=True) if is_held
    }
    learned = set(split.blocks.tolist()) - held_back
    assert len(held_back) == 4 and len(learned) == 24
    assert len({day % 7 for day in held_back}) == 3  # no weekday is held back alone


def test_of_a_few_days_whole_hours_are_held_back():
    split = split_table(trips(3), TRIPS)
    assert split.unit == "hour"
    assert 8 <= split.is_held_back.sum() <= 13
    assert split_table(trips(3), TRIPS, "day").unit == "day"


def test_three_whole_days_and_a_thin_sample_of_years_are_few_days():
    whole, thin = trips(3), trips(70, hours=1)
    rows = {name: [*whole.rows[name] * 20, *thin.rows[name]] for name in whole.rows}
    split = split_table(TrainingTable(rows, np.resize(whole.target, len(next(iter(rows.values()))))), TRIPS)
    assert split.unit == "hour"
    assert 0.05 < split.is_held_back.mean() < 0.3


def test_nothing_is_held_back_where_it_would_be_the_whole_table():
    for first in (f"2024-01-01T{hour:02}" for hour in range(24)):
        split = split_table(trips(1, hours=1, first=first), TRIPS)
        assert len(split.learned) == 1


def test_of_many_days_of_which_a_few_have_most_rows_whole_hours_are_held_back():
    month = trips(28)
    split = split_table(month, TRIPS)
    heavy = np.flatnonzero(split.is_held_back)[0]
    start = month.rows["start"][heavy]
    crowded = [*month.rows["start"], *([start] * 200)]
    split = split_table(TrainingTable({"start": crowded}, np.ones(len(crowded))), TRIPS)
    assert split.unit == "hour"
