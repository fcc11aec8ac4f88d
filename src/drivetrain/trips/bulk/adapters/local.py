"""Scoring a folder of Parquet files from the command line: which model, which engine, where to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from drivetrain.bootstrap.installation import database, home_of, open_stores
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.releasing.registry import ModelVersion, NoChampionError
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.products import model_named
from drivetrain.settings import Settings
from drivetrain.trips.bulk.adapters.parquet_files import ParquetFolders, ParquetTables
from drivetrain.trips.bulk.adapters.ray_engine import RayEngine
from drivetrain.trips.bulk.application.ports import PackedModel, ScoringEngine
from drivetrain.trips.bulk.application.score_files import FolderScored, ScoreFiles
from drivetrain.trips.bulk.application.score_fragment import PlainEngine
from drivetrain.trips.duration.model.contract import MODEL_NAME

ENGINES = ("plain", "ray")


def score_files(
    settings: Settings,
    source: Path,
    target: Path,
    *,
    engine: str,
    version: str | None,
    progress: Progress,
    pack: Callable[[Settings, str | None], PackedModel] | None = None,
) -> FolderScored:
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
    chosen = _engine(settings, engine, folders)
    return ScoreFiles(folders, chosen, progress)((pack or packed_model)(settings, version))


def packed_model(settings: Settings, version: str | None) -> PackedModel:
    """A version of the duration model with its verified files.

    Raises:
        ModelNotReadyError: nothing is released yet.
        NotFoundError: no such version.
        ArtifactRefusedError: the files are not what was registered.
    """
    spec, home = model_named(MODEL_NAME), home_of(settings)
    with database(settings, home) as url:
        catalog = open_stores(url).catalog
        found: ModelVersion | None = (
            catalog.champion(spec.name) if version is None else catalog.version(spec.name, version)
        )
    if found is None:
        raise NoChampionError(spec.name)
    return PackedModel(ModelRef(spec.name, found.version), home.open_version(found), spec.load)


def _engine(settings: Settings, name: str, folders: ParquetFolders) -> ScoringEngine:
    if name == "ray":
        return RayEngine(folders.root, folders.target, address=settings.ray_address)
    if name == "plain":
        return PlainEngine(ParquetTables(folders.root, folders.target), threads=_threads())
    raise InvalidInputError(
        f"There is no engine {name!r}; choose from {', '.join(ENGINES)}.", code="trips.unknown_engine"
    )


def _threads() -> int:
    """All cores this process may use but the one that reads and writes."""
    return max(1, len(os.sched_getaffinity(0)) - 1)
