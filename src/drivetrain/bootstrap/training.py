"""Training, wired: the tables and files of a home, MLflow as the registry, the self-test in a child process."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from drivetrain.adapters.mlflow.registry import MlflowModelRegistry
from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.bootstrap.installation import Home, Stores
from drivetrain.core.errors import UnavailableError
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.kit.cards import card_markdown
from drivetrain.lifecycle.kit.products import ModelSpec
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.releasing.compare_with_live import CompareWithLive, TrainingData
from drivetrain.lifecycle.releasing.train_model import TrainModel

SELF_TEST_TIMEOUT_S = 120


def training_of(spec: ModelSpec, home: Home, stores: Stores, *, approvals: int) -> TrainModel:
    """The training of a model on the tables of this installation."""
    return TrainModel(
        model=spec,
        read_table=partial(read_current_table, spec, home),
        compare=CompareWithLive(
            spec, partial(read_table_version, spec, home), home.open_version, stores.catalog, SystemClock()
        ),
        write_card=partial(card_markdown, spec),
        open_version=home.open_version,
        self_test=partial(run_self_test, home, spec.name),
        signer=home.signer(),
        registry=model_registry(home, stores),
        catalog=stores.catalog,
        approvals=approvals,
    )


def model_registry(home: Home, stores: Stores) -> MlflowModelRegistry:
    """The registry of this installation."""
    return MlflowModelRegistry(stores.url, home.artifacts)


def read_current_table(spec: ModelSpec, home: Home) -> TrainingData:
    """The current table of a model; broken rows go to the home's quarantine."""
    return _read(spec, home, home.datastore().current(spec.table.name))


def read_table_version(spec: ModelSpec, home: Home, version: str) -> TrainingData:
    """A version of a model's table, as ``read_current_table`` reads the current one."""
    return _read(spec, home, home.datastore().intact(spec.table.name, version))


def _read(spec: ModelSpec, home: Home, dataset: DatasetReference) -> TrainingData:
    quarantine_file = home.quarantine / f"{dataset.name}-{dataset.version}.csv"
    table_read = read_training_table(
        dataset.path, spec.contract, quarantine_file, spec.table.preparation, dataset.mapping
    )
    return TrainingData(dataset, table_read.table, table_read.broken, table_read.quarantine_file)


def run_self_test(home: Home, model: str, files: Path, digest: str) -> None:
    """Load the candidate for the first time where it can do no harm: in a limited child process.

    Raises:
        ArtifactRefusedError: it cannot be loaded, or does not answer its stored rows as it did.
        UnavailableError: the child cannot be started.
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
