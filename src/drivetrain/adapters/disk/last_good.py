"""What was live and whose keys were good when the database was last reached: enough to start without it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from drivetrain.core.access import KeyRecord
from drivetrain.core.errors import UnavailableError
from drivetrain.core.files import write_private
from drivetrain.lifecycle.releasing.following import Live
from drivetrain.lifecycle.releasing.registry import Challenger, ModelVersion

T = TypeVar("T")


class LastGood:
    """Two small files under the home.

    The models they name are still verified by signature and digest when loaded.
    """

    def __init__(self, folder: Path) -> None:
        self._models = folder / "models.json"
        self._keys = folder / "keys.json"

    @property
    def exists(self) -> bool:
        """True when a process could start from it."""
        return self._models.exists() and self._keys.exists()

    def keep_live(self, live: Live) -> None:
        """Remember what is live."""
        _write(
            self._models,
            {
                "champions": [_version_as_dict(version) for version in live.champions.values()],
                "challengers": [
                    {"version": _version_as_dict(trial.version), "share": trial.share}
                    for trial in live.challengers.values()
                ],
            },
        )

    def live(self) -> Live:
        """What was live.

        Raises:
            UnavailableError: nothing was remembered yet, or the file is damaged.
        """
        return _read(self._models, _live)

    def keep_keys(self, records: Sequence[KeyRecord]) -> None:
        """Remember the keys: hashes, never the keys themselves."""
        _write(self._keys, [_key_as_dict(record) for record in records])

    def keys(self) -> list[KeyRecord]:
        """The keys as they were.

        Raises:
            UnavailableError: nothing was remembered yet, or the file is damaged.
        """
        return _read(self._keys, lambda plain: [_key(record) for record in plain])


def _write(path: Path, plain: Any) -> None:
    try:
        write_private(path, json.dumps(plain).encode())
    except OSError as error:
        raise UnavailableError(
            f"{path.name} cannot be written: {error.strerror}.", code="home.not_writable"
        ) from error


def _read(path: Path, understand: Callable[[Any], T]) -> T:
    try:
        return understand(json.loads(path.read_bytes()))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UnavailableError(
            f"The versions that were live last are not known: {error}.", code="home.no_last_good"
        ) from error


def _live(plain: dict[str, Any]) -> Live:
    champions = [_version(version) for version in plain["champions"]]
    trials = [Challenger(_version(trial["version"]), trial["share"]) for trial in plain["challengers"]]
    return Live(
        {version.model: version for version in champions}, {trial.version.model: trial for trial in trials}
    )


def _version_as_dict(version: ModelVersion) -> dict[str, Any]:
    return {**asdict(version), "created_at": version.created_at.isoformat()}


def _version(plain: dict[str, Any]) -> ModelVersion:
    return ModelVersion(**{**plain, "created_at": datetime.fromisoformat(plain["created_at"])})


def _key_as_dict(record: KeyRecord) -> dict[str, Any]:
    return {
        "key_id": record.key_id,
        "name": record.name,
        "scopes": sorted(record.scopes),
        "digest": base64.b64encode(record.digest).decode(),
        "created_at": record.created_at.isoformat(),
        "created_by": record.created_by,
        "expires_at": None if record.expires_at is None else record.expires_at.isoformat(),
        "revoked_at": None if record.revoked_at is None else record.revoked_at.isoformat(),
        **{name: None if owner is None else str(owner) for name, owner in _owners(record)},
    }


def _key(plain: dict[str, Any]) -> KeyRecord:
    return KeyRecord(
        key_id=plain["key_id"],
        name=plain["name"],
        scopes=frozenset(plain["scopes"]),
        digest=base64.b64decode(plain["digest"]),
        created_at=datetime.fromisoformat(plain["created_at"]),
        created_by=plain["created_by"],
        expires_at=_instant(plain["expires_at"]),
        revoked_at=_instant(plain["revoked_at"]),
        # a file of an earlier release has no owners
        person=_uuid(plain.get("person")),
        company=_uuid(plain.get("company")),
        branch=_uuid(plain.get("branch")),
    )


def _owners(record: KeyRecord) -> list[tuple[str, UUID | None]]:
    return [("person", record.person), ("company", record.company), ("branch", record.branch)]


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
