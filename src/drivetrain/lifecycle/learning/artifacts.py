"""A model's files and the signed manifest without which nobody parses them.

Files are read once: their digests are checked on the very bytes that the loader is then given, so
nothing can change in between.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from drivetrain.core.errors import UnavailableError

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
CARD = "CARD.md"
LARGEST_MANIFEST = 1 << 20
LARGEST_ARTIFACT = 1 << 30

Files = Mapping[str, bytes]
"""Verified contents by file name."""


class Signer(Protocol):
    """Signs with the installation's key."""

    def sign(self, message: bytes) -> bytes:
        """The signature of ``message``."""
        ...


class Verifier(Protocol):
    """Checks what the installation's key signed."""

    def is_genuine(self, message: bytes, signature: bytes) -> bool:
        """True when ``signature`` is this installation's signature of ``message``."""
        ...


class ArtifactRefusedError(UnavailableError):
    """The files are not what was signed; they must not be loaded."""

    code = "model.artifact_refused"
    title = "The model's files are not trusted"


def json_file(value: Any) -> bytes:
    """A value as the JSON file of a version; NaN and infinity are refused, because JSON has neither.

    Raises:
        ValueError: the value holds one of them.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def write_artifact(folder: Path, files: Files, about: Mapping[str, Any], signer: Signer) -> str:
    """Write a model's files with their signed manifest into an empty folder.

    Args:
        folder: created; must not hold anything yet.
        files: contents by plain file name.
        about: plain JSON values that the manifest carries: at least ``model``.

    Returns:
        SHA-256 of the manifest, 64 hex digits: the identity of the version's contents.
    """
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    manifest = {**about, "files": {name: _seal(content) for name, content in sorted(files.items())}}
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False).encode()
    (folder / MANIFEST).write_bytes(text)
    (folder / SIGNATURE).write_bytes(signer.sign(text))
    return hashlib.sha256(text).hexdigest()


def read_artifact(folder: Path, *, model: str, manifest_sha256: str, verifier: Verifier) -> Files:
    """Read a version's files, each one proved to be what was signed for this model and version.

    Args:
        folder: holds exactly the files of the manifest, the manifest and its signature.
        model: the name that the manifest must carry.
        manifest_sha256: the identity that the catalog promises.

    Raises:
        ArtifactRefusedError: anything is missing, extra, changed, swapped or not signed here.
    """
    text = _read_small(folder / MANIFEST)
    if hashlib.sha256(text).hexdigest() != manifest_sha256:
        raise ArtifactRefusedError(f"The manifest of {model} is not the one that was registered.")
    if not verifier.is_genuine(text, _read_small(folder / SIGNATURE)):
        raise ArtifactRefusedError(f"The manifest of {model} is not signed by this installation.")
    named, seals = _understood(text)
    if named != model:
        raise ArtifactRefusedError(f"The files are of another model than {model}.")
    _refuse_strangers(folder, set(seals))
    return {name: _read_sealed(folder / name, seal) for name, seal in seals.items()}


def _understood(text: bytes) -> tuple[object, Mapping[str, Mapping[str, Any]]]:
    """The model that a manifest names, and its seals; even what was signed here may be no manifest."""
    try:
        manifest = json.loads(text)
        named, seals = manifest.get("model"), dict(manifest["files"])
        is_sound = all(type(seal["bytes"]) is int for seal in seals.values())
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactRefusedError("The manifest is no manifest.") from error
    if not is_sound:
        raise ArtifactRefusedError("The manifest gives a size that is no number of bytes.")
    return named, seals


def _refuse_strangers(folder: Path, sealed: set[str]) -> None:
    expected = sealed | {MANIFEST, SIGNATURE}
    try:
        names = {entry.name for entry in folder.iterdir()}
    except OSError as error:
        raise ArtifactRefusedError(f"The model's files cannot be read: {error.strerror}.") from error
    if names != expected:
        odd = sorted(names.symmetric_difference(expected))[:3]
        raise ArtifactRefusedError(f"The model's files do not match the manifest: {', '.join(odd)}.")


def _read_sealed(path: Path, seal: Mapping[str, Any]) -> bytes:
    if path.name in {MANIFEST, SIGNATURE} or not 0 <= seal["bytes"] <= LARGEST_ARTIFACT:
        raise ArtifactRefusedError(f"The manifest names {path.name} in a way that is not allowed.")
    content = _read(path, seal["bytes"] + 1)
    if _seal(content) != seal:
        raise ArtifactRefusedError(f"{path.name} is not what was signed.")
    return content


def _read_small(path: Path) -> bytes:
    content = _read(path, LARGEST_MANIFEST + 1)
    if len(content) > LARGEST_MANIFEST:
        raise ArtifactRefusedError(f"{path.name} is too large.")
    return content


def _read(path: Path, most: int) -> bytes:
    try:
        if path.is_symlink() or not path.is_file():
            raise ArtifactRefusedError(f"{path.name} is missing or not a plain file.")
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise ArtifactRefusedError(f"{path.name} cannot be read: {error.strerror}.") from error


def _seal(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
