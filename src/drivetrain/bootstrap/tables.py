"""Tables from the command line: listed, checked by their contract, downloaded, used again, removed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.adapters.disk.fetch import fetch
from drivetrain.adapters.tabular.checking import TableCheck, check_table_file
from drivetrain.adapters.tabular.previewing import preview_file
from drivetrain.bootstrap.installation import database, existing_home, home_of, open_stores
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.add_table import AddedTable, AddTable, TableRequest
from drivetrain.lifecycle.data.column_mapping import parse_mapping
from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.data.preview_table import PreviewTable
from drivetrain.lifecycle.data.table_previews import TablePreview, TableRefusedError
from drivetrain.lifecycle.data.table_specs import table_columns
from drivetrain.lifecycle.releasing.registry import ModelVersion
from drivetrain.lifecycle.releasing.remove_table import RemoveTable
from drivetrain.products import MODELS, TABLES
from drivetrain.settings import Settings


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version of a table in the home."""

    reference: DatasetReference
    is_current: bool

    def as_dict(self) -> dict[str, object]:
        """Plain values."""
        return {**self.reference.as_dict(), "is_current": self.is_current}


def kept_versions(settings: Settings) -> list[KeptVersion]:
    """Every version of every table in the home, those of a table newest first; nothing is made.

    Raises:
        NotFoundError: there is no home.
    """
    store = existing_home(settings).datastore()
    kept = []
    for table in TABLES:
        by_version: dict[str, DatasetReference] = {}
        for reference in store.history(table.name):
            by_version.setdefault(reference.version, reference)  # one that was used again stands there twice
        kept += [KeptVersion(reference, place == 0) for place, reference in enumerate(by_version.values())]
    return kept


def use_version(settings: Settings, name: str, version: str) -> DatasetReference:
    """Make a kept version of a table the current one.

    Raises:
        NotFoundError: there is no such home, table or version.
        ConflictError: the version was changed after it was stored.
    """
    return existing_home(settings).datastore().use(name, version)


def remove_version(settings: Settings, name: str, version: str, *, force: bool) -> None:
    """Remove a kept version of a table.

    Raises:
        NotFoundError: there is no such home, table or version.
        ConflictError: it is current, or a served model learned from it.
    """
    home = existing_home(settings)

    def served() -> list[ModelVersion]:
        if settings.database_url is None and not home.postgres.is_dir():
            return []  # nothing was ever trained
        with database(settings, home) as url:
            return list(open_stores(settings, home, url).catalog.live().values())

    RemoveTable(home.datastore(), served)(name, version, force=force)


def preview_table(name: str, file: Path, mapping: Sequence[str], progress: Progress) -> TablePreview:
    """Read a file as a table; the home is neither needed nor changed.

    Raises:
        NotFoundError: the table is not known, or there is no such file.
        InvalidInputError: the mapping cannot be used.
        UnreadableInputError: the file is not a table.
    """
    with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
        store = DatasetStore(Path(folder), TABLES)
        return PreviewTable(store, contract_of, preview_file)(name, file, mapping, progress)


def add_table(
    settings: Settings,
    name: str,
    file: Path,
    *,
    mapping: Sequence[str],
    source: str | None,
    licence: str | None,
    accept_refused: bool,
    is_synthetic: bool,
    show_refused: Callable[[TablePreview], None],
    progress: Progress,
) -> AddedTable:
    """Judge a file and make it the current version of its table.

    Args:
        show_refused: is given the file as it was read where it is refused.

    Raises:
        NotFoundError: the table is not known, or there is no such file.
        TableRefusedError: models cannot learn from it; nothing was changed.
        InvalidInputError: the mapping cannot be used.
        UnreadableInputError: the file is not a table.
    """
    store = home_of(settings).datastore()
    request = TableRequest(name, file, mapping, source, licence, accept_refused, is_synthetic)
    try:
        return AddTable(store, contract_of, preview_file)(request, progress)
    except TableRefusedError as error:
        show_refused(error.preview)
        raise


def contract_of(name: str) -> Contract | None:
    """The contract of the model that learns from a table; None where the table has rules of its own."""
    return next((model.contract for model in MODELS if model.table.name == name), None)


def check_file(settings: Settings, name: str, file: Path | None, mapping: Sequence[str]) -> TableCheck:
    """Check a file, or the current table, by the contract of the model that learns from it or the product's own rules.

    Args:
        mapping: of a file; the current table has its own.

    Raises:
        NotFoundError: the table is not known, or there is none yet.
        InvalidInputError: the mapping cannot be used.
        ContractError: the header lacks columns.
        UnreadableInputError: the file is not a table.
    """
    home = home_of(settings)
    store = home.datastore()
    table, contract = store.known(name), contract_of(name)
    if file is None:
        current = store.current(name)
        return check_table_file(current.path, table, contract, home.quarantine, current.mapping)
    columns = parse_mapping(mapping, table_columns(table, contract))
    return check_table_file(file, table, contract, home.quarantine, columns)


def fetch_table(settings: Settings, name: str, progress: Progress) -> DatasetReference:
    """Download the published table and make it the current one.

    Raises:
        NotFoundError: the table is not known.
        UnavailableError: no address answers.
        ConflictError: what came is not the published table.
    """
    store = home_of(settings).datastore()
    table = store.known(name)
    with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
        file = fetch(table, Path(folder), progress)
        return store.add(name, file, source=table.source, licence=table.licence, is_synthetic=False)
