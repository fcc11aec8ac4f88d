"""A bucket lets bursts pass, then the rate; shares of several processes add up to it."""

from __future__ import annotations

import pytest

from drivetrain.core import token_buckets
from drivetrain.core.token_buckets import TokenBuckets


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now_s


def passed(buckets: TokenBuckets, subject: str, requests: int) -> int:
    return sum(buckets.take(subject) == 0.0 for _ in range(requests))


def test_a_burst_passes_and_then_the_rate() -> None:
    clock = Clock()
    buckets = TokenBuckets(10.0, 1.0, monotonic_s=clock)
    assert passed(buckets, "key", 50) == 20
    assert buckets.take("key") == pytest.approx(0.1)
    for _ in range(10):
        clock.now_s += 1.0
        assert passed(buckets, "key", 50) == 10
    assert passed(buckets, "other key", 50) == 20


def test_a_process_gives_out_its_share_and_follows_the_demand() -> None:
    clock = Clock()
    buckets = TokenBuckets(10.0, 0.5, monotonic_s=clock)
    assert passed(buckets, "key", 50) == 10
    assert buckets.demands() == {"key": 50}
    assert buckets.demands() == {}
    buckets.settle({"key": 0.9})
    clock.now_s += 1.0
    assert passed(buckets, "key", 50) == 9
    buckets.settle({})  # nobody knows what the others do
    clock.now_s += 1.0
    assert passed(buckets, "key", 50) == 5


def test_a_rate_below_one_a_second_still_lets_one_pass() -> None:
    clock = Clock()
    buckets = TokenBuckets(0.1, 0.5, monotonic_s=clock)
    assert passed(buckets, "key", 5) == 1
    clock.now_s += 20.0
    assert passed(buckets, "key", 5) == 1


def test_subjects_are_bounded_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_buckets, "MOST_SUBJECTS", 3)
    clock = Clock()
    buckets = TokenBuckets(1.0, 1.0, monotonic_s=clock)
    for number in range(5):
        buckets.take(f"key {number}")
    assert list(buckets.demands()) == ["key 2", "key 3", "key 4"]
    clock.now_s += 10.0
    buckets.demands()
    assert buckets._buckets == {}
