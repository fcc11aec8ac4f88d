"""Who finds no place is told to come back; a place is free again however its question ended."""

from __future__ import annotations

import pytest

from drivetrain.adapters.http.places import Places
from drivetrain.core.errors import TooManyRequestsError

WHY_NOT = "Others are asking."


def test_no_more_than_so_many_at_a_time():
    places = Places(2, patience_s=0.0)
    with places.taken(WHY_NOT), places.taken(WHY_NOT):
        with pytest.raises(TooManyRequestsError, match=WHY_NOT) as raised, places.taken(WHY_NOT):
            pytest.fail("a third one was let in")
        assert raised.value.retry_after_s >= 1
    with places.taken(WHY_NOT), places.taken(WHY_NOT):
        pass


def test_a_question_that_fails_gives_its_place_back():
    places = Places(1, patience_s=0.0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), places.taken(WHY_NOT):
            raise ZeroDivisionError
