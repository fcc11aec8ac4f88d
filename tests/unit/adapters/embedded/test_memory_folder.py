"""Files that processes map lie in memory, in a folder that nobody else can read or lay a trap in."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from drivetrain.adapters.embedded import memory_folder as module
from drivetrain.adapters.embedded.memory_folder import LEAST_FREE_BYTES, memory_folder


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for the system's place; with room, whatever disk the tests run on."""
    monkeypatch.setattr(
        module.os, "statvfs", lambda _: SimpleNamespace(f_bavail=LEAST_FREE_BYTES, f_frsize=1)
    )
    folder = tmp_path / "memory"
    folder.mkdir()
    return folder


def test_the_folder_is_private_empty_and_gone_afterwards(tmp_path: Path, memory: Path) -> None:
    with memory_folder(tmp_path / "home", otherwise=tmp_path / "disk", memory=memory) as folder:
        assert folder.parent == memory
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "counter_0.db").write_bytes(b"0")
    assert not folder.exists() and not (tmp_path / "disk").exists()


def test_the_next_start_on_the_home_empties_what_a_killed_one_left(tmp_path: Path, memory: Path) -> None:
    home, disk = tmp_path / "home", tmp_path / "disk"
    with memory_folder(home, otherwise=disk, memory=memory) as folder:
        pass
    folder.mkdir(mode=0o700)
    (folder / "counter_0.db").write_bytes(b"0")
    with memory_folder(home, otherwise=disk, memory=memory) as again:
        assert again == folder and list(again.iterdir()) == []


def test_two_homes_have_two_folders(tmp_path: Path, memory: Path) -> None:
    disk = tmp_path / "disk"
    with (
        memory_folder(tmp_path / "one", otherwise=disk, memory=memory) as one,
        memory_folder(tmp_path / "two", otherwise=disk, memory=memory) as two,
    ):
        assert one != two


@pytest.mark.parametrize("trap", ["link", "file", "open to others"])
def test_what_lies_under_the_name_and_is_not_ours_is_left_alone(
    tmp_path: Path, memory: Path, trap: str
) -> None:
    with memory_folder(tmp_path / "home", otherwise=tmp_path / "disk", memory=memory) as folder:
        pass
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "kept").write_bytes(b"")
    if trap == "link":
        folder.symlink_to(theirs)
    elif trap == "file":
        folder.write_bytes(b"")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    with memory_folder(tmp_path / "home", otherwise=tmp_path / "disk", memory=memory) as used:
        assert used == tmp_path / "disk"
    assert (theirs / "kept").exists() and os.path.lexists(folder)


def test_without_such_a_place_or_without_room_in_it_the_home_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: Path
) -> None:
    disk = tmp_path / "disk"
    with memory_folder(tmp_path / "home", otherwise=disk, memory=tmp_path / "no such place") as used:
        assert used == disk
    monkeypatch.setattr(
        module.os, "statvfs", lambda _: SimpleNamespace(f_bavail=LEAST_FREE_BYTES - 1, f_frsize=1)
    )
    with memory_folder(tmp_path / "home", otherwise=disk, memory=memory) as used:
        assert used == disk
