"""Objects in a folder: a file each, that appears under its name whole, and only where none was."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from drivetrain.adapters.disk.errors import keeping
from drivetrain.core.errors import InvalidInputError, NotFoundError
from drivetrain.core.files import UNFINISHED, open_private, sync
from drivetrain.core.objects import Objects


class FolderObjects(Objects):
    """The port ``Objects`` in a folder, which is made with the first object. Only its owner can read it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put_new(self, name: str, data: bytes) -> bool:
        """Keep an object: a link fails where the name is taken, also between processes."""
        path = self._path(name)
        with keeping(self._folder):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}{UNFINISHED}")
            try:
                with open_private(unfinished) as file:
                    file.write(data)
                sync(unfinished)
                os.link(unfinished, path)
            except FileExistsError:
                return False
            finally:
                unfinished.unlink(missing_ok=True)
            sync(path.parent)
        return True

    def get(self, name: str) -> bytes:
        """An object."""
        with keeping(self._folder):
            try:
                return self._path(name).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                raise NotFoundError(f"There is no object {name}.", code="objects.not_found") from None

    def names(self, folder: str, *, after: str = "") -> Sequence[str]:
        """The names of all objects below a folder, sorted."""
        top = self._path(folder)
        names = []
        with keeping(self._folder):
            for parent, _, files in os.walk(top, onerror=_raise_unless_missing):
                prefix = Path(parent).relative_to(self._folder).as_posix()
                names += [f"{prefix}/{file}" for file in files if not file.startswith(".")]
        return sorted(name for name in names if name > after)

    def remove(self, names: Sequence[str]) -> None:
        """Remove objects, and the folders that are empty then."""
        with keeping(self._folder):
            for name in names:
                path = self._path(name)
                path.unlink(missing_ok=True)
                for parent in path.parents:
                    if parent == self._folder:
                        break
                    with suppress(OSError):  # others are in it, or are being put there
                        parent.rmdir()

    def _path(self, name: str) -> Path:
        if not name or any(part.startswith(".") or not part for part in name.split("/")):
            raise InvalidInputError(f"{name!r} is no name of an object.", code="objects.bad_name")
        return self._folder / name


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
