"""The rate at which a latency reaches its limit is found, and only rates that met it are given."""

from __future__ import annotations

import pytest
from bench.live.rates import highest_rate


@pytest.mark.parametrize("knee", [300, 420, 599, 1_000, 4_000])
def test_the_rate_is_found_within_its_precision(knee: float) -> None:
    tried: list[float] = []

    def latency_at(rate: float) -> float:
        tried.append(rate)
        return 1.0 if rate <= knee else 50.0

    rate = highest_rate(latency_at, limit=10.0, start=300, most=10_000)
    assert rate <= knee <= rate * 1.06
    assert rate in tried
    assert len(tried) < 12


def test_where_the_first_rate_is_too_much_there_is_none() -> None:
    assert highest_rate(lambda _: 11.0, limit=10.0, start=300, most=1_000) == 0.0


def test_it_ends_at_the_most() -> None:
    assert highest_rate(lambda _: 1.0, limit=10.0, start=300, most=1_000) == 1_000


def test_a_latency_that_jumps_ends_the_search_all_the_same() -> None:
    latencies = iter([1, 1, 99, 99, 1, 99, 1, 99, 1, 99] + [99] * 50)
    assert highest_rate(lambda _: next(latencies), limit=10.0, start=100, most=10_000) > 0
