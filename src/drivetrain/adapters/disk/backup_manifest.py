"""The manifest in the folder of a backup: written last, and what every file is verified against."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from drivetrain.core.backups import BackupFile, BackupManifest, Damage, manifest_from
from drivetrain.core.errors import NotFoundError, UnavailableError
from drivetrain.core.files import write_private
from drivetrain.core.progress import Progress

MANIFEST = "manifest.json"
MANIFEST_DIGEST = "manifest.json.sha256"
"""Digest of the manifest, so that a changed digit in it is found too."""

_OURS = {MANIFEST, MANIFEST_DIGEST}


def inventory(folder: Path, progress: Progress) -> tuple[list[str], list[BackupFile]]:
    """The folders and the files in the folder of a backup, sorted, the manifest left out."""
    folders, files = _contents(folder)
    with progress.stage("digests of the files", total=len(files), unit="files") as stage:
        records = []
        for path in files:
            records.append(BackupFile(path, (folder / path).stat().st_size, _sha256(folder / path)))
            stage.advance()
    return folders, records


def write_manifest(folder: Path, manifest: BackupManifest) -> None:
    """Write the manifest and its digest.

    Raises:
        OSError: the disk is full.
    """
    text = json.dumps(manifest.as_dict(), indent=1).encode()
    write_private(folder / MANIFEST, text)
    write_private(folder / MANIFEST_DIGEST, hashlib.sha256(text).hexdigest().encode() + b"\n")


def read_manifest(folder: Path) -> BackupManifest:
    """The manifest of a backup.

    Raises:
        NotFoundError: ``backup.none``; the folder is no backup.
        UnavailableError: ``backup.damaged``; the manifest is not what was written.
    """
    try:
        text, digest = (folder / MANIFEST).read_bytes(), (folder / MANIFEST_DIGEST).read_bytes()
    except OSError as error:
        raise NotFoundError(
            f"{folder} is no backup: {error.strerror}: {error.filename}.", code="backup.none"
        ) from None
    if hashlib.sha256(text).hexdigest().encode() + b"\n" != digest:
        raise UnavailableError(
            f"{MANIFEST} or {MANIFEST_DIGEST} in {folder} is damaged; take another backup.",
            code="backup.damaged",
        )
    try:
        return manifest_from(json.loads(text))
    except (LookupError, TypeError, ValueError) as error:
        raise UnavailableError(
            f"The manifest of {folder} was written by a release with another format; restore with that release.",
            code="backup.other_format",
        ) from error


def damages(folder: Path, manifest: BackupManifest, progress: Progress) -> Iterator[Damage]:
    """What differs from the manifest. No path of the manifest is opened that is not in the folder."""
    folders, present = _contents(folder)
    yield from (Damage(path, "is missing") for path in sorted({*manifest.folders} - {*folders}))
    yield from (Damage(path, "does not belong to it") for path in sorted({*folders} - {*manifest.folders}))
    recorded = {file.path: file for file in manifest.files}
    yield from (Damage(path, "is missing") for path in sorted(recorded.keys() - {*present}))
    with progress.stage("verifying files", total=len(present), unit="files") as stage:
        for path in present:
            if what := _difference(folder / path, recorded.get(path)):
                yield Damage(path, what)
            stage.advance()


def _difference(file: Path, recorded: BackupFile | None) -> str:
    if recorded is None:
        return "does not belong to it"
    status = file.lstat()
    if not stat.S_ISREG(status.st_mode):
        return "is no file"
    if status.st_size != recorded.size_bytes:
        return f"has {status.st_size:,} bytes, {recorded.size_bytes:,} were written"
    try:
        return "" if _sha256(file) == recorded.sha256 else "has another content"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _contents(folder: Path) -> tuple[list[str], list[str]]:
    """Paths of all folders and of all else but the manifest."""
    folders, files = [], []
    for parent, names, others in os.walk(folder):
        above = Path(parent).relative_to(folder)
        links = [name for name in names if Path(parent, name).is_symlink()]
        folders += [(above / name).as_posix() for name in names if name not in links]
        files += [(above / name).as_posix() for name in (*others, *links)]
    return sorted(folders), sorted(path for path in files if path not in _OURS)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
