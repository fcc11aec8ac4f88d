"""The number of segments: found where there are some, and one where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.buyers import generated

from drivetrain.core.progress import SilentProgress
from drivetrain.resale.segments.model.choose import choose, shuffled, silhouette
from drivetrain.resale.segments.model.estimator import Buyers, buyers_of
from drivetrain.resale.segments.model.features import QUESTION_OF
from drivetrain.resale.segments.model.recipe import SegmentsRecipe

RECIPE = SegmentsRecipe(most_segments=6, halvings=3, shuffles=1, starts=2)
BLOBS = 4


def buyers_at(points) -> Buyers:
    """Buyers with these points; what else is known of them does not matter here."""
    real = buyers_of(generated(), RECIPE)
    everyone = np.arange(len(points))
    return Buyers(
        real.rows,
        np.full(len(points), np.nan),
        np.full(len(points), 20.0),
        real.space,
        points,
        everyone,
        everyone,
    )


@pytest.fixture(scope="module")
def blobs():
    rng = np.random.default_rng(1)
    centers = rng.normal(0, 3, (BLOBS, len(QUESTION_OF)))
    return buyers_at(
        np.concatenate([center + rng.normal(0, 0.6, (90, len(QUESTION_OF))) for center in centers])
    )


def test_clear_groups_are_found_in_their_number(blobs):
    assert choose(blobs, RECIPE, SilentProgress()).segments == BLOBS


def test_one_cloud_is_one_segment():
    """The rule does not invent segments where there are none."""
    cloud = buyers_at(np.random.default_rng(2).normal(0, 1, (400, len(QUESTION_OF))))
    choice = choose(cloud, RECIPE, SilentProgress())
    assert choice.segments == 1
    assert choice.chosen is None


def test_the_generated_buyers_shuffled_question_by_question_are_one_segment():
    real = buyers_of(generated(), RECIPE)
    mixed = buyers_at(shuffled(real.points, 9))
    assert choose(mixed, RECIPE, SilentProgress()).segments == 1


def test_a_number_that_is_asked_for_is_taken_as_it_is(blobs):
    choice = choose(blobs, SegmentsRecipe(segments=3, halvings=2, shuffles=1, starts=2), SilentProgress())
    assert choice.segments == 3
    assert [each.segments for each in choice.candidates] == [3]


def test_shuffling_keeps_each_question_and_parts_them(blobs):
    mixed = shuffled(blobs.matrix, 1)
    for at in range(len(QUESTION_OF)):
        np.testing.assert_array_equal(np.sort(mixed[:, at]), np.sort(blobs.matrix[:, at]))
    fuel = [at for at, question in enumerate(QUESTION_OF) if question == "fuel"]
    known = {tuple(row) for row in blobs.matrix[:, fuel]}
    assert all(tuple(row) in known for row in mixed[:, fuel])  # the fields of one question stay together
    assert not np.array_equal(mixed, blobs.matrix)


def test_prediction_strength_is_high_for_clear_groups_and_low_past_their_number(blobs):
    strengths = choose(blobs, RECIPE, SilentProgress()).prediction_strength
    assert strengths[BLOBS] > 0.9
    assert strengths[BLOBS + 2] < 0.8


def test_the_silhouette_of_one_segment_is_nothing(blobs):
    assert silhouette(blobs.matrix, np.zeros(len(blobs.matrix), dtype=np.intp)) == 0
