"""What the use cases of listings need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from drivetrain.core.pictures import Picture
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.market.listings.domain.events import ListingChange
from drivetrain.market.listings.domain.listing import Listing, ListingState, Owner
from drivetrain.market.listings.domain.photo import Photo
from drivetrain.market.listings.domain.report import Report, ReportState


@dataclass(frozen=True, slots=True)
class ListingPage:
    """Listings, newest first; ``next`` is the id of the last one where more follow."""

    items: Sequence[Listing]
    next: UUID | None


class ListingValues(Protocol):
    """Where the values of listings are kept. Blocking."""

    def outdated(
        self, versions: Mapping[str, ModelRef], *, most: int | None, among: Sequence[UUID] | None = None
    ) -> Sequence[Listing]:
        """Live listings that were never valued as they are now, or by another version than the present one.

        Args:
            versions: by currency, the present version.
            most: how many at the most; None for all.
            among: ids to look among; None for all.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...


class StaleListings(Protocol):
    """Where listings are found that nobody looks after. Blocking."""

    def change_stale(self, before: datetime, most: int, change: Callable[[Listing], Listing]) -> int:
        """Change live listings that were changed before an instant, in one transaction; how many there were.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Reports, oldest first; ``next`` is the id of the last one where more follow."""

    items: Sequence[Report]
    next: UUID | None


class ReportStore(Protocol):
    """Where reports of listings are kept. Blocking."""

    def add(self, report: Report) -> None:
        """Store a new report.

        Raises:
            ConflictError: ``market.already_reported``; the same reporter has reported the listing.
            UnavailableError: the database cannot be reached.
        """
        ...

    def page(self, state: ReportState | None, after: UUID | None, most: int) -> ReportPage:
        """Reports, oldest first.

        Args:
            after: an id; those that were made after it.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

    def decide(
        self,
        report_id: UUID,
        decide: Callable[[Report], Report],
        change: Callable[[Listing], Listing] | None,
    ) -> Report:
        """Decide a report and change its listing, both or neither.

        Raises:
            NotFoundError: ``market.unknown_report``.
            UnavailableError: the database cannot be reached.
            Whatever ``decide`` raises; nothing is stored then.
        """
        ...


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


class PhotoStore(Protocol):
    """Where photos of listings are kept. Blocking. Every method raises UnavailableError where they cannot be reached.

    A listing that is out of an owner's reach is not found (``market.unknown_listing``).
    """

    def require_own(self, listing_id: UUID, owner: Owner) -> None:
        """Refuse a listing that is not the owner's.

        Raises:
            NotFoundError: ``market.unknown_listing``.
        """
        ...

    def add(self, listing_id: UUID, owner: Owner, photo: Photo, pictures: Sequence[Picture]) -> Photo:
        """Keep a photo behind the others; the one of this id where there is one.

        Raises:
            NotFoundError: ``market.unknown_listing``.
            ConflictError: ``market.too_many_photos``.
        """
        ...

    def change(
        self, listing_id: UUID, owner: Owner, change: Callable[[Sequence[Photo]], Sequence[Photo]]
    ) -> Sequence[Photo]:
        """Put a listing's photos in another order, with other texts, or fewer of them.

        Raises:
            NotFoundError: ``market.unknown_listing``.
            Whatever ``change`` raises; nothing is stored then.
        """
        ...

    def of(self, listing_id: UUID, owner: Owner | None) -> Sequence[Photo]:
        """The photos of a listing that everybody may see, or that is the owner's.

        Raises:
            NotFoundError: ``market.unknown_listing``.
        """
        ...

    def file(self, listing_id: UUID, photo_id: str, width: int, owner: Owner | None) -> bytes:
        """One of those photos.

        Raises:
            NotFoundError: ``market.unknown_photo``.
        """
        ...


class ListingBatches(Protocol):
    """Many listings at once, in the transaction of the caller. Blocking.

    ``connection`` is one of SQLAlchemy, in a transaction. Every method raises UnavailableError while the database cannot
    be reached.
    """

    def locked(self, connection: Any, owner: Owner, ids: Collection[UUID]) -> Sequence[Listing]:
        """Those of some listings that are the owner's, without their price history, locked in the order of their ids."""
        ...

    def add(self, connection: Any, new: Sequence[Listing]) -> None:
        """Store new listings, none of which is there."""
        ...

    def put(self, connection: Any, pairs: Sequence[tuple[Listing, Listing]]) -> None:
        """Store listings, each with what it was before, whose rows are locked."""
        ...

    def announce(self, connection: Any, changes: Sequence[ListingChange]) -> None:
        """Write an event for each change."""
        ...
