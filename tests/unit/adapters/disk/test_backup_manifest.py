"""A backup is verified against its manifest: whatever was changed, cut, removed or added is named."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivetrain.adapters.disk.backup_manifest import (
    MANIFEST,
    damages,
    inventory,
    read_manifest,
    write_manifest,
)
from drivetrain.core.backups import BackupManifest
from drivetrain.core.errors import NotFoundError, UnavailableError
from drivetrain.core.progress import SilentProgress

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    folder = tmp_path / "backup"
    (folder / "home" / "artifacts").mkdir(parents=True)
    (folder / "home" / "empty").mkdir()
    (folder / "home" / "artifacts" / "model.txt").write_bytes(bytes(range(256)) * 40)
    (folder / "database.dump").write_bytes(b"rows")
    folders, files = inventory(folder, SilentProgress())
    write_manifest(
        folder,
        BackupManifest(
            release="0.1.0",
            begun_at=NOON,
            ended_at=NOON,
            database="dump",
            server_version=18,
            migrations={"alembic_version": "m0001"},
            kept_rows={"decisions": 3},
            secrets="left out",
            folders=folders,
            files=files,
        ),
    )
    return folder


def flip(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def test_what_was_written_is_read_and_whole(backup: Path) -> None:
    manifest = read_manifest(backup)
    assert (manifest.begun_at, manifest.kept_rows, manifest.secrets) == (NOON, {"decisions": 3}, "left out")
    assert [file.path for file in manifest.files] == ["database.dump", "home/artifacts/model.txt"]
    assert manifest.size_bytes == 256 * 40 + 4
    assert list(damages(backup, manifest, SilentProgress())) == []


@pytest.mark.parametrize(
    ("harm", "path", "what"),
    [
        (
            lambda folder: flip(folder / "home/artifacts/model.txt", 5_000),
            "home/artifacts/model.txt",
            "another content",
        ),
        (lambda folder: (folder / "database.dump").write_bytes(b"row"), "database.dump", "3 bytes, 4 were"),
        (lambda folder: (folder / "database.dump").unlink(), "database.dump", "missing"),
        (
            lambda folder: (folder / "home/empty").rmdir(),
            "home/empty",
            "missing",
        ),  # PostgreSQL needs empty folders
        (lambda folder: (folder / "home/extra").write_bytes(b""), "home/extra", "not belong"),
        (lambda folder: (folder / "home/more").mkdir(), "home/more", "not belong"),
    ],
)
def test_damage_is_named(backup: Path, harm: Callable[[Path], object], path: str, what: str) -> None:
    manifest = read_manifest(backup)
    harm(backup)
    (damage,) = damages(backup, manifest, SilentProgress())
    assert damage.path == path
    assert what in damage.what


def test_a_link_is_no_file_although_its_target_has_the_content(backup: Path, tmp_path: Path) -> None:
    manifest = read_manifest(backup)
    (backup / "database.dump").rename(tmp_path / "elsewhere")
    (backup / "database.dump").symlink_to(tmp_path / "elsewhere")
    assert [damage.what for damage in damages(backup, manifest, SilentProgress())] == ["is no file"]


def test_every_changed_byte_of_the_manifest_is_found(backup: Path) -> None:
    size = (backup / MANIFEST).stat().st_size
    for place in range(0, size, 7):
        flip(backup / MANIFEST, place)
        with pytest.raises(UnavailableError, match="damaged") as refused:
            read_manifest(backup)
        assert refused.value.code == "backup.damaged"
        flip(backup / MANIFEST, place)
    read_manifest(backup)


def test_a_folder_that_is_no_backup_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as refused:
        read_manifest(tmp_path)
    assert refused.value.code == "backup.none"


def test_another_format_is_refused_with_what_to_do(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = read_manifest(backup)
    monkeypatch.setattr("drivetrain.core.backups.FORMAT", 2)
    write_manifest(backup, dataclasses.replace(manifest))
    monkeypatch.undo()
    with pytest.raises(UnavailableError, match="restore with that release") as refused:
        read_manifest(backup)
    assert refused.value.code == "backup.other_format"
