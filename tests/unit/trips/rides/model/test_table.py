"""Synthetic days have the published shape, and are marked."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from tests.support.rides import TUESDAY

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.table import draw_table


def test_a_table_has_whole_days_in_civil_quarters_and_negative_numbers() -> None:
    table = draw_table(built_in(), TUESDAY, 2, rides=500, seed=3)
    starts = table["trip_start_timestamp"]
    assert table["trip_id"].tolist() == list(range(-1, -1001, -1))
    assert set(starts.astype("datetime64[D]").astype(str)) == {"2022-03-01", "2022-03-02"}
    assert (starts.astype(np.int64) % (15 * 60_000_000) == 0).all()
    assert (table["trip_end_timestamp"] >= starts).mean() > 0.99
    assert 0.02 < np.isnan(table["pickup_community_area"]).mean() < 0.2
    assert (table["trip_seconds"] == np.round(table["trip_seconds"])).all()


def test_the_same_seed_gives_the_same_table() -> None:
    one, same, other = (draw_table(built_in(), TUESDAY, 1, rides=50, seed=seed)["fare"] for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_without_a_number_days_differ_as_weekdays_do() -> None:
    table = draw_table(built_in(), date(2022, 2, 28), 7, rate=0.2)
    per_day = np.unique(table["trip_start_timestamp"].astype("datetime64[D]"), return_counts=True)[1]
    assert per_day[4] > per_day[0] > per_day[6]  # Friday, Monday, Sunday


@pytest.mark.parametrize(("days", "seed"), [(0, 0), (1, -1)])
def test_impossible_tables_are_refused(days: int, seed: int) -> None:
    with pytest.raises(InvalidInputError):
        draw_table(built_in(), TUESDAY, days, seed=seed)
