"""Ending trials whose challenger breaks a guard rail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from drivetrain.core.errors import ConflictError
from drivetrain.lifecycle.releasing.compare_trial import ComparableModel
from drivetrain.lifecycle.releasing.guard_rails import GuardRails
from drivetrain.lifecycle.releasing.registry import Alias, Challenger, ModelCatalog, Release
from drivetrain.lifecycle.releasing.trial_store import Evidence, TrialStore
from drivetrain.lifecycle.serving.predictions import Predictor

ACTOR = "guard rail"
"""Who ends such a trial, in the history."""


@dataclass(frozen=True, slots=True)
class GuardTrials:
    """Ends the trials that broke a rail.

    Attributes:
        model_named: the specification of a model.
    """

    catalog: ModelCatalog
    trials: TrialStore
    model_named: Callable[[str], ComparableModel]
    rails: GuardRails = field(default_factory=GuardRails)

    def __call__(self, predictors: Mapping[str, Predictor[Any]] | None = None) -> list[Release]:
        """Look at every trial; the history says why one was ended.

        Args:
            predictors: the live handles of this process, by model, if it serves.

        Returns:
            The lines of history that ended a trial.
        """
        ended = []
        for model, challenger in self.catalog.challengers().items():
            own_evidence = _own_evidence(challenger, (predictors or {}).get(model))
            breaches = self.rails.breaches(self._evidence(model, challenger), **own_evidence)
            if breaches:
                # another process looked at the same moment; there may be another trial by now
                with suppress(ConflictError):
                    ended.append(self._end(model, challenger.version.version, breaches))
        return ended

    def _evidence(self, model: str, challenger: Challenger) -> Evidence:
        history = self.catalog.history(model)
        began = next(
            release for release in history if release.alias is Alias.CHALLENGER and release.action == "load"
        )
        return self.trials.evidence(
            model,
            challenger.version.version,
            since=began.at,
            outcome=self.model_named(model).outcome,
            is_canary=challenger.share > 0,
        )

    def _end(self, model: str, version: str, breaches: list[str]) -> Release:
        reason = f"Version {version} was taken out: {'; '.join(breaches)}."
        return self.catalog.end_trial(model, actor=ACTOR, reason=reason, version=version)


def _own_evidence(challenger: Challenger, predictor: Predictor[Any] | None) -> dict[str, int]:
    """Requests and failures of the challenger in this process; none where it is not loaded."""
    trial = None if predictor is None else predictor.trial
    if predictor is None or trial is None or trial.ref.version != challenger.version.version:
        return {"requests": 0, "failures": 0}
    return {"requests": predictor.trial_requests, "failures": predictor.trial_failures}
