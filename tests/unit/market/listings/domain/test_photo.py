"""The order of a listing's photos."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from drivetrain.core.errors import ConflictError
from drivetrain.market.listings.domain.photo import MOST_PHOTOS, Photo, arranged, require_room

PHOTOS = [Photo(name, 100, 50, datetime(2026, 1, 1, tzinfo=UTC)) for name in "abc"]


def test_photos_are_put_in_the_order_that_is_wanted_with_their_texts() -> None:
    in_order = arranged(PHOTOS, [("c", "the back"), ("a", None), ("b", None)])
    assert [(photo.photo_id, photo.text) for photo in in_order] == [
        ("c", "the back"),
        ("a", None),
        ("b", None),
    ]


@pytest.mark.parametrize("wanted", ["ab", "abcd", "aab", "abd", ""])
def test_an_order_that_leaves_one_out_or_names_another_is_refused(wanted: str) -> None:
    with pytest.raises(ConflictError, match="Name each photo"):
        arranged(PHOTOS, [(name, None) for name in wanted])


def test_there_is_room_for_a_bounded_number() -> None:
    require_room(PHOTOS[:1] * (MOST_PHOTOS - 1))
    with pytest.raises(ConflictError, match="at most"):
        require_room(PHOTOS[:1] * MOST_PHOTOS)
