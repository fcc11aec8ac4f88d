"""Tables from the command line: checked by their contract, downloaded."""

from __future__ import annotations

import tempfile
from pathlib import Path

from drivetrain.adapters.disk.fetch import fetch
from drivetrain.adapters.tabular.checking import TableCheck, check_table_file
from drivetrain.bootstrap.installation import home_of
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.products import MODELS
from drivetrain.settings import Settings


def check_file(settings: Settings, name: str, file: Path | None) -> TableCheck:
    """Check a file, or the current table, by the contract of the model that learns from it or the product's own rules.

    Raises:
        NotFoundError: the table is not known, or there is none yet.
        ContractError: the header lacks columns.
        UnreadableInputError: the file is not a table.
    """
    home = home_of(settings)
    store = home.datastore()
    table = store.known(name)
    contract = next((model.contract for model in MODELS if model.table.name == name), None)
    return check_table_file(file or store.current(name).path, table, contract, home.quarantine)


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
