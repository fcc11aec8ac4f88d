"""The routes of photos.

What is out of a caller's reach is answered exactly like what does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import StrictBody, json_answer, read_model
from drivetrain.adapters.http.openapi import Answer, answer, body, documented
from drivetrain.adapters.http.pictures import (
    PICTURE_ANSWER,
    PICTURE_BODY,
    PhotoId,
    PhotoWidth,
    PictureUploads,
    known_width,
    picture_answer,
)
from drivetrain.core.access import Caller
from drivetrain.core.time import iso_utc
from drivetrain.market.listings.application.contract import plain_text
from drivetrain.market.listings.application.keep_photos import KeepPhotos
from drivetrain.market.listings.domain.photo import LONGEST_TEXT, MOST_PHOTOS, Photo
from drivetrain.market.listings.domain.scopes import LISTINGS_READ, LISTINGS_WRITE

_reads = Needs(LISTINGS_READ.name)
_writes = Needs(LISTINGS_WRITE.name)
_EXAMPLE_ID = "0" * 64


class ArrangedPhotoBody(StrictBody):
    """A photo in its place."""

    photo_id: str = Field(pattern="^[0-9a-f]{64}$", description="Of a photo of the listing.")
    text: str | None = Field(
        default=None, max_length=LONGEST_TEXT, description="What it shows, for those who do not see it."
    )


class PhotosBody(StrictBody):
    """All photos of a listing, in their order."""

    photos: list[ArrangedPhotoBody] = Field(max_length=MOST_PHOTOS)


class PhotoAnswer(TypedDict):
    """A photo; ``width`` and ``height`` are those of the large picture, in pixels.

    The files are WebP under ``…/photos/{photo_id}/1280`` and ``…/320``.
    """

    photo_id: str
    width: int
    height: int
    text: str | None
    created_at: str


class PhotoList(TypedDict):
    """The photos of a listing, in their order."""

    items: list[PhotoAnswer]


def photo_routes(keep: KeepPhotos, uploads: PictureUploads) -> APIRouter:
    """Routes under ``/market/listings/{listing_id}/photos``."""
    router = APIRouter(prefix="/market/listings/{listing_id}/photos", tags=["market"])

    @router.get("")
    @documented(answer(PhotoList, "The photos."), problems=[404])
    def list_photos(listing_id: UUID, caller: Caller = Depends(_reads)) -> Response:
        """List the photos of a listing that the caller may see."""
        return json_answer(_list(keep.of(listing_id, caller)))

    @router.post("", status_code=201)
    @documented(
        answer(PhotoAnswer, "The photo.", status=201), body=PICTURE_BODY, problems=[404, 409, 422, 429, 503]
    )
    async def add_photo(listing_id: UUID, request: Request, caller: Caller = Depends(_writes)) -> Response:
        """Add a photo behind the others: JPEG, PNG or WebP of at most 12 MiB and 50 million pixels.

        It is decoded, turned upright, and encoded again as WebP, without anything that the camera wrote beside it.
        """
        await run_in_threadpool(keep.admit, listing_id, caller)
        pictures = await uploads.receive(request)
        return json_answer(
            _as_dict(await run_in_threadpool(keep.add, listing_id, pictures, caller)), status=201
        )

    @router.put("")
    @documented(
        answer(PhotoList, "The photos after it."),
        body=body(PhotosBody, example={"photos": [{"photo_id": _EXAMPLE_ID, "text": "From the left"}]}),
        problems=[404, 409],
    )
    async def arrange_photos(
        listing_id: UUID, request: Request, caller: Caller = Depends(_writes)
    ) -> Response:
        """Put all photos of a listing in an order, with a text each. The first one is its cover."""
        given = await read_model(request, PhotosBody)
        wanted = [(each.photo_id, plain_text(each.text, "text", LONGEST_TEXT)) for each in given.photos]
        return json_answer(_list(await run_in_threadpool(keep.arrange, listing_id, wanted, caller)))

    @router.delete("/{photo_id}", status_code=204)
    @documented(Answer("Removed.", {}, 204), problems=[404])
    def remove_photo(listing_id: UUID, photo_id: PhotoId, caller: Caller = Depends(_writes)) -> Response:
        """Remove a photo for good."""
        keep.remove(listing_id, photo_id, caller)
        return Response(status_code=204)

    @router.get("/{photo_id}/{width}")
    @documented(PICTURE_ANSWER, problems=[404])
    def show_photo(
        listing_id: UUID, photo_id: PhotoId, width: PhotoWidth, caller: Caller = Depends(_reads)
    ) -> Response:
        """Show a photo of a listing that the caller may see."""
        return picture_answer(keep.file(listing_id, photo_id, known_width(width), caller))

    return router


def _list(photos: Sequence[Photo]) -> dict[str, object]:
    return {"items": [_as_dict(photo) for photo in photos]}


def _as_dict(photo: Photo) -> dict[str, object]:
    return {
        "photo_id": photo.photo_id,
        "width": photo.width,
        "height": photo.height,
        "text": photo.text,
        "created_at": iso_utc(photo.created_at),
    }
