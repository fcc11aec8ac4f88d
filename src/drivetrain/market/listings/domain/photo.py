"""Photos of a listing: in an order that its owner gives, each with a text in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from drivetrain.core.errors import ConflictError

MOST_PHOTOS = 30
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of a listing.

    Attributes:
        photo_id: SHA-256 of the large picture, in hex.
        width, height: of the large picture, pixels.
        text: what it shows, for those who do not see it; None where nobody has said it.
    """

    photo_id: str
    width: int
    height: int
    created_at: datetime
    text: str | None = None


def arranged(photos: Sequence[Photo], wanted: Sequence[tuple[str, str | None]]) -> Sequence[Photo]:
    """The photos in another order, with other texts.

    Args:
        wanted: id and text of each photo.

    Raises:
        ConflictError: ``market.photos_changed``; the ids are not those of the photos, each once.
    """
    known = {photo.photo_id: photo for photo in photos}
    if sorted(known) != sorted(photo_id for photo_id, _ in wanted):
        raise ConflictError(
            "Name each photo of the listing once; they may have changed meanwhile.",
            code="market.photos_changed",
        )
    return [replace(known[photo_id], text=text) for photo_id, text in wanted]


def require_room(photos: Sequence[Photo]) -> None:
    """Refuse a photo too many.

    Raises:
        ConflictError: ``market.too_many_photos``.
    """
    if len(photos) >= MOST_PHOTOS:
        raise ConflictError(
            f"A listing has at most {MOST_PHOTOS} photos; remove one first.", code="market.too_many_photos"
        )
