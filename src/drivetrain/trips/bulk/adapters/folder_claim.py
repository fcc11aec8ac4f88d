"""One run at a time in an output folder, by a locked file that a killed process lets go of by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from drivetrain.adapters.disk.errors import keeping
from drivetrain.core.errors import ConflictError
from drivetrain.core.files import is_at
from drivetrain.core.locks import try_lock

CLAIM = ".scoring"
"""Its content is drawn anew by each run: who reads the same elsewhere sees the same folder."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder, which is made if it is not there.

    Raises:
        ConflictError: another run works there.
        UnavailableError: the folder cannot be used.
    """
    path = folder / CLAIM
    with keeping(folder):
        folder.mkdir(parents=True, exist_ok=True)
        claim = _claim(path)
    try:
        yield
    finally:
        with keeping(folder):
            path.unlink(missing_ok=True)
            claim.close()


def _claim(path: Path) -> BinaryIO:
    while True:
        file = path.open("a+b")
        if not try_lock(file):
            file.close()
            raise ConflictError(f"Another run works on {path.parent}.", code="trips.run_in_progress")
        if is_at(file, path):
            file.truncate(0)
            file.write(os.urandom(16).hex().encode())
            file.flush()
            return file
        file.close()  # its owner removed it between the two calls
