"""Finding segments: canonical order, fixed seeds, refusal of what cannot be told from chance."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.buyers import generated, profile

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.features import as_columns, take
from drivetrain.lifecycle.learning.training import TrainingTable
from drivetrain.resale.segments.model.contract import BUYER_PROFILE
from drivetrain.resale.segments.model.estimator import (
    buyers_of,
    find_centers,
    halvings,
    nearest,
    numbers_to_try,
)
from drivetrain.resale.segments.model.recipe import SegmentsRecipe

RECIPE = SegmentsRecipe(halvings=3, starts=2)


@pytest.fixture(scope="module")
def buyers():
    return buyers_of(generated(), RECIPE)


def test_segments_are_learned_from_buyers_with_enough_interactions_only(buyers):
    assert buyers.interactions[buyers.learners].min() >= RECIPE.fewest_interactions
    assert buyers.interactions.min() < RECIPE.fewest_interactions


def test_the_order_of_the_table_does_not_matter(buyers):
    order = np.random.default_rng(4).permutation(len(generated().target))
    mixed = buyers_of(TrainingTable(take(generated().rows, order), generated().target[order]), RECIPE)
    assert mixed.matrix.tobytes() == buyers.matrix.tobytes()
    np.testing.assert_array_equal(mixed.taste, buyers.taste)


def test_the_number_is_chosen_on_a_draw_of_a_large_table():
    drawn = buyers_of(generated(), SegmentsRecipe(most_buyers=120))
    assert len(drawn.sample) == 120 < len(drawn.learners)
    assert set(drawn.sample) <= set(drawn.learners)


def test_too_few_buyers_are_refused():
    few = TrainingTable(take(generated().rows, np.arange(80)), generated().target[:80])
    with pytest.raises(InvalidInputError) as refused:
        buyers_of(few, RECIPE)
    assert refused.value.code == "train.too_few_rows"


def test_equal_buyers_leave_no_number_to_try_and_no_number_to_ask_for():
    rows = as_columns([profile(views=20)] * 200, BUYER_PROFILE.names)
    alike = buyers_of(TrainingTable(rows, np.full(200, np.nan)), RECIPE)
    assert list(numbers_to_try(alike.points, RECIPE)) == []
    with pytest.raises(InvalidInputError):
        numbers_to_try(alike.points, SegmentsRecipe(segments=2))


def test_centers_come_largest_segment_first(buyers):
    sizes = np.bincount(nearest(buyers.points, find_centers(buyers.points, 4, RECIPE, 1)))
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)


def test_halves_do_not_share_buyers_and_agreement_is_an_index(buyers):
    with SilentProgress().stage("halve", total=3, unit="halvings") as stage:
        for halving in halvings(buyers.points, 3, RECIPE, stage):
            assert abs(np.bincount(halving.part)[0] - len(buyers.points) / 2) <= 1
            assert -0.5 <= halving.agreement <= 1
