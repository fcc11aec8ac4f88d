"""The files of a home, copied while the platform may run."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from drivetrain.core.errors import UnavailableError
from drivetrain.core.files import UNFINISHED
from drivetrain.core.progress import Progress

_MOST_PASSES = 20
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


def size_of_files(home: Path, *, leave_out: Collection[str]) -> int:
    """Bytes of the files that ``copy_files`` copies."""
    size = 0
    for file in _files(home, leave_out):
        with suppress(FileNotFoundError):
            size += file.stat().st_size
    return size


def copy_settled(home: Path, target: Path, *, leave_out: Collection[str], progress: Progress) -> None:
    """Copy until no file was renamed or removed meanwhile.

    Raises:
        OSError: the disk is full.
        UnavailableError: ``backup.unsettled``; files come and go all the time.
    """
    for _ in range(_MOST_PASSES):
        if not copy_files(home, target, leave_out=leave_out, progress=progress):
            return
    raise UnavailableError(
        f"Files of {home} were renamed or removed in each of {_MOST_PASSES} passes; try again.",
        code="backup.unsettled",
    )


def copy_files(
    home: Path,
    target: Path,
    *,
    leave_out: Collection[str],
    progress: Progress,
    until_s: float = math.inf,
) -> int:
    """Copy what is new or has changed since the last call; what was copied stays, also where it was removed since.

    Args:
        leave_out: names in the home.
        until_s: files written after this instant are not copied, seconds since 1970.

    Returns:
        How many files were gone when they were to be copied.

    Raises:
        OSError: the disk is full.
    """
    files = list(_files(home, leave_out))
    gone = 0
    with progress.stage("files of the home", total=len(files), unit="files") as stage:
        for file in files:
            try:
                _copy(file, target / file.relative_to(home), until_s)
            except FileNotFoundError:
                gone += 1
            stage.advance()
    return gone


def _copy(file: Path, copy: Path, until_s: float) -> None:
    status = file.stat()
    if status.st_mtime > until_s:
        return
    with suppress(FileNotFoundError):
        of_copy = copy.stat()
        if (of_copy.st_size, of_copy.st_mtime_ns) == (status.st_size, status.st_mtime_ns):
            return
    with file.open("rb") as source:
        _make_folder(copy.parent)
        with open(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE), "wb") as opened:  # noqa: PTH123
            shutil.copyfileobj(source, opened, 1 << 20)
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))


def _make_folder(folder: Path) -> None:
    """Make it and those above it, all private: ``mkdir`` would do so with the last one alone."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=_PRIVATE_FOLDER)


def _files(home: Path, leave_out: Collection[str]) -> Iterator[Path]:
    for entry in sorted(home.iterdir()):
        if entry.name in leave_out:
            continue
        if entry.is_dir():
            for parent, _, names in os.walk(entry):
                yield from (Path(parent, name) for name in names if _is_kept(Path(parent, name)))
        elif _is_kept(entry):
            yield entry


def _is_kept(path: Path) -> bool:
    """A file that is whole: no socket, no lock, nothing that is still being written."""
    return path.is_file() and not path.name.endswith((UNFINISHED, ".lock", ".part"))
