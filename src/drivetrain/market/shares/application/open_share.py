"""Showing a listing to whoever has a public link to it."""

from __future__ import annotations

from dataclasses import dataclass

from drivetrain.core.limits import RateLimiter, RateRule
from drivetrain.core.time import Clock
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.shares.application.ports import ShareStore
from drivetrain.market.shares.domain.share import digest_of

COUNTED = RateRule("market.shares.counted", hits=60, window_s=60)
"""Of one link. A page that is shown more often is shown all the same, and not counted: each count is a write."""


@dataclass(frozen=True, slots=True)
class OpenShare:
    """Finds the listing of a token, and counts."""

    store: ShareStore
    limiter: RateLimiter
    clock: Clock

    def __call__(self, token: str) -> Listing | None:
        """The listing; None for a token that is none, has expired or was revoked, and for a listing that is not live.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        digest = digest_of(token)
        found = None if digest is None else self.store.opened(digest, self.clock.now())
        if found is None:
            return None
        share_id, listing = found
        if self.limiter.hit(COUNTED, str(share_id)) is None:
            self.store.count(share_id)
        return listing
