"""The generator keeps what its truth promises."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.buffer_truth import (
    avoided_share,
    conflict_rate,
    conflicts_per_touched,
    share_of_chained,
    touches,
)

from drivetrain.core.errors import InvalidInputError
from drivetrain.rental.buffer.domain.chains import COLUMNS, chain, check_rentals
from drivetrain.rental.buffer.domain.rule import uniform
from drivetrain.rental.buffer.model.chains.generate import ChainTruth, generate

MANY_CHAINS = ChainTruth(
    chained_cars=1.0, links_per_car=2.0, unknown_if_late=0.0, unknown_otherwise=0.0, canceled_more=0.2
)


def test_a_generated_table_passes_every_check():
    columns = generate(ChainTruth(), n_cars=2_000, seed=1)
    checked = check_rentals(columns)
    assert tuple(columns) == COLUMNS
    assert checked.errors == ()
    rentals = chain(checked.table)
    assert 200 < len(rentals) < 1_000
    assert 0 < (~rentals.is_known).sum() < len(rentals) / 5


def test_the_same_seed_gives_the_same_table():
    assert generate(ChainTruth(), n_cars=50, seed=3) == generate(ChainTruth(), n_cars=50, seed=3)
    assert generate(ChainTruth(), n_cars=50, seed=3) != generate(ChainTruth(), n_cars=50, seed=4)


def test_a_large_table_shows_the_true_rates():
    """60,000 chained rentals: a rate lies within 0.01 (about four standard errors) of its truth."""
    rentals = chain(check_rentals(generate(MANY_CHAINS, n_cars=20_000, seed=5)).table)
    touched, late = touches(uniform(60), rentals), rentals.is_conflict
    assert late.mean() == pytest.approx(conflict_rate(MANY_CHAINS), abs=0.01)
    assert touched.mean() == pytest.approx(share_of_chained(MANY_CHAINS, 60), abs=0.01)
    assert late[touched].mean() == pytest.approx(conflicts_per_touched(MANY_CHAINS, 60), abs=0.015)
    assert touched[late].mean() == pytest.approx(avoided_share(MANY_CHAINS, 60), abs=0.015)
    effect = rentals.is_canceled[late].mean() - rentals.is_canceled[~late].mean()
    assert effect == pytest.approx(MANY_CHAINS.canceled_more, abs=0.02)


def test_delays_go_missing_as_often_as_the_truth_says():
    truth = ChainTruth(chained_cars=1.0, unknown_if_late=0.4, unknown_otherwise=0.1)
    shown = check_rentals(generate(truth, n_cars=5_000, seed=2)).table
    ended = ~shown.is_canceled
    late = shown.delay_min[ended & np.isfinite(shown.delay_min)] > 0
    unknown = 1 - np.isfinite(shown.delay_min[ended]).mean()
    late_truly = late.mean() * (1 - unknown) / 0.6
    assert unknown == pytest.approx(0.4 * late_truly + 0.1 * (1 - late_truly), abs=0.02)


@pytest.mark.parametrize(
    "wrong", [{"connect_share": 1.2}, {"unknown_if_late": -0.1}, {"canceled_base": 0.9, "canceled_more": 0.2}]
)
def test_what_is_no_chance_is_refused(wrong):
    with pytest.raises(InvalidInputError):
        ChainTruth(**wrong)
