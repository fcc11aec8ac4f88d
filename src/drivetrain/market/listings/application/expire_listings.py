"""Taking listings off the market that nobody looks after any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from drivetrain.core.time import Clock
from drivetrain.market.listings.application.ports import StaleListings
from drivetrain.market.listings.domain.listing import Listing, ListingState, moved

EXPIRY = "expiry"
"""Who changes an expired listing."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ExpireListings:
    """Withdraws live listings that have not been changed for a time; their owners may put them on offer again."""

    store: StaleListings
    clock: Clock
    after: timedelta

    def __call__(self) -> int:
        """Withdraw them, some hundred in a transaction; how many there were.

        Raises:
            UnavailableError: the database cannot be reached; what was withdrawn so far stays so.
        """
        now = self.clock.now()

        def withdrawn(listing: Listing) -> Listing:
            return moved(listing, listing.version, ListingState.WITHDRAWN, at=now, by=EXPIRY)

        total = 0
        while count := self.store.change_stale(now - self.after, _AT_ONCE, withdrawn):
            total += count
        return total
