"""A rate per subject, kept by one process: a bucket of tokens that fills steadily and is taken from by each request."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

MOST_SUBJECTS = 10_000
BURST_S = 2.0
"""A full bucket holds what flows into it in so many seconds: short bursts pass."""


class _Bucket:
    __slots__ = ("filled_at_s", "share", "taken", "tokens")

    def __init__(self, tokens: float, share: float, now_s: float) -> None:
        self.tokens = tokens
        self.share = share
        self.filled_at_s = now_s
        self.taken = 0


class TokenBuckets:
    """Buckets of one process, which has its share of the rate of each subject.

    Called on one event loop and settled from another thread: a subject's numbers may be a request off, never a
    bucket lost.

    Args:
        rate_per_s: requests of one subject, over all processes, per second, > 0.
        usual_share: of this process where nothing else is known, in (0, 1].
    """

    def __init__(
        self,
        rate_per_s: float,
        usual_share: float,
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate_per_s = rate_per_s
        self._usual_share = usual_share
        self._monotonic_s = monotonic_s
        self._buckets: dict[str, _Bucket] = {}

    def take(self, subject: str) -> float:
        """Take a token: 0 where there was one, else the seconds until there will be.

        A request without a token counts as demand too.
        """
        now_s = self._monotonic_s()
        bucket = self._buckets.get(subject)
        if bucket is None:
            if len(self._buckets) >= MOST_SUBJECTS:
                del self._buckets[next(iter(self._buckets))]
            bucket = _Bucket(self._most(self._usual_share), self._usual_share, now_s)
            self._buckets[subject] = bucket
        bucket.taken += 1
        per_s = self._rate_per_s * bucket.share
        tokens = min(self._most(bucket.share), bucket.tokens + (now_s - bucket.filled_at_s) * per_s)
        bucket.filled_at_s = now_s
        if tokens < 1.0:
            bucket.tokens = tokens
            return (1.0 - tokens) / per_s
        bucket.tokens = tokens - 1.0
        return 0.0

    def demands(self) -> Mapping[str, int]:
        """Requests of each subject since the last call; subjects that asked for nothing are forgotten."""
        demands = {}
        for subject, bucket in list(self._buckets.items()):
            if bucket.taken:
                demands[subject], bucket.taken = bucket.taken, 0
            elif self._monotonic_s() - bucket.filled_at_s > BURST_S:
                self._buckets.pop(subject, None)
        return demands

    def settle(self, shares: Mapping[str, float]) -> None:
        """Go on with other shares, in (0, 1]; subjects that are not named get the usual one."""
        for subject, bucket in list(self._buckets.items()):
            bucket.share = shares.get(subject, self._usual_share)

    def _most(self, share: float) -> float:
        return max(1.0, self._rate_per_s * share * BURST_S)
