"""core/locks.py: two open files of one name stand for two processes; the kernel treats them alike."""

from __future__ import annotations

import errno
import fcntl

import pytest

from drivetrain.core import locks
from drivetrain.core.locks import lock, share, try_lock, try_share


@pytest.fixture
def first(tmp_path):
    with (tmp_path / "lock").open("wb") as file:
        yield file


@pytest.fixture
def second(tmp_path, first):
    with (tmp_path / "lock").open("wb") as file:
        yield file


def test_a_locked_file_is_refused_to_others_until_it_is_closed(first, second):
    lock(first)
    assert not try_lock(second)
    assert not try_share(second)
    first.close()
    assert try_lock(second)


def test_those_who_share_a_file_keep_out_who_wants_it_alone(first, second):
    share(first)
    assert try_share(second)
    assert not try_lock(first)


def test_patience_waits_for_a_lock_that_is_held_for_an_instant(first, second, monkeypatch):
    lock(first)
    monkeypatch.setattr(locks.time, "sleep", lambda seconds: first.close())
    assert try_lock(second, patience_s=60.0)


def test_patience_ends(first, second, monkeypatch):
    lock(first)
    now = iter([0.0, 0.4, 0.8, 1.2])
    monkeypatch.setattr(locks.time, "monotonic", lambda: next(now))
    monkeypatch.setattr(locks.time, "sleep", lambda seconds: None)
    assert not try_lock(second, patience_s=1.0)


def test_a_file_system_without_locks_is_no_held_lock(first, monkeypatch):
    def unsupported(file, kind):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with pytest.raises(OSError, match="No locks available"):
        try_lock(first)
