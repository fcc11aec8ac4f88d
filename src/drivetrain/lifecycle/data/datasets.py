"""A named table with its provenance: which file, which bytes, from where, under which licence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from drivetrain.lifecycle.data.column_mapping import UNMAPPED, ColumnMapping

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class DatasetReference:
    """One table as a model learned from it.

    Attributes:
        name: what the platform calls it, for example ``car-prices``.
        version: first 12 hex digits of ``digest``.
        sha256: of the file's bytes.
        source: where the file came from, in words.
        licence: as the source states it, or ``unstated``.
        is_synthetic: True for generated rows; carried into every model that learns from them.
        mapping: which of its headings stand for which columns.
    """

    name: str
    version: str
    sha256: str
    path: Path
    source: str
    licence: str
    is_synthetic: bool
    mapping: ColumnMapping = UNMAPPED

    @property
    def digest(self) -> str:
        """Of the file's bytes and how they are read: what learned from one mapping did not learn from another."""
        return _digest_of(self.sha256, self.mapping)

    def as_dict(self) -> dict[str, object]:
        """Plain values for cards and manifests; the path stays on this machine."""
        plain: dict[str, object] = {
            "name": self.name,
            "version": self.version,
            "sha256": self.sha256,
            "source": self.source,
            "licence": self.licence,
            "is_synthetic": self.is_synthetic,
        }
        return {**plain, "mapping": self.mapping.as_dict()} if self.mapping.columns else plain


def refer_to(
    path: Path,
    *,
    name: str,
    source: str,
    licence: str,
    is_synthetic: bool,
    mapping: ColumnMapping = UNMAPPED,
) -> DatasetReference:
    """Refer to a file by its contents and how they are read.

    Raises:
        OSError: the file cannot be read.
    """
    sha256 = sha256_of(path)
    version = _digest_of(sha256, mapping)[:12]
    return DatasetReference(name, version, sha256, path, source, licence, is_synthetic, mapping)


def _digest_of(sha256: str, mapping: ColumnMapping) -> str:
    if not mapping.columns:
        return sha256
    lines = [sha256, *sorted(map(str, mapping.columns))]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
