"""Making public links to listings, and revoking them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, NotAllowedError
from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import ListingState
from drivetrain.market.shares.application.ports import ShareStore
from drivetrain.market.shares.domain.share import MOST_SHARES, Share, new_token


@dataclass(frozen=True, slots=True)
class KeepShares:
    """A person's public links; another person's answers like one that does not exist."""

    store: ShareStore
    listings: KeepListings
    clock: Clock

    def create(self, listing_id: UUID, days: int, caller: Caller) -> tuple[Share, str]:
        """Make a link; its token is given here, and kept nowhere.

        Raises:
            NotAllowedError: ``market.no_person``.
            NotFoundError: ``market.unknown_listing``.
            ConflictError: ``market.not_on_sale``; ``market.too_many_shares``.
        """
        person, now = _person_of(caller), self.clock.now()
        if self.listings.find(listing_id, caller).state is not ListingState.LIVE:
            raise ConflictError("Only a listing that is on sale can be shared.", code="market.not_on_sale")
        token, digest = new_token()
        share = Share(UUID(new_id()), listing_id, person, digest, now, now + timedelta(days=days))
        self.store.add(share, MOST_SHARES)
        return share, token

    def own(self, listing_id: UUID, caller: Caller) -> Sequence[Share]:
        """The caller's links to a listing, newest first.

        Raises:
            NotAllowedError: ``market.no_person``.
        """
        return self.store.of_person(_person_of(caller), listing_id, self.clock.now())

    def revoke(self, share_id: UUID, caller: Caller) -> None:
        """End a link.

        Raises:
            NotAllowedError: ``market.no_person``.
            NotFoundError: ``market.unknown_share``.
        """
        self.store.remove(share_id, _person_of(caller))


def _person_of(caller: Caller) -> UUID:
    if caller.person is None:
        raise NotAllowedError(
            "This key belongs to no person, and only people share listings.", code="market.no_person"
        )
    return caller.person
