"""Keeping what a process serves in step with what the catalog says is live."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from drivetrain.core.errors import DrivetrainError
from drivetrain.lifecycle.artifacts import Files, Verifier, read_artifact
from drivetrain.lifecycle.predictions import ModelRef, Predictor
from drivetrain.lifecycle.registry import Alias, ModelCatalog, ModelVersion

RETRY_AFTER_S = 5.0
"""A version that could not be loaded is tried again after this time, unless another one is released."""


class ChampionFollower:
    """Loads each newly released champion beside the old one and swaps it in. Runs off the request path."""

    def __init__(
        self,
        catalog: ModelCatalog,
        predictors: Sequence[Predictor[Any]],
        artifacts: Path,
        verifier: Verifier,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._artifacts = artifacts
        self._catalog = catalog
        self._predictors = predictors
        self._verifier = verifier
        self._monotonic = monotonic
        self._refused: dict[str, tuple[ModelRef, float]] = {}
        self.live: dict[str, ModelVersion] = {}

    @property
    def is_settled(self) -> bool:
        """False while a released version waits to be tried again."""
        return not self._refused

    def follow(self) -> list[ModelRef]:
        """Serve what is live now.

        Returns:
            The versions that were swapped in by this call.

        Raises:
            UnavailableError: the catalog cannot be reached; what is served goes on being served.
        """
        live = self._catalog.live()
        swapped = []
        for predictor in self._predictors:
            version = live.get((predictor.name, Alias.CHAMPION))
            if version is None:
                continue
            ref = ModelRef(predictor.name, version.version)
            if predictor.ref == ref:
                self._settle(predictor)
            elif self._may_try(ref) and self._load(predictor, ref, version):
                swapped.append(ref)
        return swapped

    def _settle(self, predictor: Predictor[Any]) -> None:
        """Forget a version that could not be loaded and has been rolled back since."""
        if self._refused.pop(predictor.name, None) is not None:
            predictor.keep()

    def _may_try(self, ref: ModelRef) -> bool:
        refused, at = self._refused.get(ref.name, (None, 0.0))
        return refused != ref or self._monotonic() - at >= RETRY_AFTER_S

    def _load(self, predictor: Predictor[Any], ref: ModelRef, version: ModelVersion) -> bool:
        try:
            predictor.swap(open_version(version, self._artifacts, self._verifier), ref)
        except DrivetrainError as error:
            self._refused[ref.name] = (ref, self._monotonic())
            predictor.refuse(f"version {ref.version} is not served: {error.detail}")
            return False
        self._refused.pop(ref.name, None)
        self.live[ref.name] = version
        return True


def open_version(version: ModelVersion, artifacts: Path, verifier: Verifier) -> Files:
    """The verified files of a registered version.

    Raises:
        ArtifactRefusedError: the files are not what was registered.
    """
    return read_artifact(
        artifacts / version.location, model=version.model, manifest_sha256=version.manifest_sha256, verifier=verifier
    )
