"""Objects: bytes under names, in a folder here or in a store that speaks S3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Objects(Protocol):
    """Keeps objects, each whole or not at all. Names are paths of letters, digits and ``._=-``. Blocking."""

    def put_new(self, name: str, data: bytes) -> bool:
        """Keep an object, durable when this returns; False where there is one of this name, which stays as it is.

        Of several who put one name at once, one gets True.

        Raises:
            UnavailableError: it cannot be kept.
        """
        ...

    def get(self, name: str) -> bytes:
        """An object.

        Raises:
            NotFoundError: ``objects.not_found``.
            UnavailableError: it cannot be read.
        """
        ...

    def names(self, folder: str, *, after: str = "") -> Sequence[str]:
        """The names of all objects below a folder, sorted.

        Args:
            after: only names that come later in that order.

        Raises:
            UnavailableError: they cannot be listed.
        """
        ...

    def remove(self, names: Sequence[str]) -> None:
        """Remove objects; those that are not there are no error.

        Raises:
            UnavailableError: they cannot be removed.
        """
        ...
