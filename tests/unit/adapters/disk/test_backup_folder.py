"""A backup appears whole or not at all, and what a killed one left does not stay."""

from __future__ import annotations

import errno
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivetrain.adapters.disk.backup_folder import backup_name, backups_in, new_backup, remove_backup
from drivetrain.core.errors import ConflictError, StorageFullError

NAME = backup_name(datetime(2026, 5, 1, 12, tzinfo=UTC))
LATER = backup_name(datetime(2026, 5, 1, 12, 0, 0, 7, tzinfo=UTC))


def make(folder: Path, name: str) -> None:
    with new_backup(folder, name) as unfinished:
        (unfinished / "file").write_text(name)


def test_backups_are_listed_newest_first_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    assert backups_in(folder) == []
    make(folder, NAME)
    make(folder, LATER)
    (folder / "drivetrain-notes").mkdir()
    assert [backup.name for backup in backups_in(folder)] == [LATER, NAME]
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o700
    assert (folder / NAME / "file").read_text() == NAME


def test_it_has_no_name_before_it_is_whole(tmp_path: Path) -> None:
    with new_backup(tmp_path, NAME):
        assert backups_in(tmp_path) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageFullError), new_backup(tmp_path, NAME) as unfinished:
        (unfinished / "file").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert [entry.name for entry in tmp_path.iterdir()] == [".backup.lock"]


def test_the_next_one_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / f".{NAME}.unfinished" / "home").mkdir(parents=True)
    make(tmp_path, LATER)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".backup.lock", LATER]


def test_a_second_one_at_the_same_time_is_refused(tmp_path: Path) -> None:
    with new_backup(tmp_path, NAME), pytest.raises(ConflictError) as refused:
        make(tmp_path, LATER)
    assert refused.value.code == "backup.in_progress"
    assert [backup.name for backup in backups_in(tmp_path)] == [NAME]


def test_a_removed_one_is_gone(tmp_path: Path) -> None:
    make(tmp_path, NAME)
    make(tmp_path, LATER)
    remove_backup(tmp_path / NAME)
    assert [backup.name for backup in backups_in(tmp_path)] == [LATER]
