"""A segment keeps its id from version to version for as long as it is the same one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.resale.segments.domain.identity import NOTHING_KNOWN, KnownSegments, keep_numbers

CENTERS = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
KNOWN = KnownSegments((4, 2, 7), CENTERS, 9)


def test_the_first_version_numbers_from_one():
    assert keep_numbers(CENTERS, NOTHING_KNOWN) == [1, 2, 3]


def test_segments_that_stayed_keep_their_numbers_in_whatever_order_they_come():
    assert keep_numbers(CENTERS[[2, 0, 1]] + 0.5, KNOWN) == [7, 4, 2]


def test_a_segment_that_moved_too_far_is_a_new_one():
    assert keep_numbers(CENTERS + np.array([[0, 0], [0, 0], [-6, 6]]), KNOWN) == [4, 2, 9]


def test_a_number_is_never_used_again():
    """Number 7 went away; what comes instead gets one that no version had."""
    assert keep_numbers(np.array([[0.0, 0.0], [10.0, 0.0], [90.0, 90.0]]), KNOWN) == [4, 2, 9]


def test_when_a_segment_splits_the_nearer_half_keeps_the_number():
    split = np.array([[0.0, 0.0], [10.0, 0.0], [0.5, 9.0], [-2.0, 12.0]])
    assert keep_numbers(split, KNOWN) == [4, 2, 7, 9]


def test_a_lonely_segment_is_always_the_same_one():
    assert keep_numbers(np.array([[50.0, 50.0]]), KnownSegments((3,), np.array([[0.0, 0.0]]), 5)) == [3]


@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=1, max_size=10),
    st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=1, max_size=10),
)
def test_numbers_are_unique_whatever_moves_where(new, old):
    known = KnownSegments(range(1, len(old) + 1), np.array(old), len(old) + 1)
    numbers = keep_numbers(np.array(new), known)
    assert len(set(numbers)) == len(new)
    assert all(number < known.next_number + len(new) for number in numbers)
