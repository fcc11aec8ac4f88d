"""Removing a version of a table: not the one in use, and not one whose rows explain what is served."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from drivetrain.core.errors import ConflictError
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.releasing.registry import ModelVersion


class TableVersions(Protocol):
    """The kept versions of every table."""

    def history(self, name: str) -> Sequence[DatasetReference]:
        """The versions of a table, newest first; the newest is current."""
        ...

    def version(self, name: str, version: str) -> DatasetReference:
        """One of them.

        Raises:
            NotFoundError: there is no such table or version.
        """
        ...

    def remove(self, name: str, version: str) -> None:
        """Remove it with its bytes."""
        ...


@dataclass(frozen=True, slots=True)
class RemoveTable:
    """Removes a version of a table.

    Attributes:
        served: the model versions that callers are answered by now; asked only where it matters.
    """

    tables: TableVersions
    served: Callable[[], Iterable[ModelVersion]]

    def __call__(self, name: str, version: str, *, force: bool = False) -> None:
        """Remove the version for good.

        Args:
            force: also where it is current, or a served model learned from it.

        Raises:
            NotFoundError: there is no such table or version.
            ConflictError: ``data.version_in_use``; it is current, or a served model learned from it.
            UnavailableError: what is served cannot be read, or the folder cannot be used.
        """
        self.tables.version(name, version)
        if not force:
            self._refuse_in_use(name, version)
        self.tables.remove(name, version)

    def _refuse_in_use(self, name: str, version: str) -> None:
        if self.tables.history(name)[0].version == version:
            raise _in_use(f"{name} {version} is the current table; use another version first.")
        learned = [
            f"{model.model} version {model.version}"
            for model in self.served()
            if (model.dataset.get("name"), model.dataset.get("version")) == (name, version)
        ]
        if learned:
            raise _in_use(f"{' and '.join(sorted(learned))} learned from {name} {version} and is served.")


def _in_use(detail: str) -> ConflictError:
    return ConflictError(detail, code="data.version_in_use")
