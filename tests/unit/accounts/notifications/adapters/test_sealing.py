"""Sealed secrets."""

from __future__ import annotations

import pytest

from drivetrain.accounts.notifications.adapters.sealing import Seal
from drivetrain.core.errors import UnavailableError

SECRET = b"a secret of 32 bytes, or so it is"


def test_what_was_sealed_is_opened() -> None:
    assert Seal(b"k" * 32).open(Seal(b"k" * 32).close(SECRET, b"owner"), b"owner") == SECRET


def test_two_seals_of_one_secret_do_not_look_alike() -> None:
    seal = Seal(b"k" * 32)
    assert seal.close(SECRET, b"owner") != seal.close(SECRET, b"owner")
    assert SECRET not in seal.close(SECRET, b"owner")


@pytest.mark.parametrize(("key", "owner"), [(b"x" * 32, b"owner"), (b"k" * 32, b"other")])
def test_another_key_or_another_place_opens_nothing(key: bytes, owner: bytes) -> None:
    sealed = Seal(b"k" * 32).close(SECRET, b"owner")
    with pytest.raises(UnavailableError) as raised:
        Seal(key).open(sealed, owner)
    assert raised.value.code == "notifications.sealed"


def test_a_damaged_one_opens_nothing() -> None:
    sealed = Seal(b"k" * 32).close(SECRET, b"owner")
    with pytest.raises(UnavailableError):
        Seal(b"k" * 32).open(sealed[:-1] + bytes([sealed[-1] ^ 1]), b"owner")
