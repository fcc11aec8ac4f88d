"""What a backup says of itself, and what was found to be wrong with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

FORMAT = 1

DatabaseKind = Literal["base backup", "dump"]
SecretsKind = Literal["sealed", "left out"]


@dataclass(frozen=True, slots=True)
class BackupFile:
    """One file of a backup.

    Attributes:
        path: from the folder of the backup, with slashes.
        sha256: of its content, hexadecimal.
    """

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """All files of a backup, and what they were made of.

    Attributes:
        release: of drivetrain.
        begun_at: everything acknowledged before this instant is in the backup.
        database: how the database was copied.
        server_version: major version of PostgreSQL.
        migrations: the newest applied one, by version table.
        kept_rows: rows when the backup began, by append-only table.
        secrets: whether the installation's secrets are in it.
        folders: all of them, for those that are empty.
    """

    release: str
    begun_at: datetime
    ended_at: datetime
    database: DatabaseKind
    server_version: int
    migrations: Mapping[str, str]
    kept_rows: Mapping[str, int]
    secrets: SecretsKind
    folders: Sequence[str]
    files: Sequence[BackupFile]

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(file.size_bytes for file in self.files)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        instants = {name: getattr(self, name).isoformat() for name in ("begun_at", "ended_at")}
        return {"format": FORMAT, **asdict(self), **instants}


def manifest_from(plain: Mapping[str, Any]) -> BackupManifest:
    """The manifest that ``as_dict`` gave.

    Raises:
        LookupError, TypeError, ValueError: it is none, or of another format.
    """
    fields = dict(plain)
    if fields.pop("format") != FORMAT:
        raise ValueError("another format of backups")
    instants = {name: datetime.fromisoformat(fields[name]) for name in ("begun_at", "ended_at")}
    return BackupManifest(**{**fields, **instants, "files": [BackupFile(**file) for file in fields["files"]]})


@dataclass(frozen=True, slots=True)
class Damage:
    """One file of a backup that is not what was written.

    Attributes:
        what: for people, such as "is missing".
    """

    path: str
    what: str

    def as_dict(self) -> dict[str, str]:
        """Plain values."""
        return asdict(self)
