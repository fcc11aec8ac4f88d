"""What the lock writes down for people; who wins is proved with real processes in the integration tests."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivetrain.adapters.embedded.home_lock import HolderInfo, HomeLock
from drivetrain.core.errors import UnavailableError

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FixedClock:
    def now(self) -> datetime:
        return NOON


def test_the_holder_is_known_while_it_holds_and_forgotten_after(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path, clock=FixedClock())

    assert lock.holder() is None
    with lock:
        assert HomeLock(tmp_path).holder() == HolderInfo(os.getpid(), NOON)
    assert lock.holder() is None


def test_the_holder_tells_where_it_serves_once_it_does(tmp_path: Path) -> None:
    with HomeLock(tmp_path, clock=FixedClock()) as lock:
        lock.announce("http://127.0.0.1:8000")
        assert HomeLock(tmp_path).holder() == HolderInfo(os.getpid(), NOON, "http://127.0.0.1:8000")
    assert lock.holder() is None


def test_what_a_killed_holder_left_in_the_file_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "up.lock").write_text('{"pid": 1, "since": "2026-03-01T12:00:00+00:00"}')

    assert HomeLock(tmp_path).holder() is None


def test_a_lock_can_be_taken_again_after_its_release(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path)
    for _ in range(2):
        with lock:
            assert lock.holder() is not None


def test_a_home_that_cannot_be_made_says_which_setting_to_change(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UnavailableError, match="DRIVETRAIN_HOME") as refused, HomeLock(tmp_path / "file"):
        pass
    assert refused.value.code == "home.not_writable"


def test_a_full_disk_is_told_as_such_and_leaves_the_lock_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full)
        with pytest.raises(UnavailableError, match="No space left"), HomeLock(tmp_path):
            pass
    with HomeLock(tmp_path) as lock:
        assert lock.holder() is not None
