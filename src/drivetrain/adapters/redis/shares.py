"""How much each process is asked by each subject, so that the processes can share out a rate."""

from __future__ import annotations

import time
from collections.abc import Mapping

from redis import Redis

from drivetrain.adapters.redis.client import translating

PREFIX = "drivetrain:demand:"
KNOWN_FOR_S = 5.0
"""A process that said nothing for so long is not counted."""


class RedisShares:
    """Says what one process was asked, and what share of the whole that is."""

    def __init__(self, redis: Redis, process: str) -> None:
        self._redis = redis
        self._process = process

    def settle(self, demands: Mapping[str, int]) -> Mapping[str, float]:
        """The share of this process of each subject that asked, in (0, 1].

        A process that was asked little keeps a little, so that its next request need not wait for the next call.

        Raises:
            UnavailableError: Redis cannot be reached.
        """
        if not demands:
            return {}
        now_s = time.time()
        with translating(), self._redis.pipeline(transaction=False) as pipeline:
            for subject, demand in demands.items():
                key = PREFIX + subject
                pipeline.hset(key, self._process, f"{demand + 1} {now_s}")
                pipeline.expire(key, int(2 * KNOWN_FOR_S))
                pipeline.hvals(key)
            answers = pipeline.execute()
        return {
            subject: (demand + 1) / max(demand + 1, sum(_recent(entry, now_s) for entry in answers[place]))
            for (subject, demand), place in zip(demands.items(), range(2, len(answers), 3), strict=True)
        }


def _recent(entry: bytes, now_s: float) -> float:
    demand, noted_at_s = entry.split()
    return float(demand) if now_s - float(noted_at_s) <= KNOWN_FOR_S else 0.0
