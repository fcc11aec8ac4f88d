"""Scoring a folder of Parquet files from the command line: which model, which engine, where to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.releasing.registry import ModelVersion, NoChampionError
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.bulk.adapters.parquet_files import ParquetFolders, ParquetTables
from drivetrain.trips.bulk.adapters.ray_engine import RayEngine
from drivetrain.trips.bulk.adapters.settings import RaySettings
from drivetrain.trips.bulk.application.ports import PackedModel, ScoringEngine
from drivetrain.trips.bulk.application.score_files import FolderReport, ScoreFiles
from drivetrain.trips.bulk.application.score_fragment import PlainEngine
from drivetrain.trips.duration.model.contract import MODEL_NAME
from drivetrain.trips.duration.model.predictor import load

ENGINES = ("plain", "ray")


def score_files(
    installation: Installation,
    source: Path,
    target: Path,
    *,
    engine: str,
    version: str | None,
    progress: Progress,
    pack: Callable[[Installation, str | None], PackedModel] | None = None,
) -> FolderReport:
    """Score every Parquet file of a folder into another folder.

    Args:
        engine: one of ``ENGINES``; the figures and files are the same bit by bit.
        version: of the model; the champion when None.
        pack: where the model comes from; the installation when None.

    Raises:
        DrivetrainError: as ``ScoreFiles`` says; what is scored stays, and another call goes on from there.
        ModelNotReadyError: nothing is released yet.
    """
    folders = ParquetFolders(source, target)
    chosen = _engine(installation, engine, folders)
    return ScoreFiles(folders, chosen, progress)((pack or packed_model)(installation, version))


def packed_model(installation: Installation, version: str | None) -> PackedModel:
    """A version of the duration model with its verified files.

    Raises:
        ModelNotReadyError: nothing is released yet.
        NotFoundError: no such version.
        ArtifactRefusedError: the files are not what was registered.
    """
    with installation.database(pool_size=1) as database:
        catalog = database.catalog
        stored: ModelVersion | None = (
            catalog.champion(MODEL_NAME) if version is None else catalog.version(MODEL_NAME, version)
        )
    if stored is None:
        raise NoChampionError(MODEL_NAME)
    return PackedModel(ModelRef(MODEL_NAME, stored.version), installation.files_of(stored), load)


def _engine(installation: Installation, name: str, folders: ParquetFolders) -> ScoringEngine:
    if name == "ray":
        return RayEngine(folders.root, folders.target, address=installation.settings(RaySettings).address)
    if name == "plain":
        return PlainEngine(ParquetTables(folders.root, folders.target), threads=_threads())
    raise InvalidInputError(
        f"Unknown engine {name!r}; choose from {', '.join(ENGINES)}.", code="trips.unknown_engine"
    )


def _threads() -> int:
    """All cores this process may use but the one that reads and writes."""
    return max(1, len(os.sched_getaffinity(0)) - 1)
