"""Progress of long work, as a port: silent unless somebody shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Stage(Protocol):
    """One stage of a run while it is going on."""

    def advance(self, count: int = 1) -> None:
        """Say that ``count`` more units are done."""
        ...


class Progress(Protocol):
    """Somebody who wants to know how far the work is."""

    def stage(self, name: str, *, total: int, unit: str) -> AbstractContextManager[Stage]:
        """Open a stage of ``total`` units."""
        ...


class _SilentStage:
    def advance(self, count: int = 1) -> None:
        """Nobody is watching."""


class SilentProgress:
    """The default: nobody is watching."""

    @contextmanager
    def stage(self, name: str, *, total: int, unit: str) -> Iterator[Stage]:
        """Open a stage that tells nobody."""
        yield _SilentStage()
