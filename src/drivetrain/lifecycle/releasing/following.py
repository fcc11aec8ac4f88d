"""Keeping what a process serves in step with what the catalog says is live."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from drivetrain.core.errors import DrivetrainError
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError, Files, Verifier, read_artifact
from drivetrain.lifecycle.releasing.registry import (
    Alias,
    Challenger,
    ModelCatalog,
    ModelVersion,
    NoChampionError,
)
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor

M = TypeVar("M")

RETRY_AFTER_S = 5.0
"""A version that could not be loaded is tried again after this time, unless another one is released."""


@dataclass(frozen=True, slots=True)
class Live:
    """What is live, for all models: enough to serve from, and small enough to keep on disk."""

    champions: Mapping[str, ModelVersion]
    challengers: Mapping[str, Challenger]


def read_live(catalog: ModelCatalog) -> Live:
    """What the catalog says is live.

    Raises:
        UnavailableError: the catalog cannot be reached.
    """
    champions = {
        model: version for (model, alias), version in catalog.live().items() if alias is Alias.CHAMPION
    }
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

    def fall_back(self, last_good: Live) -> list[ModelRef]:
        """Serve what was served last, where the champion cannot be loaded and nothing else is served.

        Returns:
            The versions that were swapped in by this call.
        """
        swapped = []
        for predictor in self._predictors:
            version = last_good.champions.get(predictor.name)
            if predictor.ref is not None or version is None:
                continue
            reason = predictor.reason
            ref = ModelRef(version.model, version.version)
            if _refusal(partial(self._serve, predictor, version, ref)) is None:
                predictor.refuse(f"{reason} Version {ref.version}, which was served last, answers meanwhile.")
                swapped.append(ref)
        return swapped

    def _swap(self, predictor: Predictor[Any], version: ModelVersion) -> bool:
        ref = ModelRef(version.model, version.version)
        if predictor.ref == ref:
            self._settle(predictor)
            return False
        if not self._may_try(Alias.CHAMPION, ref):
            return False
        refusal = self._attempt(Alias.CHAMPION, ref, partial(self._serve, predictor, version, ref))
        if refusal is not None:
            predictor.refuse(f"version {ref.version} is not served: {refusal}")
            return False
        return True

    def _serve(self, predictor: Predictor[Any], version: ModelVersion, ref: ModelRef) -> None:
        predictor.swap(self._open(version), ref)
        self.served[ref.name] = version

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

        def load() -> None:
            predictor.try_out(self._open(challenger.version), ref, challenger.share)

        refusal = self._attempt(Alias.CHALLENGER, ref, load)
        if refusal is not None:
            predictor.end_trial(f"version {ref.version} is not on trial: {refusal}")

    def _may_try(self, alias: Alias, ref: ModelRef) -> bool:
        refused, refused_at = self._refused.get((ref.name, alias), (None, 0.0))
        return refused != ref or self._monotonic() - refused_at >= RETRY_AFTER_S

    def _attempt(self, alias: Alias, ref: ModelRef, load: Callable[[], None]) -> str | None:
        """Load; the reason when the version is refused."""
        refusal = _refusal(load)
        if refusal is None:
            self._refused.pop((ref.name, alias), None)
        else:
            self._refused[ref.name, alias] = (ref, self._monotonic())
        return refusal

    def _open(self, version: ModelVersion) -> Files:
        return open_version(version, self._artifacts, self._verifier)


def verify_loadable(
    version: ModelVersion, load: Callable[[Files, ModelRef], object], artifacts: Path, verifier: Verifier
) -> None:
    """Load a version as a serving process would, signature, digests and self-test included, and let it go.

    Raises:
        ArtifactRefusedError: it cannot be served.
    """
    load_version(version, load, open_version(version, artifacts, verifier))


def load_version(version: ModelVersion, load: Callable[[Files, ModelRef], M], files: Files) -> M:
    """A model of a version's verified files.

    Raises:
        ArtifactRefusedError: it cannot be loaded.
    """
    try:
        return load(files, ModelRef(version.model, version.version))
    except DrivetrainError:
        raise
    except Exception as error:  # the edge of a version: whatever breaks its loader is wrong with it
        raise ArtifactRefusedError(
            f"Version {version.version} cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def _refusal(load: Callable[[], object]) -> str | None:
    """Why loading failed; None when it did not."""
    try:
        load()
    except DrivetrainError as error:
        return error.detail
    except Exception as error:  # noqa: BLE001 - the edge of a version: one that breaks its loader must not stop the others
        return f"{type(error).__name__}: {error}"
    return None


def open_version(version: ModelVersion, artifacts: Path, verifier: Verifier) -> Files:
    """The verified files of a registered version.

    Raises:
        ArtifactRefusedError: the files are not what was registered.
    """
    return read_artifact(
        artifacts / version.location,
        model=version.model,
        manifest_sha256=version.manifest_sha256,
        verifier=verifier,
    )


def open_champion(
    model: str,
    load: Callable[[Files, ModelRef], M],
    catalog: ModelCatalog,
    open_files: Callable[[ModelVersion], Files],
) -> Predictor[M]:
    """A handle that serves the live version of a model, for a process that answers once and ends.

    Args:
        load: makes a model of its verified files.
        open_files: gives them.

    Raises:
        NoChampionError: no version is released.
        ArtifactRefusedError: its files are damaged or gone.
    """
    version = catalog.champion(model)
    if version is None:
        raise NoChampionError(model)
    predictor = Predictor(model, load)
    predictor.swap(open_files(version), ModelRef(model, version.version))
    return predictor
