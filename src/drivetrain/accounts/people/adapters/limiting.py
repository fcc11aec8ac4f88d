"""Not counting attempts at all."""

from __future__ import annotations

from drivetrain.core.limits import RateRule


class NoRateLimiter:
    """The port ``RateLimiter`` where limits are switched off, for measuring."""

    def hit(self, rule: RateRule, subject: str) -> int | None:
        """Allow it."""
        return None
