"""Training a model: learn from its table, judge by the gate, register a version, promote it where the gate may."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.learning.artifacts import CARD, Files, Signer, write_artifact
from drivetrain.lifecycle.learning.gate import Verdict
from drivetrain.lifecycle.learning.training import TOO_FEW_ROWS, FittedModel, Train
from drivetrain.lifecycle.releasing.compare_with_live import CompareWithLive, JudgedModel, TrainingData
from drivetrain.lifecycle.releasing.registry import (
    Alias,
    Candidate,
    ModelCatalog,
    ModelRegistry,
    ModelVersion,
    ReleaseRequest,
    changed_meanwhile,
)

JUDGED_AGAINST = "judged_against"
"""Under which name a version's report has the champion that the verdict is about; absent where there was none."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A registered version with the gate's verdict.

    Attributes:
        is_champion: True when the gate promoted the version.
        registry_failure: why the registry does not show the promotion; None where it does, or there was none.
            What is live does not depend on it: the catalog says that.
    """

    version: ModelVersion
    verdict: Verdict
    is_champion: bool
    data: TrainingData
    registry_failure: UnavailableError | None = None


class TrainableModel(JudgedModel, Protocol):
    """The part of a model's specification that training needs."""

    @property
    def train(self) -> Train:
        """Fits, measures and packs."""
        ...

    @property
    def fewest_rows(self) -> int:
        """Good rows that it takes to learn and to be judged."""
        ...


@dataclass(frozen=True, slots=True)
class TrainModel:
    """Trains one model on its current table and registers the result, whatever its figures are.

    Attributes:
        read_table: the current table, checked.
        compare: the candidate with the live version.
        write_card: the model card of a training, from its table and report (Markdown).
        open_version: the verified files of a registered version.
        self_test: loads the candidate in a folder, by the digest of its manifest, where it can do no harm;
            raises ArtifactRefusedError.
        approvals: people who must agree before a version replaces a champion. Where that is more than one,
            the gate replaces none by itself: else whoever may train would need nobody.
    """

    model: TrainableModel
    read_table: Callable[[], TrainingData]
    compare: CompareWithLive
    write_card: Callable[[DatasetReference, Mapping[str, Any]], str]
    open_version: Callable[[ModelVersion], Files]
    self_test: Callable[[Path, str], None]
    signer: Signer
    registry: ModelRegistry
    catalog: ModelCatalog
    approvals: int = 1

    def __call__(
        self, settings: Mapping[str, Any], *, actor: str, progress: Progress, task_id: str = ""
    ) -> TrainingResult:
        """Train, register, and promote where the gate passes.

        Args:
            settings: what differs from the default recipe.
            actor: stands in the history.
            task_id: of the background task that this is an attempt of; empty where it is none. A version that
                an earlier attempt has registered is the result, and nothing is trained again.

        Raises:
            NotFoundError: there is no table yet.
            InvalidInputError: the table or the settings are not usable.
            ArtifactRefusedError: the champion's files are damaged, or the candidate fails its self-test.
            UnavailableError: the registry or the database is away; nothing was promoted. After a promotion the
                result says so instead, where the registry cannot show it.
            ConflictError: somebody changed the champion meanwhile; the version is registered and not live.
        """
        data = self.read_table()
        registered = self.catalog.of_task(self.model.name, task_id) if task_id else None
        if registered is not None:
            return self._resumed(registered, data, actor)
        self._require_rows(data)
        champion = self.catalog.champion(self.model.name)
        split = self.compare.split(data.table)
        learned = data.table if split is None else split.learned
        trained = self.model.train(learned, settings, self._recipe_of(champion), progress)
        judgement = self.compare(trained.files, data, split, champion, progress)
        verdict = Verdict((*trained.verdict.checks, *judgement.checks))
        judged_against = {} if champion is None else {JUDGED_AGAINST: champion.version}
        report = {**trained.report, **judgement.report, **judged_against}
        version = self._register(replace(trained, report=report), verdict, data, task_id)
        is_champion = verdict.passed and (champion is None or self.approvals == 1)
        if not is_champion:
            return TrainingResult(version, verdict, is_champion, data)
        self._promote(version, verdict, champion, actor)
        return TrainingResult(version, verdict, is_champion, data, self._shown(version))

    def _resumed(self, version: ModelVersion, data: TrainingData, actor: str) -> TrainingResult:
        """What was left to do when an earlier attempt was killed after it had registered the version."""
        verdict = Verdict.from_dict(version.report["gate"])  # type: ignore[arg-type] # as `_register` wrote it
        champion = self.catalog.champion(version.model)
        if champion is not None and champion.version == version.version:
            return TrainingResult(version, verdict, True, data, self._shown(version))
        if not verdict.passed or (champion is not None and self.approvals > 1):
            return TrainingResult(version, verdict, False, data)
        is_other = version.report.get(JUDGED_AGAINST) != (None if champion is None else champion.version)
        if is_other or self._is_released_since(version):
            raise changed_meanwhile(version.model, version.version)
        self._promote(version, verdict, champion, actor)
        return TrainingResult(version, verdict, True, data, self._shown(version))

    def _is_released_since(self, version: ModelVersion) -> bool:
        history = self.catalog.history(version.model)
        return any(release.alias is Alias.CHAMPION and release.at > version.created_at for release in history)

    def _require_rows(self, data: TrainingData) -> None:
        """Rows of equal inputs stay together in every part, so that they are judged by as one."""
        rows, distinct = len(data.table), len(set(zip(*data.table.rows.values(), strict=True)))
        fewest = self.model.fewest_rows
        if distinct < fewest:
            distinctly = "" if distinct == rows else f", of which {distinct:,} differ in their inputs"
            raise InvalidInputError(
                f"{self.model.name} needs at least {fewest} good rows with different inputs to learn from and to be "
                f"judged by; {data.reference.name} {data.reference.version} has {rows:,}{distinctly}.",
                code=TOO_FEW_ROWS,
            )

    def _recipe_of(self, champion: ModelVersion | None) -> Mapping[str, Any] | None:
        """What the training must know of the champion; nothing where the versions themselves are compared."""
        if champion is None or self.model.point is not None:
            return None
        return self.model.recipe_of(self.open_version(champion))

    def _register(
        self, trained: FittedModel, verdict: Verdict, data: TrainingData, task_id: str
    ) -> ModelVersion:
        report = {
            **trained.report,
            "gate": verdict.as_dict(),
            "rows": len(data.table.target),
            "broken_rows": data.broken_rows,
        }
        card = self.write_card(data.reference, report)
        with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
            files = Path(folder) / "model"
            digest = self._write(files, {**trained.files, CARD: card.encode()}, data.reference)
            self.self_test(files, digest)
            version = self.registry.register(
                Candidate(
                    model=self.model.name,
                    folder=files,
                    manifest_sha256=digest,
                    metrics=trained.metrics,
                    report=report,
                    dataset=data.reference.as_dict(),
                    params=trained.params,
                    is_synthetic=data.reference.is_synthetic,
                    card_markdown=card,
                )
            )
        version = replace(version, task_id=task_id)
        self.catalog.add_version(version)
        return version

    def _write(self, folder: Path, files: Files, dataset: DatasetReference) -> str:
        about = {"model": self.model.name, "dataset": dataset.as_dict(), "synthetic": dataset.is_synthetic}
        return write_artifact(folder, files, about, self.signer)

    def _promote(
        self, version: ModelVersion, verdict: Verdict, champion: ModelVersion | None, actor: str
    ) -> None:
        self.catalog.release(
            ReleaseRequest(
                version.model,
                Alias.CHAMPION,
                version.version,
                action="promote",
                actor=actor,
                reason=verdict.reason(),
                by_gate=True,
            ),
            expected=None if champion is None else champion.version,
        )

    def _shown(self, version: ModelVersion) -> UnavailableError | None:
        """Show the champion in the registry; the failure where that is not possible."""
        try:
            self.registry.mirror_alias(version.model, Alias.CHAMPION, version.version)
        except UnavailableError as error:
            return error
        return None


def mirror_aliases(catalog: ModelCatalog, registry: ModelRegistry) -> None:
    """Show in the registry what the catalog says is live.

    Raises:
        UnavailableError: one of the two cannot be reached.
    """
    live = catalog.live()
    for model in {model for model, _ in live}:
        for alias in Alias:
            version = live.get((model, alias))
            registry.mirror_alias(model, alias, None if version is None else version.version)
