"""Several files that together are one table, kept as one archive: their bytes, in the order of their names.

The same files give the same archive to the byte, whenever and by whomever they are put together.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ARCHIVE = ".tar"


def join_parts(parts: Sequence[Path], archive: Path) -> None:
    """Write the archive of some files, without anything that depends on when and where they were written.

    Raises:
        OSError: a part cannot be read, or the archive not be written.
    """
    with tarfile.open(archive, "x", format=tarfile.USTAR_FORMAT) as tar:
        for part in sorted(parts, key=lambda path: path.name):
            about = tarfile.TarInfo(part.name)
            about.size = part.stat().st_size
            with part.open("rb") as content:
                tar.addfile(about, content)


@contextmanager
def open_parts(table: Path) -> Iterator[list[Path]]:
    """The files of a table: those of an archive, in a folder that is gone afterwards, or the one file that it is.

    Raises:
        ValueError: the archive is broken.
    """
    if table.suffix != ARCHIVE:
        yield [table]
        return
    with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
        yield _unpacked(table, Path(folder))


def _unpacked(archive: Path, folder: Path) -> list[Path]:
    try:
        with tarfile.open(archive, "r:") as tar:
            parts = []
            for member in tar:
                content = tar.extractfile(member)
                if content is None:
                    raise ValueError(f"{member.name} of {archive.name} is not a file")
                parts.append(folder / Path(member.name).name)
                with parts[-1].open("wb") as file:
                    shutil.copyfileobj(content, file)
            return parts
    except tarfile.TarError as error:
        raise ValueError(f"{archive.name} is broken: {error}") from error
