"""Hashes are Argon2id, few at once, and cost the same whether or not there is an account."""

from __future__ import annotations

import asyncio

import pytest

from drivetrain.accounts.people.adapters import hashing
from drivetrain.accounts.people.adapters.hashing import Argon2Hasher
from drivetrain.core.errors import TooManyRequestsError


async def test_a_hash_knows_its_password_and_no_other() -> None:
    hasher = Argon2Hasher()
    encoded = await hasher.hash("kettle sofa ninety rivers")
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hasher.verify(encoded, "kettle sofa ninety rivers")
    assert not await hasher.verify(encoded, "kettle sofa ninety river")
    assert encoded != await hasher.hash("kettle sofa ninety rivers")


async def test_without_a_hash_the_same_work_is_done_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher, hashed = Argon2Hasher(), []
    verify = hasher._verify
    monkeypatch.setattr(
        hasher, "_verify", lambda encoded, text: hashed.append(encoded) or verify(encoded, text)
    )
    assert not await hasher.verify(None, "kettle sofa ninety rivers")
    (encoded,) = hashed
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_damaged_hash_is_nobodys() -> None:
    assert not await Argon2Hasher().verify("$argon2id$damaged", "kettle sofa ninety rivers")


async def test_what_would_wait_too_long_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "MOST_WAITING", 3)
    hasher = Argon2Hasher()
    results = await asyncio.gather(*(hasher.verify(None, "x") for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [
        bool,
        bool,
        bool,
        TooManyRequestsError,
        TooManyRequestsError,
    ]
    assert not await hasher.verify(None, "x")  # there is room again
