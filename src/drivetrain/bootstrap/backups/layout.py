"""What lies where in a backup, and what of a home is not copied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SECRETS = ("secrets", "admin.key")
"""Whoever has these can sign models and sign in; they go into a backup sealed, or not at all."""

LEFT_OUT = frozenset(
    {
        *SECRETS,
        "postgres",  # copied by its server
        "redis",  # only what can be lost
        "run",
        "logs",
        "last-good",  # written anew at the first start
        "outbox",  # holds working links
        "prefect-pages",
        "last-backup.json",  # of a backup that another home has
    }
)


@dataclass(frozen=True, slots=True)
class BackupLayout:
    """The folder of one backup."""

    folder: Path

    @property
    def base_backup(self) -> Path:
        """Data of the embedded server."""
        return self.folder / "postgres"

    @property
    def dump(self) -> Path:
        """The database of a server of the operator's own."""
        return self.folder / "database.dump"

    @property
    def home(self) -> Path:
        """Files of the home, as they lie in it."""
        return self.folder / "home"

    @property
    def sealed(self) -> Path:
        """The secrets."""
        return self.folder / "secrets.sealed"
