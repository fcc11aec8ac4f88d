"""The home folder of an installation, and what lies where in it.

The libraries behind a store are imported when it is opened: the supervisor knows every path and opens nothing.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drivetrain.core.errors import NotFoundError, UnavailableError
from drivetrain.settings import Settings

if TYPE_CHECKING:
    from drivetrain.adapters.disk.datasets import DatasetStore
    from drivetrain.adapters.disk.secrets import Ed25519Signer, Ed25519Verifier
    from drivetrain.lifecycle.learning.artifacts import Files
    from drivetrain.lifecycle.releasing.registry import ModelVersion


@dataclass(frozen=True, slots=True)
class Home:
    """What lies where under ``DRIVETRAIN_HOME``."""

    folder: Path

    @property
    def postgres(self) -> Path:
        """Data of the embedded server."""
        return self.folder / "postgres"

    @property
    def redis(self) -> Path:
        """Working folder and socket of the embedded Redis; nothing is kept there."""
        return self.folder / "redis"

    @property
    def datasets(self) -> Path:
        """Tables with their references."""
        return self.folder / "datasets"

    @property
    def artifacts(self) -> Path:
        """Files of every model version."""
        return self.folder / "artifacts"

    @property
    def quarantine(self) -> Path:
        """Rows that broke a contract, with the reasons."""
        return self.folder / "quarantine"

    @property
    def logs(self) -> Path:
        """Log lines of the workers, when nobody else collects them."""
        return self.folder / "logs"

    @property
    def spool(self) -> Path:
        """Acknowledged decisions that wait for the ledger."""
        return self.folder / "spool"

    @property
    def last_good(self) -> Path:
        """What was live and whose keys were good when the database was last reached."""
        return self.folder / "last-good"

    @property
    def last_backup(self) -> Path:
        """When the last backup that was made by the clock and verified began."""
        return self.folder / "last-backup.json"

    @property
    def uploads(self) -> Path:
        """Uploaded tables while a job works on them."""
        return self.folder / "uploads"

    @property
    def run(self) -> Path:
        """What only lives as long as the platform runs."""
        return self.folder / "run"

    @property
    def set_up_report(self) -> Path:
        """How far the set-up is, while it goes on."""
        return self.run / "set-up-report.json"

    @property
    def admin_key(self) -> Path:
        """The admin key, mode 0600."""
        return self.folder / "admin.key"

    def datastore(self) -> DatasetStore:
        """The tables of this home."""
        from drivetrain.adapters.disk.datasets import DatasetStore
        from drivetrain.products import TABLES

        return DatasetStore(self.datasets, TABLES)

    def signer(self) -> Ed25519Signer:
        """Signs manifests; for training only."""
        from drivetrain.adapters.disk.secrets import Ed25519Signer

        return Ed25519Signer(self.folder)

    def verifier(self) -> Ed25519Verifier:
        """Checks manifests."""
        from drivetrain.adapters.disk.secrets import Ed25519Verifier

        return Ed25519Verifier(self.folder)

    def open_version(self, version: ModelVersion) -> Files:
        """The verified files of a registered version.

        Raises:
            ArtifactRefusedError: the files are not what was registered.
        """
        from drivetrain.lifecycle.releasing.following import open_version

        return open_version(version, self.artifacts, self.verifier())

    def verify(self, version: ModelVersion) -> None:
        """Load a version as a worker would, and let it go.

        Raises:
            ArtifactRefusedError: it cannot be served.
        """
        from drivetrain.lifecycle.releasing.following import verify_loadable
        from drivetrain.products import model_named

        verify_loadable(version, model_named(version.model).load, self.artifacts, self.verifier())

    def pepper(self) -> bytes:
        """Under which API keys are hashed."""
        from drivetrain.adapters.disk.secrets import secret

        return secret(self.folder, "pepper")

    def derived_key(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, the same ever after; no two purposes have one key."""
        # no API key begins like this, so no hash of one is a derived key
        return hmac.digest(self.pepper(), f"derived key: {purpose}".encode(), "sha256")

    def token_secret(self) -> bytes:
        """With which access tokens are signed."""
        from drivetrain.adapters.disk.secrets import secret

        return secret(self.folder, "tokens")


def existing_home(settings: Settings, *, with_database: bool = False) -> Home:
    """The home of the settings for what only reads: nothing is made.

    Args:
        with_database: whether a database must be there too, on a server or in the home.

    Raises:
        NotFoundError: ``home.none`` or ``database.none``; `drivetrain up` makes both.
    """
    home = Home(_folder(settings))
    if not home.folder.is_dir():
        raise NotFoundError(
            f"There is no home at {home.folder} yet; run `drivetrain up` to make it, or set DRIVETRAIN_HOME.",
            code="home.none",
        )
    if with_database and settings.database_url is None and not home.postgres.is_dir():
        raise NotFoundError(
            f"There is no database in {home.folder} yet; run `drivetrain up` to make it, or set DRIVETRAIN_HOME.",
            code="database.none",
        )
    return home


def home_of(settings: Settings) -> Home:
    """The home of the settings, absolute; made where there is none.

    Raises:
        UnavailableError: it cannot be made.
    """
    folder = _folder(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(
            f"The home {folder} cannot be made ({error.strerror}); set DRIVETRAIN_HOME to a folder you may write to.",
            code="home.not_writable",
        ) from error
    return Home(folder)


def _folder(settings: Settings) -> Path:
    return settings.home.expanduser().resolve()
