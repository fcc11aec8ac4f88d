"""Training, from a table of the home to a version in the registry, with or without a promotion by the gate."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivetrain.adapters.mlflow.registry import MlflowModelRegistry
from drivetrain.adapters.tabular.training import ReadTable, read_training_table
from drivetrain.bootstrap.installation import Home, Stores
from drivetrain.core.errors import UnavailableError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.kit.cards import card_markdown
from drivetrain.lifecycle.kit.products import ModelSpec
from drivetrain.lifecycle.learning.artifacts import CARD, ArtifactRefusedError, write_artifact
from drivetrain.lifecycle.learning.gate import Check, Verdict
from drivetrain.lifecycle.learning.training import Trained
from drivetrain.lifecycle.releasing.following import open_version
from drivetrain.lifecycle.releasing.registry import Alias, Candidate, ModelVersion

SELF_TEST_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training came to.

    Attributes:
        is_champion: True when the gate made the version champion.
    """

    version: ModelVersion
    verdict: Verdict
    is_champion: bool
    read: ReadTable


def train_model(
    spec: ModelSpec,
    home: Home,
    stores: Stores,
    *,
    settings: Mapping[str, Any],
    actor: str,
    progress: Progress,
    approvals: int = 1,
) -> TrainingResult:
    """Train on the current table, register the version, and let the gate decide.

    Args:
        approvals: people who must agree before a version replaces a champion. Where that is more than one,
            the gate
            replaces none by itself: else whoever may train would need nobody.

    Raises:
        NotFoundError: there is no table yet.
        InvalidInputError: the table or the settings are not usable.
        UnavailableError: the registry or the database is away; nothing was registered.
        ConflictError: somebody changed the champion meanwhile; the version is registered and not live.
    """
    dataset = home.datastore().current(spec.table.name)
    set_aside = home.quarantine / f"{dataset.name}-{dataset.version}.csv"
    read = read_training_table(dataset.path, spec.contract, set_aside, spec.table.preparation)
    champion = stores.catalog.live().get((spec.name, Alias.CHAMPION))
    recipe = (
        None if champion is None else spec.recipe_of(open_version(champion, home.artifacts, home.verifier()))
    )
    trained = spec.train(read.table, settings, recipe, progress)
    verdict = _with_provenance(trained.verdict, dataset, champion)
    version = _register(spec, home, stores, trained, verdict, dataset, read)
    is_champion = verdict.passed and (champion is None or approvals == 1)
    if is_champion:
        stores.catalog.release(
            spec.name,
            Alias.CHAMPION,
            version.version,
            action="promote",
            actor=actor,
            reason=verdict.reason(),
            by_gate=True,
            # the one that the gate has compared it with
            expected=None if champion is None else champion.version,
        )
        MlflowModelRegistry(stores.url, home.artifacts).mirror_alias(
            spec.name, Alias.CHAMPION, version.version
        )
    return TrainingResult(version, verdict, is_champion, read)


def mirror_aliases(home: Home, stores: Stores) -> None:
    """Show in MLflow what the catalog says is live."""
    registry, live = MlflowModelRegistry(stores.url, home.artifacts), stores.catalog.live()
    for model in {model for model, _ in live}:
        for alias in Alias:
            version = live.get((model, alias))
            registry.mirror_alias(model, alias, None if version is None else version.version)


def _with_provenance(verdict: Verdict, dataset: DatasetReference, champion: ModelVersion | None) -> Verdict:
    """A model of generated rows never replaces one of real rows by itself."""
    if champion is None or not dataset.is_synthetic or champion.is_synthetic:
        return verdict
    check = Check(
        "real rows, as the champion's", passed=False, figures="the candidate learned from synthetic rows"
    )
    return Verdict((*verdict.checks, check))


def _register(
    spec: ModelSpec,
    home: Home,
    stores: Stores,
    trained: Trained,
    verdict: Verdict,
    dataset: DatasetReference,
    read: ReadTable,
) -> ModelVersion:
    report = {
        **trained.report,
        "gate": verdict.as_dict(),
        "rows": len(read.table.target),
        "broken_rows": read.broken,
    }
    card = card_markdown(spec, dataset, report)
    with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
        files = Path(folder) / "model"
        about = {"model": spec.name, "dataset": dataset.as_dict(), "synthetic": dataset.is_synthetic}
        digest = write_artifact(files, {**trained.files, CARD: card.encode()}, about, home.signer())
        _self_test(home, spec.name, files, digest)
        version = MlflowModelRegistry(stores.url, home.artifacts).register(
            Candidate(
                model=spec.name,
                folder=files,
                manifest_sha256=digest,
                metrics=trained.metrics,
                report=report,
                dataset=dataset.as_dict(),
                params=trained.params,
                is_synthetic=dataset.is_synthetic,
                card_markdown=card,
            )
        )
    stores.catalog.add_version(version)
    return version


def _self_test(home: Home, model: str, files: Path, digest: str) -> None:
    """Load the candidate for the first time where it can do no harm: in a limited child process.

    Raises:
        ArtifactRefusedError: it cannot be loaded, or does not answer its stored rows as it did.
    """
    command = [
        sys.executable,
        "-m",
        "drivetrain.entrypoints.self_test",
        str(home.folder),
        model,
        str(files),
        digest,
    ]
    try:
        child = subprocess.run(
            command, capture_output=True, text=True, timeout=SELF_TEST_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ArtifactRefusedError(
            f"The self-test of {model} took more than {SELF_TEST_TIMEOUT_S} s."
        ) from error
    except OSError as error:
        raise UnavailableError(f"The self-test of {model} cannot be started: {error.strerror}.") from error
    if child.returncode != 0:
        lines = child.stderr.strip().splitlines() or [f"the process ended with {child.returncode}"]
        raise ArtifactRefusedError(
            f"The self-test of {model} failed: {lines[-1]}", code="model.self_test_failed"
        )
