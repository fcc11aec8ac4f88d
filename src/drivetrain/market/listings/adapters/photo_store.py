"""Photos of listings: rows in PostgreSQL, files in the store of objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, delete, insert, or_, select

from drivetrain.adapters.postgres.database import transaction, translating
from drivetrain.core.errors import NotFoundError
from drivetrain.core.objects import Objects
from drivetrain.core.pictures import WIDTHS, Picture
from drivetrain.market.listings.adapters.store import is_of
from drivetrain.market.listings.adapters.tables import listing_photos, listings
from drivetrain.market.listings.domain.listing import SHOWN, Owner
from drivetrain.market.listings.domain.photo import Photo, require_room

_COLUMNS = listing_photos.c


class PostgresPhotos:
    """The port ``PhotoStore``.

    The files of a listing stand in a folder of its own, under the digest of the large one. Whoever changes its photos
    has locked its row, so a file that no row names is left over, and goes.
    """

    def __init__(self, engine: Engine, objects: Objects, folder: str = "listings") -> None:
        self._engine = engine
        self._objects = objects
        self._folder = folder

    def require_own(self, listing_id: UUID, owner: Owner) -> None:
        """Refuse a listing that is not the owner's."""
        with translating(), self._engine.connect() as connection:
            _require(connection, listing_id, is_of(owner))

    def add(self, listing_id: UUID, owner: Owner, photo: Photo, pictures: Sequence[Picture]) -> Photo:
        """Keep the files, then the row: a row without its files would be a photo that nobody can see."""
        with transaction(self._engine) as connection:
            _require(connection, listing_id, is_of(owner), lock=True)
            photos = _read(connection, listing_id)
            for known in photos:
                if known.photo_id == photo.photo_id:
                    return known
            require_room(photos)
            for width, picture in zip(WIDTHS, pictures, strict=True):
                self._objects.put_new(self._name(listing_id, photo.photo_id, width), picture.data)
            _write(connection, listing_id, [*photos, photo])
        return photo

    def change(
        self, listing_id: UUID, owner: Owner, change: Callable[[Sequence[Photo]], Sequence[Photo]]
    ) -> Sequence[Photo]:
        """Change the rows; the files of those that are gone go after the commit."""
        with transaction(self._engine) as connection:
            _require(connection, listing_id, is_of(owner), lock=True)
            former = _read(connection, listing_id)
            photos = change(former)
            _write(connection, listing_id, photos)
        if len(photos) < len(former):
            self._clear(listing_id)
        return photos

    def of(self, listing_id: UUID, owner: Owner | None) -> Sequence[Photo]:
        """The photos of a listing within reach."""
        with translating(), self._engine.connect() as connection:
            _require(connection, listing_id, _reach(owner))
            return _read(connection, listing_id)

    def file(self, listing_id: UUID, photo_id: str, width: int, owner: Owner | None) -> bytes:
        """A photo of a listing within reach."""
        query = (
            select(_COLUMNS.photo_id)
            .join(listings, listings.c.listing_id == _COLUMNS.listing_id)
            .where(_COLUMNS.listing_id == listing_id, _COLUMNS.photo_id == photo_id, _reach(owner))
        )
        with translating(), self._engine.connect() as connection:
            is_there = connection.scalar(query) is not None
        if not is_there:
            raise NotFoundError("There is no such photo.", code="market.unknown_photo")
        return self._objects.get(self._name(listing_id, photo_id, width))

    def _clear(self, listing_id: UUID) -> None:
        """Remove the files that no row names."""
        with transaction(self._engine) as connection:
            _require(connection, listing_id, lock=True)
            kept = {
                self._name(listing_id, photo.photo_id, width)
                for photo in _read(connection, listing_id)
                for width in WIDTHS
            }
            there = self._objects.names(f"{self._folder}/{listing_id}")
            self._objects.remove([name for name in there if name not in kept])

    def _name(self, listing_id: UUID, photo_id: str, width: int) -> str:
        return f"{self._folder}/{listing_id}/{photo_id}-{width}.webp"


def _reach(owner: Owner | None) -> Any:
    is_shown = listings.c.state.in_(sorted(SHOWN))
    return is_shown if owner is None else or_(is_shown, is_of(owner))


def _require(connection: Connection, listing_id: UUID, *reach: Any, lock: bool = False) -> None:
    """Refuse a listing that is out of reach, and lock its row where it is to be changed."""
    query = select(listings.c.listing_id).where(listings.c.listing_id == listing_id, *reach)
    if connection.scalar(query.with_for_update() if lock else query) is None:
        raise NotFoundError(f"There is no listing {listing_id}.", code="market.unknown_listing")


def _read(connection: Connection, listing_id: UUID) -> list[Photo]:
    query = select(listing_photos).where(_COLUMNS.listing_id == listing_id).order_by(_COLUMNS.position)
    return [
        Photo(row.photo_id, row.width, row.height, row.created_at, row.text)
        for row in connection.execute(query)
    ]


def _write(connection: Connection, listing_id: UUID, photos: Sequence[Photo]) -> None:
    """Store all photos of a listing, whose row is locked, in their order."""
    connection.execute(delete(listing_photos).where(_COLUMNS.listing_id == listing_id))
    rows = [
        {
            "listing_id": listing_id,
            "photo_id": photo.photo_id,
            "position": position,
            "width": photo.width,
            "height": photo.height,
            "text": photo.text,
            "created_at": photo.created_at,
        }
        for position, photo in enumerate(photos)
    ]
    if rows:
        connection.execute(insert(listing_photos), rows)
