"""Photos of listings, over HTTP, on a real database, with the child process that decodes them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image
from sqlalchemy import Engine
from tests.support.limits import MemoryRateLimiter
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.disk.objects import FolderObjects
from drivetrain.adapters.http.pictures import PictureUploads
from drivetrain.adapters.images.limited import LimitedPictures, PictureLimits
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.access import Caller
from drivetrain.core.errors import UnreadableInputError
from drivetrain.core.time import SystemClock
from drivetrain.market.listings.adapters.http import listing_routes
from drivetrain.market.listings.adapters.photo_store import PostgresPhotos
from drivetrain.market.listings.adapters.photos_http import photo_routes
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.application.keep_photos import KeepPhotos
from drivetrain.market.listings.domain.listing import Listing, ListingState
from drivetrain.market.listings.domain.photo import MOST_PHOTOS

FIRM, RIVAL = UUID(int=1), UUID(int=2)
ANN = Caller("ann", "c", frozenset(), company=FIRM)
DEALER = caller_header("listings:read", "listings:write", company=FIRM)
OTHER = caller_header("listings:read", "listings:write", company=RIVAL)
BUYER = caller_header("listings:read")
NO_PHOTO = "0" * 64


@pytest.fixture
def keep(engine: Engine) -> KeepListings:
    return KeepListings(PostgresListings(engine, PostgresEventLog(engine)), SystemClock())


@pytest.fixture
def client(engine: Engine, keep: KeepListings, tmp_path: Path) -> Iterator[httpx.Client]:
    photos = KeepPhotos(
        PostgresPhotos(engine, FolderObjects(tmp_path / "photos")), MemoryRateLimiter(), SystemClock()
    )
    routers = [listing_routes(keep), photo_routes(photos, PictureUploads(LimitedPictures()))]
    application = served_application(routers, NamedCallers())
    with serving(application) as (address, _), httpx.Client(base_url=address, timeout=60) as client:
        yield client


def photo(color: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(file, "PNG")
    return file.getvalue()


def draft(keep: KeepListings) -> Listing:
    return keep.create(LISTING.example(), ANN)[0]


def sent(client: httpx.Client, address: str, color: str) -> dict[str, Any]:
    answer = client.post(address, files={"file": ("car.png", photo(color))}, headers=DEALER)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_photos_are_added_arranged_seen_and_removed(
    client: httpx.Client, keep: KeepListings, tmp_path: Path
) -> None:
    listing = draft(keep)
    address = f"/market/listings/{listing.listing_id}/photos"
    red, blue = sent(client, address, "red"), sent(client, address, "blue")
    assert (red["width"], red["height"], red["text"]) == (64, 48, None)
    assert sent(client, address, "red") == red  # the same photo again

    body = {
        "photos": [{"photo_id": blue["photo_id"], "text": " From the left "}, {"photo_id": red["photo_id"]}]
    }
    arranged = client.put(address, json=body, headers=DEALER).json()["items"]
    assert [(each["photo_id"], each["text"]) for each in arranged] == [
        *((blue["photo_id"], "From the left"), (red["photo_id"], None))
    ]
    for wrong in ([], body["photos"][:1], [*body["photos"], {"photo_id": NO_PHOTO}], body["photos"][:1] * 2):
        refused = client.put(address, json={"photos": wrong}, headers=DEALER)
        assert (refused.status_code, refused.json()["code"]) == (409, "market.photos_changed")

    file = f"{address}/{blue['photo_id']}/320"
    assert client.get(file, headers=BUYER).status_code == 404  # a draft is its owner's
    assert client.get(address, headers=BUYER).status_code == 404
    seen = client.get(file, headers=DEALER)
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/webp")
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert seen.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert Image.open(io.BytesIO(seen.content)).format == "WEBP"

    keep.move(listing.listing_id, 1, ListingState.LIVE, ANN)
    assert client.get(file, headers=BUYER).content == seen.content
    shown = client.get(f"/market/listings/{listing.listing_id}", headers=BUYER).json()
    assert shown["cover"] == blue["photo_id"]

    assert client.delete(f"{address}/{blue['photo_id']}", headers=DEALER).status_code == 204
    assert client.get(file, headers=BUYER).status_code == 404
    files = [each.name for each in (tmp_path / "photos").rglob("*.webp")]
    assert sorted(files) == sorted(f"{red['photo_id']}-{width}.webp" for width in (1280, 320))
    assert sent(client, address, "blue")["photo_id"] == blue["photo_id"]

    keep.move(listing.listing_id, 2, ListingState.WITHDRAWN, ANN)
    assert client.get(file, headers=BUYER).status_code == 404
    assert client.get(file, headers=DEALER).status_code == 200


def test_nobody_else_changes_the_photos_of_a_listing(client: httpx.Client, keep: KeepListings) -> None:
    listing = keep.move(draft(keep).listing_id, 1, ListingState.LIVE, ANN)
    address = f"/market/listings/{listing.listing_id}/photos"
    red = sent(client, address, "red")
    for headers, status, code in ((OTHER, 404, "market.unknown_listing"), (BUYER, 403, "auth.scope_missing")):
        for answer in (
            client.post(address, content=photo("blue"), headers=headers),
            client.put(address, json={"photos": []}, headers=headers),
            client.delete(f"{address}/{red['photo_id']}", headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [each["photo_id"] for each in client.get(address, headers=OTHER).json()["items"]] == [
        red["photo_id"]
    ]


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"no photo", {}, 400, "pictures.unknown_format"),
        (photo("red")[:60], {}, 400, "pictures.broken"),
        (b"x" * ((12 << 20) + 1), {}, 413, "input.too_large"),
        (b"{}", {"content-type": "application/json"}, 415, "input.unsupported_media_type"),
        (b"--x--\r\n", {"content-type": "multipart/form-data; boundary=x"}, 400, "input.no_file"),
    ],
)
def test_what_is_no_photo_is_answered_with_a_problem(
    client: httpx.Client, keep: KeepListings, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    address = f"/market/listings/{draft(keep).listing_id}/photos"
    answer = client.post(address, content=content, headers={**DEALER, **headers})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_what_names_no_photo_is_answered_with_a_problem(client: httpx.Client, keep: KeepListings) -> None:
    address = f"/market/listings/{draft(keep).listing_id}/photos"
    known = sent(client, address, "red")["photo_id"]
    for path, status in (
        (f"{NO_PHOTO}/320", 404),
        (f"{known}/321", 422),
        ("..%2f..%2fx/320", 404),
        (f"{'z' * 64}/320", 422),
    ):
        assert client.get(f"{address}/{path}", headers=DEALER).status_code == status, path


def test_many_at_once_add_no_photo_too_many(client: httpx.Client, keep: KeepListings, engine: Engine) -> None:
    listing = draft(keep)
    address = f"/market/listings/{listing.listing_id}/photos"
    sent(client, address, "red")
    with engine.begin() as connection:
        for number in range(MOST_PHOTOS - 2):
            connection.exec_driver_sql(
                "INSERT INTO drivetrain.listing_photos SELECT listing_id, %s, %s, 1, 1, NULL, now() "
                "FROM drivetrain.listing_photos WHERE position = 0",
                (f"{number:064x}", number + 1),
            )
    with ThreadPoolExecutor(3) as threads:
        answers = list(
            threads.map(
                lambda color: client.post(address, content=photo(color), headers=DEALER),
                ("blue", "green", "white"),
            )
        )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "market.too_many_photos"}


def test_a_picture_that_takes_too_much_ends_the_child_and_nothing_else() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (4_000, 4_000)).save(file, "PNG")
    for limits in (PictureLimits(memory_bytes=100 << 20), PictureLimits(wall_s=0.01)):
        with pytest.raises(UnreadableInputError) as caught:
            LimitedPictures(limits)(file.getvalue(), (1280, 320))
        assert caught.value.code == "pictures.not_decoded"
