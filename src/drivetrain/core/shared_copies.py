"""A shared copy of what a process keeps in memory: quick to take over, and never needed."""

from __future__ import annotations

from typing import Protocol


class SharedCopy(Protocol):
    """One value that processes share. What is kept there can be lost at any time. Blocking, for a moment only."""

    def claim(self, for_s: float) -> bool:
        """Whether the caller is the one who may write now; nobody else may for a while.

        Raises:
            UnavailableError: the copy cannot be reached.
        """
        ...

    def touch(self, ttl_s: float) -> bool:
        """Keep what is there for longer; False where nothing is.

        Raises:
            UnavailableError: the copy cannot be reached.
        """
        ...

    def keep(self, data: bytes, ttl_s: float) -> None:
        """Replace it.

        Raises:
            UnavailableError: the copy cannot be reached, or has no room.
        """
        ...

    def load(self) -> bytes | None:
        """What was kept last; None where nothing is.

        Raises:
            UnavailableError: the copy cannot be reached.
        """
        ...


class OpenSharedCopy(Protocol):
    """Opens copies that the processes of the platform share."""

    def __call__(self, name: str, /) -> SharedCopy | None:
        """The copy of this name; None where the platform has nowhere to keep one."""
        ...
