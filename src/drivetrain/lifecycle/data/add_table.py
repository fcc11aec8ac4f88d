"""Taking a file as the current version of a table, once it is known that models can learn from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.column_mapping import parse_mapping
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.data.preview_table import ContractOf, TableStore
from drivetrain.lifecycle.data.table_previews import PreviewFile, TablePreview
from drivetrain.lifecycle.data.table_specs import table_columns


@dataclass(frozen=True, slots=True)
class TableRequest:
    """A file that somebody gives as a table.

    Attributes:
        mapping: the file's headings with the table's columns, ``THEIRS=OURS`` or ``THEIRS=OURS:cents``.
        source, licence: None for what is known of the table already.
        accept_refused: take it also where more rows are refused than usual.
        is_synthetic: True for rows that were made up. A file that carries the mark of generated rows is synthetic
            whatever is said here.
    """

    name: str
    file: Path
    mapping: Sequence[str] = ()
    source: str | None = None
    licence: str | None = None
    accept_refused: bool = False
    is_synthetic: bool = False


@dataclass(frozen=True, slots=True)
class AddedTable:
    """The version that is now current, and how its file was read."""

    reference: DatasetReference
    preview: TablePreview


@dataclass(frozen=True, slots=True)
class AddTable:
    """Takes a file as a table: the very bytes that were judged are those that are kept."""

    store: TableStore
    contract_of: ContractOf
    preview_file: PreviewFile

    def __call__(self, request: TableRequest, progress: Progress) -> AddedTable:
        """Judge the file and make it the current version; what is refused changes nothing.

        Raises:
            NotFoundError: the table is not known, or there is no such file.
            TableRefusedError: columns are missing (``data.missing_columns``), no row passes
                (``data.no_good_rows``) or too many are refused (``data.too_many_refused``).
            InvalidInputError: ``data.bad_mapping``, or a column is there twice.
            UnreadableInputError: the file is not a table.
            UnavailableError: the disk is full or the folder cannot be used.
        """
        table, contract = self.store.known(request.name), self.contract_of(request.name)
        mapping = parse_mapping(request.mapping, table_columns(table, contract))
        with self.store.receive(request.name, request.file) as received:
            preview = self.preview_file(received.path, table, contract, mapping, progress)
            refusal = preview.refusal(accept_refused=request.accept_refused)
            if refusal is not None:
                raise refusal
            reference = received.keep(
                source=request.source,
                licence=request.licence,
                is_synthetic=request.is_synthetic,
                mapping=mapping,
            )
        return AddedTable(reference, preview)
