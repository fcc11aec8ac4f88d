"""Who finds no place is told to come back; a place is free again however its question ended."""

from __future__ import annotations

import pytest

from drivetrain.adapters.http.concurrency import ConcurrencyLimit
from drivetrain.core.errors import TooManyRequestsError

WHY_NOT = "Others are asking."


def test_no_more_than_so_many_at_a_time():
    limit = ConcurrencyLimit(2, patience_s=0.0)
    with limit.acquire(WHY_NOT), limit.acquire(WHY_NOT):
        with pytest.raises(TooManyRequestsError, match=WHY_NOT) as raised, limit.acquire(WHY_NOT):
            pytest.fail("a third one was let in")
        assert raised.value.retry_after_s >= 1
    with limit.acquire(WHY_NOT), limit.acquire(WHY_NOT):
        pass


def test_a_question_that_fails_gives_its_place_back():
    limit = ConcurrencyLimit(1, patience_s=0.0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), limit.acquire(WHY_NOT):
            raise ZeroDivisionError
