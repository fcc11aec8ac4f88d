"""How many segments there are: stable, clearer than chance, large enough; else there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivetrain.resale.segments.domain.choice import SMALLEST_SHARE, Candidate, choose_number

GOOD = Candidate(segments=3, stability=0.95, silhouette=0.25, shuffled_silhouette=0.1, smallest_share=0.2)


def of(segments: int, **changed: float) -> Candidate:
    return replace(GOOD, segments=segments, **changed)


def test_without_candidates_there_is_one_segment():
    assert choose_number([]) == 1


@pytest.mark.parametrize(
    "flaw",
    [
        {"stability": 0.79},  # two halves of the buyers would not agree
        {"silhouette": 0.1},  # chance does as well
        {"silhouette": -0.2, "shuffled_silhouette": -0.1},  # worse than chance
        {"smallest_share": SMALLEST_SHARE - 0.001},  # an accident, not a segment
    ],
)
def test_a_flaw_in_each_number_means_that_there_are_no_segments(flaw):
    assert choose_number([of(2, **flaw), of(3, **flaw)]) == 1
    assert choose_number([of(2), of(3, **flaw)]) == 2


def test_the_largest_number_of_excellent_stability_is_taken():
    assert choose_number([of(2, stability=0.99), of(6, stability=0.91), of(7, stability=0.89)]) == 6


def test_where_none_is_excellent_the_most_stable_good_one_is_taken():
    assert choose_number([of(2, stability=0.83), of(4, stability=0.86), of(5, stability=0.81)]) == 4


def test_detail_that_blurs_the_segments_is_not_bought():
    assert choose_number([of(3, silhouette=0.30), of(6, silhouette=0.23)]) == 3
    assert choose_number([of(3, silhouette=0.30), of(6, silhouette=0.25)]) == 6


def test_the_order_of_the_candidates_does_not_matter():
    candidates = [of(2, stability=0.83), of(5, stability=0.92), of(4, stability=0.97), of(9, stability=0.7)]
    assert choose_number(candidates) == choose_number(candidates[::-1]) == 5
