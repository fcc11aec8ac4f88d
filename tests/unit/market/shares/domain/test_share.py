"""A token cannot be guessed, and only its hash is kept."""

from __future__ import annotations

import pytest

from drivetrain.market.shares.domain.share import digest_of, new_token


def test_a_token_is_found_by_its_hash() -> None:
    made = [new_token() for _ in range(50)]
    assert len({token for token, _ in made}) == 50
    for token, digest in made:
        assert digest_of(token) == digest
        assert token.encode() not in digest


@pytest.mark.parametrize("token", ["", "x", "a" * 31, "a" * 33, "é" * 32, "a" * 31 + "\n", "../" * 10 + "aa"])
def test_anything_else_is_no_token(token: str) -> None:
    assert digest_of(token) is None
