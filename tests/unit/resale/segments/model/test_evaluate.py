"""The figures of a set of segments, each worked out on a case small enough to do by hand."""

from __future__ import annotations

import numpy as np
import pytest

from drivetrain.resale.segments.domain.choice import Candidate
from drivetrain.resale.segments.model.choose import Choice
from drivetrain.resale.segments.model.estimator import Buyers, Halving
from drivetrain.resale.segments.model.evaluate import (
    HalfFitScores,
    Measurements,
    calibration,
    jaccard_by_segment,
    judge,
    outliers,
)
from drivetrain.resale.segments.model.features import FEATURES, FeatureSpace

WIDTH = len(FEATURES)
CENTERS = np.array([[0.0] * WIDTH, [10.0] * WIDTH])


def buyers(taste, points=None) -> Buyers:
    taste = np.asarray(taste, dtype=np.float64)
    points = np.zeros((len(taste), WIDTH)) if points is None else points
    everyone = np.arange(len(taste))
    space = FeatureSpace(np.zeros(WIDTH), np.ones(WIDTH))
    return Buyers({}, taste, np.full(len(taste), 20.0), space, points, everyone, everyone)


def test_calibration_counts_a_buyer_as_right_in_the_segment_of_the_taste():
    """Segment 0 is of taste 1 and segment 1 of taste 2; the buyer without a taste does not count."""
    told = calibration(
        buyers([1, 1, 2, 2, 1, 0]), np.array([0, 0, 1, 1, 1, 0]), np.array([0.95, 0.6, 0.95, 1.0, 0.6, 0.95])
    )
    assert told["90% to 100%"] == (3, pytest.approx(2.9 / 3), 1.0)
    assert told["50% to 70%"] == (2, pytest.approx(0.6), 0.5)
    assert set(told) == {"90% to 100%", "50% to 70%"}


def test_nothing_is_told_of_truth_where_none_is_known():
    unknown = buyers([np.nan] * 3)
    assert calibration(unknown, np.zeros(3, dtype=np.intp), np.ones(3)) == {}
    assert outliers(unknown, np.ones(3)) == {}


def test_outliers_are_counted_apart_for_buyers_with_and_without_a_taste():
    told = outliers(buyers([0, 0, 1, 2, 2, 1]), np.array([2.0, 0.5, 0.5, 0.5, 1.5, 1.0]))
    assert told == {"without_taste": 0.5, "with_taste": 0.25}


def test_the_jaccard_index_of_a_segment_that_loses_a_third_of_its_buyers():
    points = np.concatenate([np.zeros((3, WIDTH)), np.full((2, WIDTH), 10.0)])
    labels = np.array([1, 1, 0, 0, 0]), np.array([0, 0, 0, 1, 1])
    fit = Halving(np.zeros(5, dtype=np.intp), (CENTERS, CENTERS), labels, 1.0)
    first, second = jaccard_by_segment(points, CENTERS, [fit])
    assert first == pytest.approx((2 / 3 + 1) / 2)
    assert second == pytest.approx((2 / 3 + 1) / 2)


GOOD = Candidate(2, stability=0.95, silhouette=0.3, shuffled_silhouette=0.1, smallest_share=0.4)


def verdict_of(candidate=GOOD, *, agreement=0.95, ours=0.3, terciles=0.1, champion=None):
    measured = Measurements(
        [agreement] * 6, HalfFitScores([ours] * 12, []), HalfFitScores([terciles] * 12, []), {}
    )
    choice = Choice(candidate.segments if candidate else 1, [candidate] if candidate else [], {}, {})
    return judge(measured, choice, champion)


def failed(verdict) -> list[str]:
    return [check.question for check in verdict.checks if not check.passed]


def test_good_segments_pass_the_gate():
    assert failed(verdict_of()) == []


@pytest.mark.parametrize(
    ("changed", "question"),
    [
        ({"agreement": 0.79}, "stable"),
        ({"ours": 0.1}, "better than price terciles"),
        ({"candidate": None}, "there are segments"),
        ({"candidate": Candidate(2, 0.95, 0.1, 0.1, 0.4)}, "there are segments"),
        ({"champion": [0.97] * 6}, "not worse than the champion"),
    ],
)
def test_each_question_of_the_gate_can_be_answered_no(changed, question):
    (asked,) = failed(verdict_of(**changed))
    assert asked.startswith(question)


def test_segments_are_not_worse_than_a_champion_that_finds_none():
    assert failed(verdict_of(champion=[])) == []


def test_one_segment_never_passes_beside_a_champion_that_has_some():
    measured = Measurements([], HalfFitScores([0.0] * 4, []), HalfFitScores([0.1] * 4, []), {})
    verdict = judge(measured, Choice(1, [], {}, {}), [0.95] * 4)
    assert [question[:9] for question in failed(verdict)] == [
        "there are",
        "stable: h",
        "better th",
        "not worse",
    ]
