"""What the use cases of public links need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.shares.domain.share import Share


class ShareStore(Protocol):
    """Where public links are kept. Blocking; every method raises UnavailableError without the database."""

    def add(self, share: Share, most: int) -> None:
        """Keep one more.

        Raises:
            ConflictError: ``market.too_many_shares``; the person has as many as one may.
        """
        ...

    def of_person(self, person: UUID, listing: UUID, now: datetime) -> Sequence[Share]:
        """A person's links to a listing that have not expired, newest first."""
        ...

    def remove(self, share_id: UUID, person: UUID) -> None:
        """Revoke one of a person's.

        Raises:
            NotFoundError: ``market.unknown_share``.
        """
        ...

    def opened(self, digest: bytes, now: datetime) -> tuple[UUID, Listing] | None:
        """The link of a hash with its listing; None where it has expired, was revoked, or the listing is not live."""
        ...

    def count(self, share_id: UUID) -> None:
        """Count that the page was shown."""
        ...
