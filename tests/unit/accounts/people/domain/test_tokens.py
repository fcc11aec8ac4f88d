"""A link is good for its purpose, its person, one use and a short time; the stored row alone is no link."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from drivetrain.accounts.people.domain.tokens import LIFE, OneTimeToken, Purpose, token_id_of
from drivetrain.core.errors import InvalidInputError

KEY, NOW = b"k" * 32, datetime(2026, 11, 1, 12, tzinfo=UTC)
TOKEN = OneTimeToken(UUID(int=5), Purpose.RESET, UUID(int=9), NOW, NOW + timedelta(minutes=30))


def test_a_link_names_its_row_and_is_good() -> None:
    text = TOKEN.text(KEY)
    assert len(text) == 64
    assert token_id_of(text) == TOKEN.token_id
    assert TOKEN.is_good(text, KEY, Purpose.RESET, NOW)


@pytest.mark.parametrize(
    ("token", "purpose", "instant"),
    [
        (TOKEN, Purpose.VERIFY, NOW),
        (TOKEN, Purpose.RESET, NOW + timedelta(minutes=30)),
        (replace(TOKEN, used_at=NOW), Purpose.RESET, NOW),
        (replace(TOKEN, person=UUID(int=8)), Purpose.RESET, NOW),
        (replace(TOKEN, token_id=UUID(int=6)), Purpose.RESET, NOW),
        (replace(TOKEN, purpose=Purpose.VERIFY), Purpose.VERIFY, NOW),
    ],
)
def test_a_link_is_not_good_for_anything_else(token: OneTimeToken, purpose: str, instant: datetime) -> None:
    assert not token.is_good(TOKEN.text(KEY), KEY, purpose, instant)


def test_whoever_can_read_the_rows_cannot_write_a_link() -> None:
    assert not TOKEN.is_good(TOKEN.text(b"x" * 32), KEY, Purpose.RESET, NOW)


@pytest.mark.parametrize(
    "text", ["", "A", "A" * 63, "A" * 68, "ä" * 64, "\x00" * 64, "\ud800" * 64, "=" * 64]
)
def test_what_is_no_link_is_refused_like_one_that_is_not_good(text: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        token_id_of(text)
    assert refused.value.code == "people.link_invalid"


def test_every_purpose_has_its_life() -> None:
    assert set(LIFE) == set(Purpose)
    assert LIFE[Purpose.SIGN_IN] == timedelta(minutes=5)
