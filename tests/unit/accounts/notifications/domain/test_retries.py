"""Waits between attempts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from drivetrain.accounts.notifications.domain.retries import MAIL, WEBHOOK, Backoff

BACKOFF = Backoff(timedelta(seconds=2), timedelta(seconds=60), timedelta(hours=1))


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (7, 60), (10_000, 60)]
)
def test_waits_double_up_to_the_longest(failures: int, seconds: int) -> None:
    assert BACKOFF.wait(failures, 0) == timedelta(seconds=seconds)


def test_those_who_failed_together_come_back_apart() -> None:
    assert BACKOFF.wait(1, 0) < BACKOFF.wait(1, 0.5) < BACKOFF.wait(1, 0.999) <= timedelta(seconds=2.2)


def test_it_is_over_after_so_long() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert not BACKOFF.is_over(since, since + timedelta(minutes=59))
    assert BACKOFF.is_over(since, since + timedelta(hours=1))


@pytest.mark.parametrize("backoff", [MAIL, WEBHOOK])
def test_a_night_without_the_other_side_loses_nothing(backoff: Backoff) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert not backoff.is_over(since, since + timedelta(hours=12))
