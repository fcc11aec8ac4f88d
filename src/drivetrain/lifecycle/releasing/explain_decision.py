"""Why a logged decision was answered as it was: the ledger keeps no reasons, so a version is asked for them again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, cast

import orjson

from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.features import logged_columns
from drivetrain.lifecycle.releasing.following import load_version
from drivetrain.lifecycle.releasing.registry import ModelCatalog, ModelVersion
from drivetrain.lifecycle.releasing.replay import ReplayableModel
from drivetrain.lifecycle.serving.predictions import LoggedDecision, ModelRef, Predictor

MOST_KEPT = 2
"""Versions in memory beside those that are served: the one that made a decision, and another one to compare it with."""


class ExplainableModel(ReplayableModel, Protocol):
    """The part of a model's specification that reasons need."""

    @property
    def explained(self) -> Callable[[], Callable[[Any], Mapping[str, object]]] | None:
        """Gives what writes an explanation as JSON fields; None where the model explains nothing."""
        ...


@dataclass(frozen=True, slots=True)
class DecisionReasons:
    """A decision asked again.

    Attributes:
        model: the version that was asked.
        answer: what it answers to the logged input.
        is_identical: whether that is what was logged, byte by byte; only then are these the reasons of the decision.
        explanation: as the model's own route gives it.
    """

    decision_id: str
    model: ModelRef
    answer: Mapping[str, object]
    is_identical: bool
    explanation: Mapping[str, object]

    def as_dict(self) -> dict[str, object]:
        """The reasons as plain values."""
        return {
            "decision_id": self.decision_id,
            "model": self.model.as_dict(),
            "answer": self.answer,
            "is_identical": self.is_identical,
            "explanation": self.explanation,
        }


class VersionCache:
    """Loaded versions: those that are served anyway, and the few that were asked for last.

    Args:
        predictors: the live handles, by model.
        open_version: the verified files of a registered version.
    """

    def __init__(
        self,
        catalog: ModelCatalog,
        predictors: Mapping[str, Predictor[Any]],
        models: Mapping[str, ReplayableModel],
        open_version: Callable[[ModelVersion], Files],
    ) -> None:
        self._catalog = catalog
        self._predictors = predictors
        self._models = models
        self._open_version = open_version
        self._kept = lru_cache(maxsize=MOST_KEPT)(self._load)

    def __call__(self, ref: ModelRef) -> Any:
        """The loaded version.

        Raises:
            NotFoundError: no such version.
            ArtifactRefusedError: its files are not what was registered, or cannot be loaded.
        """
        predictor = self._predictors[ref.name]
        for live in (predictor.served, predictor.trial):
            if live is not None and live.ref == ref:
                return live.model
        return self._kept(ref)

    def _load(self, ref: ModelRef) -> Any:
        version = self._catalog.version(ref.name, ref.version)
        return load_version(version, self._models[ref.name].load, self._open_version(version))


@dataclass(frozen=True, slots=True)
class ExplainDecision:
    """Asks a version of the model that made a decision for its answer and its reasons; nothing is recorded.

    Attributes:
        models: the specifications, by name.
        version_of: the loaded version of a reference, as ``VersionCache`` gives it.
    """

    models: Mapping[str, ExplainableModel]
    version_of: Callable[[ModelRef], Any]

    def __call__(self, decision: LoggedDecision, version: str | None = None) -> DecisionReasons:
        """The reasons of a logged decision.

        Args:
            version: is asked in place of the version that made the decision.

        Raises:
            NotFoundError: ``decision.no_reasons``, or there is no such version.
            ConflictError: ``decision.not_answerable``: the version cannot answer the logged input.
            ArtifactRefusedError: the version cannot be loaded.
        """
        spec = self.models.get(decision.model.name)
        if spec is None or spec.explained is None:
            raise NotFoundError(
                f"Answers of {decision.model.name} have no reasons.", code="decision.no_reasons"
            )
        ref = ModelRef(decision.model.name, version or decision.model.version)
        model, rule = self.version_of(ref), spec.rule
        row = cast(Row, decision.input)  # as the contract's checks wrote it
        try:
            features, (value,) = rule.decide(model, logged_columns([row]))
            explanation = rule.explain(model, row, features[0], value)
        except Exception as error:  # the edge of a version: another one may not know this input
            raise ConflictError(
                f"Version {ref.version} of {ref.name} cannot answer the input of this decision.",
                code="decision.not_answerable",
            ) from error
        answer = value.as_dict()
        return DecisionReasons(
            decision.decision_id,
            ref,
            answer,
            orjson.dumps(answer) == orjson.dumps(decision.answer),
            spec.explained()(explanation),
        )
