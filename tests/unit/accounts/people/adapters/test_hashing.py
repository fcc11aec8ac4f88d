"""Hashes are Argon2id, few at once, and cost the same whether or not there is an account."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drivetrain.accounts.people.adapters import hashing
from drivetrain.accounts.people.adapters.hashing import Argon2Hasher
from drivetrain.core.errors import TooManyRequestsError
from drivetrain.core.locks import lock


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


async def test_processes_of_a_machine_take_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_AT_ONCE", 1)
    hasher = Argon2Hasher(tmp_path)
    with (tmp_path / "password-0.lock").open("wb") as file:  # as another process would
        lock(file)
        waiting = asyncio.create_task(hasher.verify(None, "x"))
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
    assert not await waiting


async def test_where_no_file_can_be_locked_nobody_waits(tmp_path: Path) -> None:
    assert not await Argon2Hasher(tmp_path / "gone").verify(None, "x")
