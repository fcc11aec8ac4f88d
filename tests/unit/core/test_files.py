"""core/files.py: what a crash, a full disk and a second writer leave behind."""

from __future__ import annotations

import errno
import os

import pytest

from drivetrain.core import files
from drivetrain.core.files import (
    appearing,
    is_at,
    open_private,
    remove_old,
    sync,
    sync_tree,
    write_private,
)


def mode(path):
    return path.stat().st_mode & 0o777


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


class Interrupted(BaseException):
    """The process is ended."""


class TestAppearing:
    def test_nothing_is_seen_under_the_name_until_the_block_has_ended(self, tmp_path):
        path = tmp_path / "report.json"
        with appearing(path) as unfinished:
            unfinished.write_text("half")
            assert not path.exists()
        assert (path.read_text(), names(tmp_path)) == ("half", ["report.json"])

    @pytest.mark.parametrize("error", [ValueError(), OSError(errno.ENOSPC, "full"), Interrupted()])
    def test_the_old_file_stays_when_the_block_raises(self, tmp_path, error):
        path = tmp_path / "report.json"
        path.write_text("old")
        with pytest.raises(type(error)), appearing(path) as unfinished:
            unfinished.write_text("half")
            raise error
        assert (path.read_text(), names(tmp_path)) == ("old", ["report.json"])

    def test_a_disk_that_refuses_the_bytes_leaves_the_old_file(self, tmp_path, monkeypatch):
        def full(handle):
            raise OSError(errno.ENOSPC, "No space left on device")

        path = tmp_path / "report.json"
        path.write_text("old")
        monkeypatch.setattr(files.os, "fsync", full)
        with pytest.raises(OSError, match="No space"), appearing(path) as unfinished:
            unfinished.write_text("new")
        assert (path.read_text(), names(tmp_path)) == ("old", ["report.json"])

    def test_the_bytes_are_on_disk_before_the_name_and_the_name_before_the_end(self, tmp_path, monkeypatch):
        path, calls = tmp_path / "report.json", []
        monkeypatch.setattr(files, "sync", lambda at: calls.append((at == tmp_path, path.exists())))
        with appearing(path) as unfinished:
            unfinished.write_text("new")
        assert calls == [(False, False), (True, True)]

    def test_two_writers_of_one_file_do_not_mix(self, tmp_path):
        path = tmp_path / "report.json"
        with appearing(path) as first, appearing(path) as second:
            first.write_text("first")
            second.write_text("second")
        assert (path.read_text(), names(tmp_path)) == ("first", ["report.json"])


class TestWritePrivate:
    def test_the_file_is_whole_private_and_alone(self, tmp_path):
        path = tmp_path / "deep" / "admin.key"
        write_private(path, b"one")
        write_private(path, b"two")
        assert path.read_bytes() == b"two"
        assert mode(path) == 0o600
        assert names(path.parent) == ["admin.key"]

    def test_a_file_that_everybody_could_read_becomes_private(self, tmp_path):
        path = tmp_path / "admin.key"
        path.write_bytes(b"old")
        path.chmod(0o644)
        write_private(path, b"new")
        assert mode(path) == 0o600


def test_a_private_file_is_appended_to(tmp_path):
    for line in (b"one\n", b"two\n"):
        with open_private(tmp_path / "log") as file:
            file.write(line)
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"
    assert mode(tmp_path / "log") == 0o600


def test_an_open_file_is_at_its_name_until_it_is_renamed_replaced_or_removed(tmp_path):
    path = tmp_path / "claim"
    with path.open("wb") as file:
        assert is_at(file, path)
        path.rename(tmp_path / "taken")
        assert not is_at(file, path)
        path.write_bytes(b"another file of that name")
        assert not is_at(file, path)
        assert is_at(file, tmp_path / "taken")


def test_every_file_and_folder_of_a_tree_is_synced(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "model.txt").write_text("m")
    synced = []
    monkeypatch.setattr(files, "sync", synced.append)
    sync_tree(tmp_path)
    assert synced == [tmp_path / "deep", tmp_path / "deep" / "model.txt", tmp_path]


def test_a_missing_file_cannot_be_synced(tmp_path):
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "missing")


def test_what_is_old_is_removed_and_what_is_new_stays(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "table").write_text("x")
    os.utime(tmp_path / "old", (0, 0))
    remove_old(tmp_path, 60.0)
    assert [entry.name for entry in tmp_path.iterdir()] == ["new"]
    remove_old(tmp_path / "nothing", 60.0)
