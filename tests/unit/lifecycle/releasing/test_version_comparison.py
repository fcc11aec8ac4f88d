"""Two versions are judged on what neither learned from, on both their tables, and no better than the rows allow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.data.contracts import Contract, InstantColumn, NumberColumn
from drivetrain.lifecycle.learning.features import Columns, FloatArray
from drivetrain.lifecycle.learning.held_back import Unit, split_table
from drivetrain.lifecycle.learning.training import Predict, TrainingTable
from drivetrain.lifecycle.releasing.version_comparison import (
    ALLOWED_LOSS,
    FEWEST_BLOCKS,
    FEWEST_ROWS,
    Contender,
    ErrorDifference,
    compare_errors,
)

CONTRACT = Contract(
    "toy",
    "toy",
    (NumberColumn("x", "An input.", "m", 0, 1e9, 0, 1e9, 1),),
    NumberColumn("y", "The target.", "EUR", 0, 1e9, 0, 1e9, 1, whole=False),
)


def table(count: int, *, factor: float = 1.0, first: int = 0, noise: float = 10.0) -> TrainingTable:
    """The target is 1,000 with noise, times the factor."""
    numbers = list(range(first, first + count))
    target = factor * np.random.default_rng(first + 1).normal(1_000, noise, count)
    return TrainingTable({"x": numbers}, target)


def mean_of(rows: TrainingTable) -> Predict:
    """The plainest model: always the mean of what it learned from."""
    middle = float(rows.target.mean())
    return lambda asked: np.full(len(asked["x"]), middle)


def contender(rows: TrainingTable, recipe: Mapping[str, Any] | None = None) -> Contender:
    split = split_table(rows, CONTRACT)
    return Contender(split, mean_of(split.learned), recipe or {})


def refit(rows: TrainingTable, recipe: Mapping[str, Any]) -> Predict:
    return mean_of(rows)


def compare(
    new: Contender, live: Contender, fit: Callable[..., Predict] = refit
) -> tuple[ErrorDifference, ...]:
    return compare_errors(new, live, fit, SilentProgress())


def passes(differences: tuple[ErrorDifference, ...]) -> list[bool]:
    return [difference.check("1", "a table", "EUR").passed for difference in differences]


def never(rows: TrainingTable, recipe: Mapping[str, Any]) -> Predict:
    raise AssertionError("rows enough are held back")


def test_the_same_training_again_is_exactly_as_good():
    differences = compare(contender(table(3_000)), contender(table(3_000)), never)
    assert passes(differences) == [True, True]
    assert [difference.difference.value for difference in differences] == [0.0, 0.0]
    assert differences[0].rows > 300 and not differences[0].is_pooled


def test_more_rows_of_the_same_kind_are_not_worse():
    assert passes(compare(contender(table(6_000)), contender(table(3_000)), never)) == [True, True]


def test_a_table_of_doubled_prices_makes_a_model_that_is_wrong_about_the_live_versions_rows():
    own, new = compare(contender(table(3_000, factor=2)), contender(table(3_000)), never)
    assert passes((own, new)) == [False, True]
    assert own.difference.low > 900 and new.difference.high < -900


def test_a_row_that_either_learned_from_judges_neither():
    live = contender(table(3_000))
    seen = split_table(table(3_000), CONTRACT)
    everything = Contender(replace(seen, parts=1 + seen.parts % 6), mean_of(seen.table), {})
    own, new = compare(everything, live, refit)
    # of the rows that the versions themselves may answer none is left: all that is asked was refitted
    assert own.is_pooled and own.rows == int((live.table.parts != 0).sum())
    assert new.is_pooled and new.rows == int((everything.table.parts != 0).sum())


def test_few_rows_are_pooled_from_all_parts_and_the_interval_is_stated():
    fits: list[int] = []

    def counted(rows: TrainingTable, recipe: Mapping[str, Any]) -> Predict:
        fits.append(len(rows))
        return mean_of(rows)

    own, new = compare(contender(table(700, first=100)), contender(table(600)), counted)
    assert (own.rows, new.rows, own.is_pooled, new.is_pooled) == (600, 700, True, True)
    assert len(fits) == 12 and max(fits) < 700
    figures = own.check("3", "its own table", "EUR").figures
    assert "interval +/-" in figures and "pooled from 7 splits" in figures and "600 rows" in figures


def test_the_same_recipe_on_the_same_small_table_is_fitted_once_a_part():
    fits: list[int] = []

    def counted(rows: TrainingTable, recipe: Mapping[str, Any]) -> Predict:
        fits.append(len(rows))
        return mean_of(rows)

    differences = compare(contender(table(200)), contender(table(200)), counted)
    assert len(fits) == 6 and passes(differences) == [True, True]


def test_a_wide_interval_does_not_pass_though_the_mean_is_better():
    live = Contender(split_table(table(150, noise=100), CONTRACT), lambda rows: _off(rows, 0.0), {})
    new = Contender(live.table, lambda rows: _off(rows, -1.0), {"other": 1})

    def jumping(rows: TrainingTable, recipe: Mapping[str, Any]) -> Predict:
        return lambda asked: (
            1_000
            + (np.random.default_rng(len(rows) + 9).normal(0, 60, len(asked["x"])) if recipe else 0.0)
            * np.ones(len(asked["x"]))
        )

    difference, _ = compare(new, live, jumping)
    assert difference.difference.high > difference.allowed
    assert difference.allowed == pytest.approx(ALLOWED_LOSS * difference.live)


def test_without_rows_to_judge_by_a_person_decides():
    small = contender(table(8))

    def too_small(rows: TrainingTable, recipe: Mapping[str, Any]) -> Predict:
        raise InvalidInputError("too small", code="train.too_few_rows")

    own, _ = compare(contender(table(8, first=50)), small, too_small)
    check = own.check("2", "its own table", "EUR")
    assert not check.passed and "rows that neither learned from, at least 5 are needed" in check.figures
    assert own.as_dict() == {"rows": 0, "is_pooled": True}


TRIPS = Contract(
    "trips",
    "trips",
    (InstantColumn("start", "When.", "2024-01-01T00:00:00Z", "UTC", 2000, 2100),),
    NumberColumn("y", "The target.", "EUR", 0, 1e9, 0, 1e9, 1, whole=False),
)


def trips(days: int, *, seed: int = 1) -> TrainingTable:
    """480 trips a day, which are longer or shorter on some days."""
    rng = np.random.default_rng(seed)
    begin = np.datetime64("2024-01-01T00:00:00")
    starts = begin + np.arange(days * 480) * np.timedelta64(180, "s")
    usual = 1_000 + np.repeat(rng.normal(0, 20, days), 480)
    return TrainingTable({"start": [f"{start}Z" for start in starts]}, usual + rng.normal(0, 10, len(usual)))


def mean_of_trips(rows: TrainingTable) -> Predict:
    middle = float(rows.target.mean())
    return lambda asked: np.full(len(asked["start"]), middle)


def trips_contender(rows: TrainingTable, unit: Unit | None = None) -> Contender:
    split = split_table(rows, TRIPS, unit)
    return Contender(split, mean_of_trips(split.learned), {})


def refit_trips(rows: TrainingTable, recipe: Mapping[str, Any]) -> Predict:
    return mean_of_trips(rows)


@pytest.mark.parametrize("days", [7, 10, 20, 28])
def test_a_table_of_a_few_days_is_judged_by_all_of_them(days):
    contender = trips_contender(trips(days))
    assert contender.table.unit == "day"
    own, new = compare(contender, contender, refit_trips)
    assert passes((own, new)) == [True, True]
    assert own.rows > FEWEST_ROWS and own.blocks == days and own.is_pooled


def test_a_table_of_many_days_is_judged_by_those_held_back():
    contender = trips_contender(trips(40))
    own, _ = compare(contender, contender, never)
    assert own.blocks >= FEWEST_BLOCKS and not own.is_pooled


def test_where_days_are_too_few_the_figures_say_days():
    contender = trips_contender(trips(3), "day")
    own, _ = compare(contender, contender, refit_trips)
    check = own.check("1", "its own table", "s")
    assert not check.passed and check.figures == "3 days that neither learned from, at least 5 are needed"


def test_a_pooled_interval_is_wider_than_if_its_refits_were_independent():
    live, new = contender(table(600)), contender(table(700, first=100))
    own, _ = compare(new, live)
    fits = {
        part: [mean_of(each.table.table.at(each.table.parts != part)) for each in (new, live)]
        for part in range(7)
    }
    split = live.table
    gain = np.empty(600)
    for part, (ours, theirs) in fits.items():
        asked = split.table.at(split.parts == part)
        errors = [np.abs(predict(asked.rows) - asked.target) for predict in (ours, theirs)]
        gain[split.parts == part] = errors[0] - errors[1]
    independent = float(stats.t.ppf(0.975, 599) * gain.std(ddof=1) / np.sqrt(600))
    half = (own.difference.high - own.difference.low) / 2
    assert own.difference.value == pytest.approx(gain.mean())
    assert half / independent == pytest.approx(np.sqrt(1 + 7 / 6), rel=1e-6)


def test_no_refit_is_asked_for_a_row_that_it_learned_from_where_tables_are_split_in_different_units():
    """Live was split by hours when its table had three days; the new table, which holds these, by days."""
    asked_of_learned: list[int] = []

    def watched(rows: TrainingTable, recipe: Mapping[str, Any]) -> Predict:
        learned = set(rows.rows["start"])
        middle = mean_of_trips(rows)

        def answer(asked: Columns) -> FloatArray:
            asked_of_learned.append(len(learned.intersection(asked["start"])))
            return middle(asked)

        return answer

    live, new = trips_contender(trips(3), "hour"), trips_contender(trips(12), "day")
    own, other = compare(new, live, watched)
    assert own.is_pooled and other.is_pooled and len(asked_of_learned) >= 12
    assert set(asked_of_learned) == {0}
    assert own.rows > 1_000 and other.rows > 4_000


def test_a_recipe_that_cannot_be_used_is_no_lack_of_rows():
    def unknown(rows: TrainingTable, recipe: Mapping[str, Any]) -> Predict:
        raise InvalidInputError("There is no setting depth.", code="train.unknown_setting")

    with pytest.raises(InvalidInputError, match="no setting depth"):
        compare(contender(table(200)), contender(table(200)), unknown)


def _off(rows: Columns, error: float) -> FloatArray:
    return np.full(len(rows["x"]), 1_000 + error)
