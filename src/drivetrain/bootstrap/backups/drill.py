"""The drill: a backup is restored into a temporary home, and what has to work there is tried."""

from __future__ import annotations

import hmac
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from drivetrain.bootstrap.backups.restoring import BackupRestored, restore_backup
from drivetrain.bootstrap.home import Home
from drivetrain.bootstrap.installation import LocalInstallation, open_stores
from drivetrain.core.access import parse_key
from drivetrain.core.errors import DrivetrainError
from drivetrain.core.health import Finding
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.installation import OpenDatabase
from drivetrain.lifecycle.releasing.following import read_live
from drivetrain.lifecycle.releasing.registry import ModelVersion
from drivetrain.products import RESTORE_CHECKS
from drivetrain.settings import Settings


@dataclass(frozen=True, slots=True)
class DrillReport:
    """What was found, and how long it took until the restored home could be used."""

    backup: Path
    restore_s: float
    findings: Sequence[Finding]

    @property
    def is_well(self) -> bool:
        """Whether all of it is."""
        return all(finding.is_well for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "backup": str(self.backup),
            "is_well": self.is_well,
            "restore_s": round(self.restore_s, 3),
            "findings": [finding.as_dict() for finding in self.findings],
        }


def drill(
    settings: Settings, backup: Path, passphrase: bytes | None, progress: Progress, folder: Path | None = None
) -> DrillReport:
    """Restore a backup into a temporary folder and look at it; the folder is removed afterwards.

    A dump is loaded into an embedded server there, so no database of the operator's is touched.

    Args:
        folder: in which the temporary folder is made; None for the system's.

    Raises:
        DrivetrainError: the backup cannot be restored.
    """
    with tempfile.TemporaryDirectory(prefix="drivetrain-drill-", dir=folder) as temporary:
        home = Home(Path(temporary).resolve() / "home")
        alone = settings.model_copy(update={"home": home.folder, "database_url": None})
        began = time.monotonic()
        restored = restore_backup(alone, backup, home.folder, passphrase, progress)
        restore_s = time.monotonic() - began
        installation = LocalInstallation(alone, home)
        with progress.stage("trying the restored home", total=1, unit=""), installation.database() as opened:
            return DrillReport(backup, restore_s, list(_findings(restored, installation, opened)))


def _findings(
    restored: BackupRestored, installation: LocalInstallation, opened: OpenDatabase
) -> Iterator[Finding]:
    # counted by the restore, which refuses a table that has fewer rows than it had
    rows = ", ".join(f"{table} {count:,}" for table, count in restored.kept_rows.items())
    yield Finding("rows", True, f"none is missing: {rows}")
    yield Finding("migrations", True, "applied")
    yield from _models(installation.home, opened)
    yield _tried("admin key", partial(_admin_key, installation, opened))
    for check in RESTORE_CHECKS:
        yield _tried("restored data", partial(check, installation, opened))


def _models(home: Home, opened: OpenDatabase) -> Iterator[Finding]:
    for name, version in sorted(read_live(opened.catalog).champions.items()):
        yield _tried(f"model {name}", partial(_loaded, home, version))


def _loaded(home: Home, version: ModelVersion) -> Finding:
    """Load it as a worker does; loading compares its answers to stored rows with those of its training."""
    home.verify(version)
    return Finding(
        f"model {version.model}",
        True,
        f"version {version.version} answers its stored rows with identical figures",
    )


def _admin_key(installation: LocalInstallation, opened: OpenDatabase) -> Finding:
    file = installation.home.admin_key
    if not file.is_file():
        return Finding("admin key", True, "the backup has none; one is set by DRIVETRAIN_ADMIN_KEY")
    key = parse_key(file.read_text(encoding="ascii").strip())
    stores = open_stores(installation.platform, installation.home, opened.url)
    records = {record.key_id: record for record in stores.keys.all()}
    record, digest = records.get(key.key_id), key.digest(installation.home.pepper())
    is_known = record is not None and record.revoked_at is None and hmac.compare_digest(record.digest, digest)
    return Finding("admin key", is_known, "is accepted" if is_known else "is not one that the database knows")


def _tried(subject: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except DrivetrainError as error:
        return Finding(subject, False, error.detail)
