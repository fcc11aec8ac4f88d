"""Judging a candidate by the live version: their tables, and their answers to rows that neither learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from drivetrain.core.errors import DrivetrainError, InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.core.time import Clock
from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.gate import Check
from drivetrain.lifecycle.learning.held_back import PARTS, RULE, SplitTable, split_table
from drivetrain.lifecycle.learning.table_comparison import KnownTable, TableComparison, compare_tables
from drivetrain.lifecycle.learning.training import PointPrediction, Predict, TrainingTable
from drivetrain.lifecycle.releasing.registry import ModelCatalog, ModelVersion, standing_champions
from drivetrain.lifecycle.releasing.version_comparison import Contender, compare_errors
from drivetrain.lifecycle.serving.predictions import ModelRef

HELD_BACK, COMPARISON = "held_back", "comparison"
"""Under which names a version's report has them."""

_UNKNOWN_ROWS = (
    "its table is no longer read as when it learned (a column or an alias of the contract has changed since), "
    "so that nobody can tell which rows it has seen; this once a person decides"
)


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The table that a model learns from.

    Attributes:
        table: the rows that passed the contract.
        broken_rows: how many did not.
        quarantine_file: holds those with their reasons; None when there is none.
    """

    reference: DatasetReference
    table: TrainingTable
    broken_rows: int
    quarantine_file: Path | None


class JudgedModel(Protocol):
    """The part of a model's specification by which its versions are judged."""

    @property
    def name(self) -> str:
        """In the registry and the catalog."""
        ...

    @property
    def contract(self) -> Contract:
        """Of its table."""
        ...

    @property
    def load(self) -> Callable[[Files, ModelRef], Any]:
        """Makes a served model of a version's files."""
        ...

    @property
    def recipe_of(self) -> Callable[[Files], Mapping[str, Any]]:
        """The recipe of a version, from its files."""
        ...

    @property
    def point(self) -> PointPrediction | None:
        """How it is asked for what the target is the truth of; None where no table holds the truth."""
        ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate asks beside the training's own questions, and what the report says of it."""

    checks: tuple[Check, ...]
    report: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CompareWithLive:
    """Compares a candidate that is not registered yet with the live version.

    Attributes:
        read_version: a version of the model's table, checked.
        open_version: the verified files of a registered version.
    """

    model: JudgedModel
    read_version: Callable[[str], TrainingData]
    open_version: Callable[[ModelVersion], Files]
    catalog: ModelCatalog
    clock: Clock

    def split(self, table: TrainingTable) -> SplitTable | None:
        """The table with the rows that are held back; None for a model of which no table holds the truth."""
        return None if self.model.point is None else split_table(table, self.model.contract)

    def __call__(
        self,
        files: Files,
        data: TrainingData,
        split: SplitTable | None,
        live: ModelVersion | None,
        progress: Progress,
    ) -> Judgement:
        """Judge a candidate.

        Args:
            files: of the candidate.
            split: as ``split`` gave it.
            live: None where there is none; then nothing is asked.
        """
        predict = self._predict(files) if split is not None else None
        report: dict[str, object] = {}
        if split is not None and predict is not None:
            report[HELD_BACK] = _held_back_report(split, predict)
        if live is None:
            return Judgement((), report)
        if live.is_synthetic != data.reference.is_synthetic:
            return Judgement(_provenance(data.reference), report)
        try:
            before = self.read_version(str(live.dataset["version"]))
        except DrivetrainError as error:
            return Judgement((_unanswered(live, f"its table cannot be read: {error.detail}"),), report)
        tables = self._compare_tables(data, before, live)
        compared: dict[str, object] = {"live_version": live.version, "moves": dict(tables.moves)}
        report[COMPARISON] = compared
        if split is None or predict is None:
            return Judgement(tables.checks, report)
        candidate = Contender(split, predict, self.model.recipe_of(files))
        checks, errors = self._compare_errors(candidate, data, before, live, progress)
        compared["errors"] = errors
        return Judgement((*checks, *tables.checks), report)

    def _compare_errors(
        self,
        candidate: Contender,
        data: TrainingData,
        before: TrainingData,
        live: ModelVersion,
        progress: Progress,
    ) -> tuple[tuple[Check, ...], list[dict[str, object]]]:
        point, held_back = self.model.point, live.report.get(HELD_BACK)
        if point is None or not isinstance(held_back, Mapping) or held_back["rule"] != RULE:
            reason = "it was trained before these rows were held back, and has seen them; this once a person decides"
            return (_unanswered(live, reason),), []
        try:
            live_files = self.open_version(live)
            predict = self._predict(live_files)
        except DrivetrainError as error:
            return (_unanswered(live, f"it cannot be loaded: {error.detail}"),), []
        split = split_table(before.table, self.model.contract, held_back["unit"])
        if split.learned_digest != held_back.get("learned_digest"):
            return (_unanswered(live, _UNKNOWN_ROWS),), []
        contender = Contender(split, predict, self.model.recipe_of(live_files))
        try:
            own, other = compare_errors(candidate, contender, point.refit, progress)
        except InvalidInputError as error:
            return (_unanswered(live, f"the two cannot be fitted again: {error.detail}"),), []
        unit = self.model.contract.target.unit
        named = [
            (f"its own table ({before.reference.version})", own),
            (f"the new table ({data.reference.version})", other),
        ]
        if before.reference.digest == data.reference.digest:
            named = [(f"the table of both ({data.reference.version})", own)]
        checks = tuple(difference.check(live.version, name, unit) for name, difference in named)
        return checks, [{"table": name, "unit": unit, **difference.as_dict()} for name, difference in named]

    def _predict(self, files: Files) -> Predict:
        loaded, point = self.model.load(files, ModelRef(self.model.name, "0")), self.model.point
        if point is None:
            raise TypeError(f"{self.model.name} predicts no number")
        return lambda rows: point.of(loaded, rows)

    def _compare_tables(
        self, data: TrainingData, before: TrainingData, live: ModelVersion
    ) -> TableComparison:
        new, old = (
            KnownTable(each.table, each.broken_rows, each.reference.mapping.as_dict())
            for each in (data, before)
        )
        steps = self._steps(live.model)
        return compare_tables(new, old, self.model.contract, steps, self.clock.now())

    def _steps(self, model: str) -> Sequence[Mapping[str, float]]:
        """How far the tables of successive champions moved, as their reports say."""
        version_of = {version.version: version for version in self.catalog.versions(model)}
        comparisons = (
            version_of[champion].report.get(COMPARISON)
            for champion in standing_champions(reversed(self.catalog.history(model)))
            if champion in version_of
        )
        return [compared["moves"] for compared in comparisons if isinstance(compared, Mapping)]


def _held_back_report(split: SplitTable, predict: Predict) -> dict[str, object]:
    rows = split.held_back
    error = (
        {"mae_error": round(float(np.mean(np.abs(predict(rows.rows) - rows.target))), 4)} if len(rows) else {}
    )
    return {
        "rule": RULE,
        "unit": split.unit,
        "parts": PARTS,
        "rows": len(rows),
        "learned_digest": split.learned_digest,
        **error,
    }


def _provenance(dataset: DatasetReference) -> tuple[Check, ...]:
    """A model of generated rows never replaces one of real rows by itself; one of real rows need not answer for them."""
    if not dataset.is_synthetic:
        return ()
    question = "real rows, as the champion's"
    return (Check(question, passed=False, figures="the candidate learned from synthetic rows"),)


def _unanswered(live: ModelVersion, reason: str) -> Check:
    return Check(
        f"not worse than live version {live.version} on held-back rows", passed=False, figures=reason
    )
