"""Tables from the command line: checked by their contract, downloaded, answered."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from drivetrain.adapters.disk.fetch import fetch
from drivetrain.adapters.tabular.checking import check_rows
from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.bootstrap.installation import home_of
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.datasets import DatasetReference, sha256_of
from drivetrain.products import MODELS
from drivetrain.settings import Settings


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check of a training table found; ``reasons`` counts wrong cells by code."""

    good_rows: int
    broken_rows: int
    reasons: Mapping[str, int]
    set_aside: Path | None

    def as_dict(self) -> dict[str, object]:
        """Plain values."""
        where = None if self.set_aside is None else str(self.set_aside)
        return {
            "good_rows": self.good_rows,
            "broken_rows": self.broken_rows,
            "reasons": dict(self.reasons),
            "set_aside": where,
        }


def check_file(settings: Settings, name: str, file: Path | None) -> CheckResult:
    """Check a file, or the current table, by the contract of the model that learns from it or the product's own rules.

    Raises:
        NotFoundError: the table is not known, or there is none yet.
        ContractError: the header lacks columns.
        UnreadableInputError: the file is not a table.
    """
    home = home_of(settings)
    store = home.datastore()
    table = store.known(name)
    path = store.current(name).path if file is None else file
    if path.is_dir():
        raise InvalidInputError(
            f"{path} is a folder. Check its files one by one, or add it and check the table without naming a file.",
            code="data.not_a_file",
        )
    set_aside = home.quarantine / f"{name}-{sha256_of(path)[:12]}.csv"
    if table.check is not None:
        found = check_rows(path, table.header, table.check, set_aside)
        return CheckResult(found.good_rows, found.broken_rows, found.reasons, found.set_aside)
    contract = next(model.contract for model in MODELS if model.table.name == name)
    read = read_training_table(path, contract, set_aside, table.preparation)
    return CheckResult(len(read.table.target), read.broken, read.reasons, read.set_aside)


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
