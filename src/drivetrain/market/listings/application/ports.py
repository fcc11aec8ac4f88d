"""What the use cases of listings need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from drivetrain.market.listings.domain.listing import Listing, ListingState, Owner


@dataclass(frozen=True, slots=True)
class ListingPage:
    """Listings, newest first; ``next`` is the id of the last one where more follow."""

    items: Sequence[Listing]
    next: UUID | None


class ListingStore(Protocol):
    """Where listings are kept, each change with its price history and its event. Blocking.

    What is out of an owner's reach is not found, exactly like what does not exist.
    """

    def add(self, new: Sequence[Listing]) -> int:
        """Store new listings, all or none; how many were not there yet. Those of known ids are left as they are.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

    def change(self, listing_id: UUID, owner: Owner, change: Callable[[Listing], Listing]) -> Listing:
        """Change a listing of an owner, which nobody else changes meanwhile.

        Raises:
            NotFoundError: ``market.unknown_listing``.
            UnavailableError: the database cannot be reached.
            Whatever ``change`` raises; nothing is stored then.
        """
        ...

    def find(self, listing_id: UUID, owner: Owner | None) -> Listing:
        """A listing that everybody may see, or that is the owner's, with its price history.

        Raises:
            NotFoundError: ``market.unknown_listing``.
            UnavailableError: the database cannot be reached.
        """
        ...

    def owned(self, owner: Owner, state: ListingState | None, before: UUID | None, most: int) -> ListingPage:
        """An owner's listings, newest first.

        Args:
            before: an id; those that were made before it.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...
