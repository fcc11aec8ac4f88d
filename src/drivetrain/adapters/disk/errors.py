"""The file system's errors, said in the platform's words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivetrain.core.errors import NotFoundError, StorageFullError, UnavailableError, UnreadableInputError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Translate what goes wrong with a file that somebody gave us.

    Raises:
        NotFoundError: there is no such file.
        UnreadableInputError: it exists and cannot be read.
    """
    try:
        yield
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {path}; check the path.", code="data.file_not_found") from None
    except PermissionError:
        raise UnreadableInputError(
            f"{path} cannot be read: permission denied. Allow this user to read it.",
            code="data.file_unreadable",
        ) from None
    except OSError as error:
        raise UnreadableInputError(
            f"{path} cannot be read: {error.strerror}.", code="data.file_unreadable"
        ) from error


@contextmanager
def keeping(folder: Path) -> Iterator[None]:
    """Translate what goes wrong in a folder of ours.

    Raises:
        StorageFullError: the disk is full.
        UnavailableError: the folder cannot be used.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFullError(
                f"The disk is full: {folder}. Free some space and try again; nothing was changed."
            ) from error
        raise UnavailableError(
            f"{folder} cannot be used: {error.strerror}. Check that this user may write there.",
            code="data.folder_unusable",
        ) from error
