"""Used-car listings for tests: generated tables and models fitted on them, and the real tables where they are."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from drivetrain.adapters.tabular.frame_checks import CheckedFrame, check_table
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.training import FittedModel, TrainingTable
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.countries import COUNTRIES
from drivetrain.resale.used.model.datasets import USED_CARS
from drivetrain.resale.used.model.estimator import fit_point, fit_range, listings_of
from drivetrain.resale.used.model.generate import generate
from drivetrain.resale.used.model.package import pack
from drivetrain.resale.used.model.predictor import UsedCarModel, load
from drivetrain.resale.used.model.prepare import PREPARE
from drivetrain.resale.used.model.recipe import UsedCarRecipe
from drivetrain.resale.used.model.training import train_used

TINY = UsedCarRecipe(trees=40, learning_rate=0.15, leaves=15)
ROWS = 900


def prepared(code: str, cells: pl.DataFrame) -> pl.DataFrame:
    """Text cells of a published table as those of the contract."""
    found = PREPARE[code](cells.to_dict(as_series=False))
    return pl.DataFrame({name: pl.Series(name, values, dtype=pl.String) for name, values in found.items()})


def training_table(code: str, checked: CheckedFrame) -> TrainingTable:
    """The rows that passed, as training gets them."""
    contract = CONTRACTS[code]
    rows = {name: checked.frame.get_column(name).to_list() for name in contract.names}
    return TrainingTable(rows, checked.frame.get_column(contract.target.name).to_numpy().astype(np.float64))


@cache
def generated(code: str, rows: int = ROWS, seed: int = 3) -> TrainingTable:
    """The rows of a generated table that pass the contract."""
    cells = generate(COUNTRIES[code], rows, seed)
    return training_table(code, check_table(prepared(code, cells), CONTRACTS[code], with_target=True))


@cache
def small_files(code: str = "uk") -> dict[str, bytes]:
    """The files of a version fitted on a small generated table, without its figures; copy before changing."""
    table, contract = generated(code), CONTRACTS[code]
    listings = listings_of(table, contract, COUNTRIES[code], TINY)
    return pack(fit_point(listings, TINY), fit_range(listings, TINY), listings, table, contract, TINY)


@cache
def small_model(code: str = "uk") -> UsedCarModel:
    """A loaded version of ``small_files``."""
    return load(small_files(code), ModelRef(COUNTRIES[code].model_name, "1"))


def trained(code: str, table: TrainingTable, **settings: Any) -> FittedModel:
    """A whole training."""
    return train_used(COUNTRIES[code], table, settings, None, SilentProgress())


def published_file(code: str) -> Path | None:
    """The real table; None where it is not at hand."""
    folder = os.environ.get("DRIVETRAIN_DATA_DIR")
    paths = [Path(folder) / name for name in USED_CARS[code].file_names] if folder else []
    return next((path for path in paths if path.is_file()), None)


def published_table(code: str) -> TrainingTable | None:
    """The rows of the real table that pass the contract; None where it is not at hand."""
    path = published_file(code)
    if path is None:
        return None
    checked = check_table(
        prepared(code, pl.read_csv(path, infer_schema=False)), CONTRACTS[code], with_target=True
    )
    return training_table(code, checked)
