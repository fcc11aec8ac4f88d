"""The disk that uploads and large answers wait on."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from drivetrain.core.errors import StorageFullError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def storing(what: str) -> Iterator[None]:
    """Translate a full disk.

    Args:
        what: is stored, as the start of a sentence: ``The upload``.

    Raises:
        StorageFullError: there is no space for it.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StorageFullError(
            f"{what} finds no space on the server's disk; send the request again later.", retry_after_s=30
        ) from error
