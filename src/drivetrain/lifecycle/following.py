"""Keeping what a process serves in step with what the catalog says is live."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivetrain.core.errors import DrivetrainError
from drivetrain.lifecycle.artifacts import Files, Verifier, read_artifact
from drivetrain.lifecycle.predictions import ModelRef, Predictor
from drivetrain.lifecycle.registry import Alias, Challenger, ModelCatalog, ModelVersion

RETRY_AFTER_S = 5.0
"""A version that could not be loaded is tried again after this time, unless another one is released."""


@dataclass(frozen=True, slots=True)
class Live:
    """What is live, for all models: enough to serve from, and small enough to keep on disk."""

    champions: Mapping[str, ModelVersion]
    challengers: Mapping[str, Challenger]


def look_up(catalog: ModelCatalog) -> Live:
    """What the catalog says is live.

    Raises:
        UnavailableError: the catalog cannot be reached.
    """
    champions = {model: version for (model, alias), version in catalog.live().items() if alias is Alias.CHAMPION}
    return Live(champions, catalog.challengers())


class LiveFollower:
    """Loads each newly released version beside the old one and swaps it in. Runs off the request path."""

    def __init__(
        self,
        predictors: Sequence[Predictor[Any]],
        artifacts: Path,
        verifier: Verifier,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._predictors = predictors
        self._artifacts = artifacts
        self._verifier = verifier
        self._monotonic = monotonic
        self._refused: dict[tuple[str, Alias], tuple[ModelRef, float]] = {}
        self.served: dict[str, ModelVersion] = {}

    @property
    def is_settled(self) -> bool:
        """False while a released version waits to be tried again."""
        return not self._refused

    def follow(self, live: Live) -> list[ModelRef]:
        """Serve what is live now.

        Returns:
            The champions that were swapped in by this call.
        """
        swapped = []
        for predictor in self._predictors:
            champion = live.champions.get(predictor.name)
            if champion is not None and self._swap(predictor, champion):
                swapped.append(ModelRef(champion.model, champion.version))
            self._follow_trial(predictor, live.challengers.get(predictor.name))
        return swapped

    def _swap(self, predictor: Predictor[Any], version: ModelVersion) -> bool:
        ref = ModelRef(version.model, version.version)
        if predictor.ref == ref:
            self._settle(predictor)
            return False
        if not self._may_try(Alias.CHAMPION, ref):
            return False
        refusal = self._attempt(Alias.CHAMPION, ref, lambda: predictor.swap(self._open(version), ref))
        if refusal is not None:
            predictor.refuse(f"version {ref.version} is not served: {refusal}")
            return False
        self.served[ref.name] = version
        return True

    def _settle(self, predictor: Predictor[Any]) -> None:
        """Forget a version that could not be loaded and has been rolled back since."""
        if self._refused.pop((predictor.name, Alias.CHAMPION), None) is not None:
            predictor.keep()

    def _follow_trial(self, predictor: Predictor[Any], challenger: Challenger | None) -> None:
        if challenger is None:
            predictor.end_trial()
            self._refused.pop((predictor.name, Alias.CHALLENGER), None)
            return
        ref = ModelRef(challenger.version.model, challenger.version.version)
        trial = predictor.trial
        if (trial is not None and (trial.ref, trial.share) == (ref, challenger.share)) or not self._may_try(
            Alias.CHALLENGER, ref
        ):
            return
        load = lambda: predictor.try_out(self._open(challenger.version), ref, challenger.share)  # noqa: E731
        if self._attempt(Alias.CHALLENGER, ref, load) is not None:
            predictor.end_trial()

    def _may_try(self, alias: Alias, ref: ModelRef) -> bool:
        refused, at = self._refused.get((ref.name, alias), (None, 0.0))
        return refused != ref or self._monotonic() - at >= RETRY_AFTER_S

    def _attempt(self, alias: Alias, ref: ModelRef, load: Callable[[], None]) -> str | None:
        """Load; the reason when the version is refused."""
        try:
            load()
        except DrivetrainError as error:
            self._refused[ref.name, alias] = (ref, self._monotonic())
            return error.detail
        self._refused.pop((ref.name, alias), None)
        return None

    def _open(self, version: ModelVersion) -> Files:
        return open_version(version, self._artifacts, self._verifier)


def open_version(version: ModelVersion, artifacts: Path, verifier: Verifier) -> Files:
    """The verified files of a registered version.

    Raises:
        ArtifactRefusedError: the files are not what was registered.
    """
    return read_artifact(
        artifacts / version.location, model=version.model, manifest_sha256=version.manifest_sha256, verifier=verifier
    )
