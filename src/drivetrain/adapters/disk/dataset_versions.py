"""One kept version of a table: a folder with the bytes as they came and what is known of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from drivetrain.core.errors import ConflictError
from drivetrain.core.files import sync
from drivetrain.lifecycle.data.column_mapping import mapping_from_dict
from drivetrain.lifecycle.data.datasets import DatasetReference, sha256_of

_REFERENCE = "reference.json"
_TABLE = "table"
_TEXTS = ("name", "version", "sha256", "source", "licence")


def table_path(folder: Path, kind: str) -> Path:
    """Where the table of a version stands; ``kind`` is its file name ending, with the dot."""
    return folder / f"{_TABLE}{kind}"


def version_folders(home: Path) -> list[Path]:
    """The versions kept under ``home``, newest first; none when it does not exist yet."""
    if not home.is_dir():
        return []
    return sorted((folder for folder in home.iterdir() if _number(folder) > 0), key=_number, reverse=True)


def publish(arrived: DatasetReference, home: Path) -> DatasetReference:
    """Make the folder that holds the arrived table the newest version, by one rename.

    Raises:
        OSError: the disk is full or the folder cannot be used; nothing new is visible then.
    """
    incoming = arrived.path.parent
    arrived.path.chmod(0o444)
    reference = incoming / _REFERENCE
    reference.write_text(json.dumps(arrived.as_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for path in (arrived.path, reference, incoming):
        sync(path)
    newest = max(map(_number, version_folders(home)), default=0)
    folder = incoming.rename(home / f"{newest + 1:06d}-{arrived.version}")
    sync(home)
    return replace(arrived, path=folder / arrived.path.name)


def read_version(folder: Path) -> DatasetReference:
    """What is known of a version; its bytes are not looked at.

    Raises:
        ConflictError: the reference was removed or changed by hand.
        OSError: it cannot be read.
    """
    try:
        plain = json.loads((folder / _REFERENCE).read_text(encoding="utf-8"))
        (path,) = folder.glob(f"{_TABLE}.*")
        is_whole = all(isinstance(plain[key], str) for key in _TEXTS) and isinstance(
            plain["is_synthetic"], bool
        )
        mapping = mapping_from_dict(plain.pop("mapping", {}))
        reference = DatasetReference(path=path, mapping=mapping, **plain)
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        raise _damaged(folder) from None
    if not is_whole or not folder.name.endswith(f"-{reference.version}"):
        raise _damaged(folder)
    if not reference.digest.startswith(reference.version):
        raise _damaged(folder)
    return reference


def read_versions(home: Path) -> tuple[DatasetReference, ...]:
    """What is known of every version kept under ``home``, newest first; one that goes meanwhile is left out.

    Raises:
        ConflictError: a reference was removed or changed by hand.
        OSError: one cannot be read.
    """
    versions = []
    for folder in version_folders(home):
        try:
            versions.append(read_version(folder))
        except ConflictError:
            if folder.is_dir():
                raise
    return tuple(versions)


def check_bytes(reference: DatasetReference) -> None:
    """Prove that a kept table still has the bytes it came with.

    Raises:
        ConflictError: it has not.
        OSError: it cannot be read.
    """
    if sha256_of(reference.path) != reference.sha256:
        raise _damaged(reference.path.parent)


def _number(folder: Path) -> int:
    number, dash, _ = folder.name.partition("-")
    return int(number) if dash and number.isdecimal() else 0


def _damaged(folder: Path) -> ConflictError:
    return ConflictError(
        f"{folder} was changed after it was stored. Restore it from a backup, or move it away and add the table again.",
        code="data.damaged",
    )
