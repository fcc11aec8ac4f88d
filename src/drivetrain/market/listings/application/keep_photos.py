"""Showing a car: adding photos to a listing, arranging and removing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.limits import RateLimiter, RateRule, require_room
from drivetrain.core.pictures import Picture
from drivetrain.core.time import Clock
from drivetrain.market.listings.application.ports import PhotoStore
from drivetrain.market.listings.domain.listing import Owner, owner_of
from drivetrain.market.listings.domain.photo import Photo, arranged

UPLOADS = RateRule("market.photos", 600, 3_600)
"""Photos that one caller may send: each takes about 0.4 s of a core."""


@dataclass(frozen=True, slots=True)
class KeepPhotos:
    """The photos of a company's listings, or of those of a branch of it."""

    photos: PhotoStore
    limiter: RateLimiter
    clock: Clock

    def admit(self, listing_id: UUID, caller: Caller) -> None:
        """Say whether a photo may be sent at all, before it is received.

        Raises:
            NotAllowedError: ``market.no_company``.
            NotFoundError: ``market.unknown_listing``.
            TooManyRequestsError: more photos than anybody takes.
        """
        self.photos.require_own(listing_id, owner_of(caller))
        require_room(self.limiter, [(UPLOADS, caller.subject)])

    def add(self, listing_id: UUID, pictures: Sequence[Picture], caller: Caller) -> Photo:
        """Add a photo behind the others; one that the listing has stays where it is.

        Args:
            pictures: the photo in every width, the largest first.

        Raises:
            NotAllowedError, NotFoundError: as for ``admit``.
            ConflictError: ``market.too_many_photos``.
            UnavailableError: the photo cannot be kept.
        """
        large = pictures[0]
        photo = Photo(large.digest, large.width, large.height, self.clock.now())
        return self.photos.add(listing_id, owner_of(caller), photo, pictures)

    def arrange(
        self, listing_id: UUID, wanted: Sequence[tuple[str, str | None]], caller: Caller
    ) -> Sequence[Photo]:
        """Put all photos in an order, with a text each.

        Raises:
            NotAllowedError, NotFoundError: as for ``admit``.
            ConflictError: ``market.photos_changed``.
        """
        owner = owner_of(caller)
        return self.photos.change(listing_id, owner, lambda photos: arranged(photos, wanted))

    def remove(self, listing_id: UUID, photo_id: str, caller: Caller) -> None:
        """Remove a photo for good; one that is not there is removed already.

        Raises:
            NotAllowedError, NotFoundError: as for ``admit``.
        """
        self.photos.change(
            listing_id,
            owner_of(caller),
            lambda photos: [photo for photo in photos if photo.photo_id != photo_id],
        )

    def of(self, listing_id: UUID, caller: Caller) -> Sequence[Photo]:
        """The photos of a listing that the caller may see, in order.

        Raises:
            NotFoundError: ``market.unknown_listing``.
        """
        return self.photos.of(listing_id, _reach(caller))

    def file(self, listing_id: UUID, photo_id: str, width: int, caller: Caller) -> bytes:
        """A photo of a listing that the caller may see, as WebP.

        Raises:
            NotFoundError: ``market.unknown_photo``; also where the listing is out of reach.
        """
        return self.photos.file(listing_id, photo_id, width, _reach(caller))


def _reach(caller: Caller) -> Owner | None:
    return None if caller.company is None else owner_of(caller)
