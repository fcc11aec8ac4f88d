"""A named table with its provenance: which file, which bytes, from where, under which licence."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class DatasetReference:
    """One table as a model learned from it.

    Attributes:
        name: what the platform calls it, for example ``car-prices``.
        version: first 12 hex digits of the checksum.
        sha256: of the file's bytes.
        source: where the file came from, in words.
        licence: as the source states it, or ``unstated``.
        is_synthetic: True for generated rows; carried into every model that learns from them.
    """

    name: str
    version: str
    sha256: str
    path: Path
    source: str
    licence: str
    is_synthetic: bool

    def as_dict(self) -> dict[str, object]:
        """Plain values for cards and manifests; the path stays on this machine."""
        return {key: value for key, value in asdict(self).items() if key != "path"}


def refer_to(path: Path, *, name: str, source: str, licence: str, is_synthetic: bool) -> DatasetReference:
    """Refer to a file by its contents.

    Raises:
        OSError: the file cannot be read.
    """
    digest = sha256_of(path)
    return DatasetReference(name, digest[:12], digest, path, source, licence, is_synthetic)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
