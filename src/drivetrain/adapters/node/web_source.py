"""The source of the web app: what a build is made of, told from what tools leave there."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

MADE_BY_TOOLS = frozenset({"node_modules", "dist", "generated", "coverage", "schema.d.ts"})
"""Names of files and folders that are not source; git ignores them too."""


def source_files(folder: Path) -> Iterator[Path]:
    """The files of the source below a folder, in a fixed order."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - MADE_BY_TOOLS)
        yield from (Path(place, name) for name in sorted(files) if name not in MADE_BY_TOOLS)


def stamp_of(folder: Path, *others: Path) -> str:
    """A digest of names and contents of the source, and of the contents of other files.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for path in source_files(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + _digest(path))
    for path in others:
        digest.update(_digest(path))
    return digest.hexdigest()


def copy_source(folder: Path, copy: Path) -> None:
    """Make a copy hold exactly the source; what tools have left in the copy stays.

    Raises:
        OSError: the disk is full, or a file cannot be read or written.
    """
    copy.mkdir(parents=True, exist_ok=True)
    wanted = {path.relative_to(folder) for path in source_files(folder)}
    for path in list(source_files(copy)):
        if path.relative_to(copy) not in wanted:
            path.unlink()
    for name in sorted(wanted):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / name, target)


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
