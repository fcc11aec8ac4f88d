"""Secrets in a backup open with the operator's passphrase alone, and a changed byte is noticed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from drivetrain.adapters.disk.sealed_files import read_passphrase, seal, unseal
from drivetrain.core.errors import DrivetrainError, InvalidInputError

PASSPHRASE = b"correct horse battery"
FILES = {"secrets/pepper.key": bytes(range(32)), "admin.key": b"dt_local_x"}


def test_it_opens_with_the_passphrase_and_with_no_other(tmp_path: Path) -> None:
    seal(FILES, PASSPHRASE, tmp_path / "sealed")
    assert unseal(tmp_path / "sealed", PASSPHRASE) == FILES
    with pytest.raises(InvalidInputError) as refused:
        unseal(tmp_path / "sealed", b"correct horse batterY")
    assert refused.value.code == "backup.wrong_passphrase"


def test_nothing_of_it_can_be_read_and_no_two_are_alike(tmp_path: Path) -> None:
    for name in ("one", "two"):
        seal(FILES, PASSPHRASE, tmp_path / name)
    one, two = (tmp_path / "one").read_bytes(), (tmp_path / "two").read_bytes()
    assert b"pepper" not in one
    assert FILES["admin.key"] not in one
    assert one[-100:] != two[-100:]
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o600


@pytest.mark.parametrize("place", [0, 25, 40, 60, -1])  # name of the format, salt, nonce, content, tag
def test_a_changed_byte_is_noticed(tmp_path: Path, place: int) -> None:
    seal(FILES, PASSPHRASE, tmp_path / "sealed")
    content = bytearray((tmp_path / "sealed").read_bytes())
    content[place] ^= 1
    (tmp_path / "sealed").write_bytes(content)
    with pytest.raises(DrivetrainError):
        unseal(tmp_path / "sealed", PASSPHRASE)


def test_a_passphrase_file_loses_the_end_of_its_line(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_bytes(PASSPHRASE + b"\r\n")
    assert read_passphrase(tmp_path / "passphrase") == PASSPHRASE


@pytest.mark.parametrize("content", [None, b"", b"fifteen bytes!!\n"])
def test_a_passphrase_that_is_missing_or_short_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "passphrase").write_bytes(content)
    with pytest.raises(InvalidInputError) as refused:
        read_passphrase(tmp_path / "passphrase")
    assert refused.value.code == "backup.passphrase"
    assert "fifteen" not in refused.value.detail
