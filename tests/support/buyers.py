"""Buyers for tests: interactions written by hand, and a small generated table with segments found in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.training import FittedModel, TrainingTable
from drivetrain.resale.segments.model.contract import BUYER_PROFILE, INTERACTION
from drivetrain.resale.segments.model.dataset import BUYER_INTERACTIONS_TABLE
from drivetrain.resale.segments.model.training import train_segments

ROWS, SEED = 24_000, 7
QUICK: dict[str, Any] = {"segments": 6, "halvings": 4, "shuffles": 1, "starts": 4}

FIRST_CAR = {
    "kind": "view",
    "price_eur": 5_500.0,
    "age_years": 11.0,
    "body": "hatchback",
    "fuel": "petrol",
    "power_kw": 60.0,
}
SPORTS_CAR = {
    "kind": "view",
    "price_eur": 36_000.0,
    "age_years": 7.0,
    "body": "coupe",
    "fuel": "petrol",
    "power_kw": 220.0,
}


def look(**changed: Any) -> dict[str, Any]:
    """A look at a first car, with some fields replaced."""
    return {**FIRST_CAR, **changed}


def profile(**changed: Any) -> dict[str, Any]:
    """A checked profile, with some fields replaced."""
    return BUYER_PROFILE.check_row({**BUYER_PROFILE.example(), **changed})[0]


def interaction(**changed: Any) -> dict[str, Any]:
    """A checked interaction, with some fields replaced."""
    return INTERACTION.check_row(look(**changed))[0]


@cache
def generated(rows: int = ROWS, seed: int = SEED) -> TrainingTable:
    """A generated table as training gets it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        BUYER_INTERACTIONS_TABLE.write_synthetic(path, rows, seed, SilentProgress())
        preparation = BUYER_INTERACTIONS_TABLE.preparation
        return read_training_table(path, BUYER_PROFILE, path.with_name("set_aside.csv"), preparation).table


@cache
def trained() -> FittedModel:
    """Segments found quickly in the small table."""
    return train_segments(generated(), QUICK, None, SilentProgress())
