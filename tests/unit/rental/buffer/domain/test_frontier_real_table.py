"""The published table of rental delays comes out as its documentation counts it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import polars as pl
import pytest

from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.domain.chains import chain, check_rentals
from drivetrain.rental.buffer.domain.counts import count_rules
from drivetrain.rental.buffer.domain.frontier import frontier, summary
from drivetrain.rental.buffer.domain.rule import BufferScope
from drivetrain.rental.buffer.domain.scopes import judge_scope, pair_rules, scope_rules
from drivetrain.rental.buffer.domain.severity import severity

TABLE = Path("rental_delays") / "get_around_delay_analysis.xlsx"
DRAWS = ClusterBootstrap(draws=1_000, seed=7)

pytestmark = pytest.mark.real_table

TOUCHED_AND_SOLVED = {
    BufferScope.ALL: {30: (223, 91), 60: (322, 116), 120: (540, 147), 180: (700, 160), 240: (800, 164)},
    BufferScope.CONNECT: {30: (101, 30), 60: (138, 36), 120: (236, 46), 180: (295, 50), 240: (338, 51)},
}


@pytest.fixture(scope="module")
def checked():
    folder = os.environ.get("DRIVETRAIN_DATA_DIR")
    if folder is None:
        pytest.skip("DRIVETRAIN_DATA_DIR is not set: the real tables are not here")
    if not (Path(folder) / TABLE).is_file():
        pytest.skip(f"DRIVETRAIN_DATA_DIR holds no {TABLE}")
    frame = pl.read_excel(Path(folder) / TABLE, sheet_name="rentals_data")
    return check_rentals({name: frame[name].to_list() for name in frame.columns})


@pytest.fixture(scope="module")
def rentals(checked):
    return chain(checked.table)


@pytest.fixture(scope="module")
def counts(rentals):
    return count_rules(rentals, DRAWS)


def test_every_row_is_accepted_and_the_totals_are_the_published_ones(checked, counts):
    assert checked.errors == ()
    totals = {name: float(figure.value) for name, figure in summary(counts.totals).items()}
    assert totals == {
        "rentals": 17_195,
        "chained": 1_488,
        "known": 1_391,
        "unknown": 97,
        "conflicts": 176,
        "conflict_rate": 176 / 1_391,
    }


@pytest.mark.parametrize("scope", list(TOUCHED_AND_SOLVED))
def test_touched_and_solved_are_the_published_ones(counts, scope):
    figures = frontier(counts, scope).figures
    found = {
        threshold: (int(figures["touched"].value[threshold]), int(figures["avoided"].value[threshold]))
        for threshold in TOUCHED_AND_SOLVED[scope]
    }
    assert found == TOUCHED_AND_SOLVED[scope]


def test_conflicts_were_canceled_more_often(rentals):
    found = severity(rentals, DRAWS)
    assert round(float(found.canceled_in_conflict.value), 3) == 0.170
    assert round(float(found.canceled_without.value), 3) == 0.106


def test_no_scope_beats_a_uniform_threshold_wherever_one_can_be_set(counts):
    families = [scope_rules(BufferScope.CONNECT), scope_rules(BufferScope.MOBILE), pair_rules()]
    verdicts = [judge_scope(counts, rules) for rules in families]
    assert [verdict.reachable.is_better for verdict in verdicts] == [False, False, False]
    assert float(verdicts[0].reachable.mean_difference.high[0]) < 0, (
        "connect alone is worse, not just no better"
    )


def test_the_full_frontier_with_a_thousand_draws_takes_at_most_five_seconds_of_one_core(rentals):
    begun = time.process_time()
    counted = count_rules(rentals, DRAWS)
    for scope in BufferScope:
        frontier(counted, scope)
    assert time.process_time() - begun <= 5.0
