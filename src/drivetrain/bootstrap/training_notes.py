"""What the files of a version say of its training, kept for the versions that were looked at last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from drivetrain.adapters.http.models import TrainingNotes
from drivetrain.bootstrap.home import Home
from drivetrain.lifecycle.kit.products import ModelSpec
from drivetrain.lifecycle.learning.artifacts import CARD, read_artifact
from drivetrain.lifecycle.releasing.registry import ModelVersion

MOST_KEPT = 64
"""Versions; a card and a recipe are some tens of kilobytes, while all files of a version are tens of megabytes."""


def training_notes(home: Home, models: Sequence[ModelSpec]) -> Callable[[ModelVersion], TrainingNotes]:
    """A reader of cards and recipes: all files of a version are read and verified the first time only.

    What was registered never changes, so that what is kept is what its files were.
    """
    specs = {model.name: model for model in models}

    @lru_cache(maxsize=MOST_KEPT)
    def read(model: str, location: str, manifest_sha256: str) -> TrainingNotes:
        files = read_artifact(
            home.artifacts / location,
            model=model,
            manifest_sha256=manifest_sha256,
            verifier=home.verifier(),
        )
        return TrainingNotes(files[CARD].decode(), specs[model].recipe_of(files))

    def notes(version: ModelVersion) -> TrainingNotes:
        """The card and the recipe of a version.

        Raises:
            ArtifactRefusedError: the files are not what was registered.
        """
        return read(version.model, version.location, version.manifest_sha256)

    return notes
