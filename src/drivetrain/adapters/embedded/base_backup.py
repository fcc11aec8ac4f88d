"""The data of a running embedded server, copied so that another server can start on the copy."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from drivetrain.adapters.embedded.programs import run_program
from drivetrain.adapters.embedded.server_user import user_for
from drivetrain.core.errors import UnavailableError

_PRIVATE = 0o700


def take_base_backup(url: str, folder: Path) -> None:
    """Copy a running server's data, with the log (WAL) that makes the copy whole, and verify it.

    PostgreSQL checks the checksum of every page that it reads, and writes a manifest of the files.

    Args:
        url: of the embedded server; we may use its socket as its owner, or as root.
        folder: made; the files are ours.

    Raises:
        StorageFullError: the disk is full.
        UnavailableError: the server's data are damaged, or the server went away.
    """
    # whoever makes the backup brings all of its files to the disk at once
    options = ["--wal-method=stream", "--checkpoint=fast", "--no-sync", "--label=drivetrain"]
    run_program("pg_basebackup", [f"--pgdata={folder}", "--manifest-checksums=SHA256", *options], url=url)
    _verify_files(folder)
    verify_log(folder)


def verify_log(folder: Path) -> None:
    """Check that the log of a base backup can be read from its beginning to the instant at which the copy is whole.

    Raises:
        UnavailableError: ``backup.damaged``.
    """
    for written in _server_manifest(folder)["WAL-Ranges"]:
        bounds = [
            f"--timeline={written['Timeline']}",
            f"--start={written['Start-LSN']}",
            f"--end={written['End-LSN']}",
        ]
        try:
            run_program("pg_waldump", ["--quiet", f"--path={folder / 'pg_wal'}", *bounds])
        except UnavailableError as error:
            raise _damaged(f"its log cannot be read. {error.detail}") from error


def _verify_files(folder: Path) -> None:
    """What ``pg_verifybackup`` does with files; that program of the wheel does not start."""
    for file in _server_manifest(folder)["Files"]:
        path = folder / (file["Path"] if "Path" in file else bytes.fromhex(file["Encoded-Path"]).decode())
        if path.stat().st_size != file["Size"] or _sha256(path) != file["Checksum"]:
            raise _damaged(f"{path.name} is not what the server sent.")


def _server_manifest(folder: Path) -> Any:
    text = (folder / "backup_manifest").read_bytes()
    manifest = json.loads(text)
    # the digest stands in the last line and covers all others
    signed = text[: text.rindex(b'"Manifest-Checksum"')]
    if hashlib.sha256(signed).hexdigest() != manifest["Manifest-Checksum"]:
        raise _damaged("its backup_manifest has another content.")
    return manifest


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _damaged(what: str) -> UnavailableError:
    return UnavailableError(f"The copy of the database is damaged: {what}", code="backup.damaged")


def place_base_backup(backup: Path, server_folder: Path) -> None:
    """Copy a base backup to where ``EmbeddedPostgres(server_folder)`` starts on it, owned by who runs that server.

    Args:
        server_folder: made; holds no server yet.
    """
    server_folder.mkdir(parents=True, mode=_PRIVATE)
    data = server_folder / "data"
    user = user_for(data)
    shutil.copytree(backup, data, symlinks=True)
    user.let_through(server_folder)
    for parent, folders, files in os.walk(data):
        for name in (".", *folders, *files):
            user.take(Path(parent, name))
    data.chmod(_PRIVATE)
