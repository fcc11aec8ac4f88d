"""Finding the rate at which a latency reaches its limit."""

from __future__ import annotations

from collections.abc import Callable


def highest_rate(
    latency_at: Callable[[float], float], *, limit: float, start: float, most: float, precision: float = 0.05
) -> float:
    """The highest rate at which a latency was seen not to exceed its limit; 0 where it does at the first one.

    The rate is doubled until the limit is exceeded, and then halved in between. Latencies of a machine are not monotonic:
    what is found is a rate that was measured and met the limit, near one that was measured and did not.

    Args:
        latency_at: measures at a rate.
        start: the first rate, > 0.
        most: higher ones are not tried.
        precision: how near the two come, as a share.
    """
    met, missed, rate = 0.0, float("inf"), start
    while True:
        if latency_at(rate) <= limit:
            met = rate
        else:
            missed = rate
        if met >= most or met == 0.0 or missed - met <= precision * met:
            return met
        rate = min(2 * met, most) if missed == float("inf") else (met + missed) / 2
