"""Looking at a file as a table without taking it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.column_mapping import UNMAPPED, ColumnMapping, parse_mapping
from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.data.table_previews import PreviewFile, TablePreview
from drivetrain.lifecycle.data.table_specs import TableSpec, table_columns

ContractOf = Callable[[str], Contract | None]
"""The contract of the model that learns from a table; None where the table has rules of its own."""


class ReceivedTable(Protocol):
    """A copy of a file that may become a table."""

    @property
    def path(self) -> Path:
        """Where it lies, unpacked and with its parts together."""
        ...

    def keep(
        self,
        *,
        source: str | None,
        licence: str | None,
        is_synthetic: bool,
        mapping: ColumnMapping = UNMAPPED,
    ) -> DatasetReference:
        """Make it the current version of its table.

        Args:
            source, licence: None for what is known of the table already.

        Raises:
            InvalidInputError: the file is empty.
            UnavailableError: the disk is full or the folder cannot be used.
        """
        ...


class TableStore(Protocol):
    """Where tables are kept."""

    def known(self, name: str) -> TableSpec:
        """What the platform knows of a table.

        Raises:
            NotFoundError: no product learns from a table of this name.
        """
        ...

    def receive(self, name: str, file: Path) -> AbstractContextManager[ReceivedTable]:
        """A copy of a file, gone after the block unless it is kept.

        Raises:
            NotFoundError: there is no such file.
            UnreadableInputError: it cannot be read.
            UnavailableError: the disk is full or the folder cannot be used.
        """
        ...


@dataclass(frozen=True, slots=True)
class PreviewTable:
    """Reads a whole file as a table and says what would come of taking it.

    Attributes:
        store: receives the copy; nothing is kept in it.
    """

    store: TableStore
    contract_of: ContractOf
    preview_file: PreviewFile

    def __call__(self, name: str, file: Path, mapping: Sequence[str], progress: Progress) -> TablePreview:
        """Preview a file.

        Args:
            mapping: the file's headings with the table's columns, ``THEIRS=OURS``.

        Raises:
            NotFoundError: the table is not known, or there is no such file.
            InvalidInputError: ``data.bad_mapping``, or a column is there twice.
            UnreadableInputError: the file is not a table.
        """
        table, contract = self.store.known(name), self.contract_of(name)
        columns = parse_mapping(mapping, table_columns(table, contract))
        with self.store.receive(name, file) as received:
            return self.preview_file(received.path, table, contract, columns, progress)
