"""The gate lets a candidate through only when every question is answered well, and says which was not."""

from __future__ import annotations

import json

import pytest

from drivetrain.lifecycle.learning.gate import (
    TOLERANCE,
    Check,
    Verdict,
    beats_baseline,
    holds_against_champion,
)

BASELINE = [20.0, 22.0, 21.0, 19.0, 23.0]


def test_a_clear_win_over_the_baseline_passes():
    check = beats_baseline([value - 3 + 0.1 * at for at, value in enumerate(BASELINE)], BASELINE, 5, "ridge")
    assert (check.question, check.passed) == ("better than ridge", True)


@pytest.mark.parametrize(
    "candidate",
    [
        BASELINE,  # no better
        [value + 1 for value in BASELINE],
        [10.0, 32.0, 11.0, 29.0, 13.0],  # better on average, by noise
    ],
)
def test_a_win_within_the_noise_of_the_folds_does_not_pass(candidate):
    assert not beats_baseline(candidate, BASELINE, 5, "ridge").passed


@pytest.mark.parametrize(
    ("factor", "passed"),
    [(0.9, True), (1.0, True), (1 + 0.9 * TOLERANCE, True), (1 + 1.1 * TOLERANCE, False)],
)
def test_a_candidate_may_be_a_hundredth_worse_than_the_champion_and_no_more(factor, passed):
    assert holds_against_champion([value * factor for value in BASELINE], BASELINE, 5).passed is passed


def test_different_numbers_of_folds_are_not_compared():
    with pytest.raises(ValueError, match="zip"):
        beats_baseline(BASELINE[1:], BASELINE, 5, "ridge")
    with pytest.raises(ValueError, match="zip"):
        holds_against_champion(BASELINE[1:], BASELINE, 5)


def test_one_failed_question_fails_the_verdict_and_is_named():
    verdict = Verdict((Check("better than ridge", True, "-3"), Check("range covers 88%", False, "80 %")))
    assert not verdict.passed
    assert verdict.reason() == "Not passed: range covers 88%."
    assert json.loads(json.dumps(verdict.as_dict()))["checks"][1] == {
        "question": "range covers 88%",
        "passed": False,
        "figures": "80 %",
    }


def test_a_passed_verdict_says_so():
    assert Verdict((Check("q", True, ""),)).reason() == "All checks of the gate passed."
