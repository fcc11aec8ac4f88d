"""MLflow as the registry: a run for each training, a numbered version for each candidate, aliases shown.

MLflow's tables live in the platform's own PostgreSQL (schema ``mlflow``) and its files under the
home; no MLflow server runs. With ``DRIVETRAIN_DATABASE_URL`` the same tables are on that server.
Importing MLflow takes a second and 80 MiB, so only training and the command line import this module.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # nothing leaves the installation
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")

from mlflow import MlflowClient
from mlflow.exceptions import (
    ExecutionException,
    MissingConfigException,
    MlflowException,
    MlflowNotImplementedException,
    MlflowTracingException,
)
from sqlalchemy import exc

from drivetrain.core.errors import UnavailableError
from drivetrain.core.files import sync, sync_tree
from drivetrain.lifecycle.releasing.registry import Alias, Candidate, ModelVersion

_SCHEMA = "mlflow"


class MlflowModelRegistry:
    """The port ``ModelRegistry`` in MLflow; what its methods do stands there.

    Args:
        database_url: libpq URL of the platform's database.
        artifacts: folder under which the files of every version are kept; a version's location is relative to
            it.
    """

    def __init__(self, database_url: str, artifacts: Path) -> None:
        self._uri = tracking_uri(database_url)
        self._artifacts = artifacts.resolve()
        self._client: MlflowClient | None = None

    def register(self, candidate: Candidate) -> ModelVersion:
        with _translating():
            client = self._open()
            run = client.create_run(
                self._experiment(client, candidate.model), run_name=candidate.manifest_sha256[:12]
            )
            run_id = run.info.run_id
            for name, value in candidate.params.items():
                client.log_param(run_id, name, value)
            for name, value in candidate.metrics.items():
                client.log_metric(run_id, name, value)
            client.set_tag(run_id, "manifest_sha256", candidate.manifest_sha256)
            client.set_tag(run_id, "dataset_sha256", candidate.dataset["sha256"])
            client.set_tag(run_id, "synthetic", str(candidate.is_synthetic).lower())
            client.set_tag(run_id, "mlflow.note.content", candidate.card_markdown)
            location = Path(candidate.model) / run_id
            self._keep(candidate.folder, location)
            version = client.create_model_version(candidate.model, str(self._artifacts / location), run_id)
            client.set_terminated(run_id)
        return ModelVersion(
            model=candidate.model,
            version=str(version.version),
            created_at=datetime.now(UTC),
            location=str(location),
            manifest_sha256=candidate.manifest_sha256,
            metrics=candidate.metrics,
            report=candidate.report,
            dataset=candidate.dataset,
            is_synthetic=candidate.is_synthetic,
            run_id=run_id,
        )

    def mirror_alias(self, model: str, alias: Alias, version: str | None) -> None:
        with _translating():
            if version is None:
                self._open().delete_registered_model_alias(model, alias.value)
            else:
                self._open().set_registered_model_alias(model, alias.value, version)

    def _keep(self, folder: Path, location: Path) -> None:
        """Copy the files in, whole or not at all.

        Not by MLflow, which would fix the home's absolute path for ever.
        """
        unfinished = self._artifacts / location.with_name(f".{location.name}")
        shutil.copytree(folder, unfinished)
        sync_tree(unfinished)
        unfinished.replace(self._artifacts / location)
        sync(unfinished.parent)

    def _open(self) -> MlflowClient:
        if self._client is None:
            self._client = MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)
        return self._client

    def _experiment(self, client: MlflowClient, model: str) -> str:
        if not client.search_registered_models(f"name = '{model}'"):
            client.create_registered_model(model)
        experiment = client.get_experiment_by_name(model)
        if experiment is not None:
            return str(experiment.experiment_id)
        return str(client.create_experiment(model, artifact_location=str(self._artifacts / model)))


def tracking_uri(database_url: str) -> str:
    """The platform's database as MLflow's store, with its own schema first in the search path."""
    separator = "&" if "?" in database_url else "?"
    driver = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    return f"{driver}{separator}options={quote(f'-csearch_path={_SCHEMA}', safe='')}"


UNAVAILABLE: tuple[type[Exception], ...] = (
    MlflowException,  # what its stores raise for whatever goes wrong in its tables, an unreachable server included
    exc.DBAPIError,  # the same, where MLflow connects for the first time
    exc.TimeoutError,
    OSError,  # files that cannot be copied
)
"""Whatever stops MLflow: training registers nothing then, and what is live does not depend on it."""

NOT_OURS: tuple[type[Exception], ...] = (
    MlflowTracingException,
    ExecutionException,
    MissingConfigException,
    MlflowNotImplementedException,
)
"""Of parts of MLflow that are not used here: where one comes, it is our bug."""


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except NOT_OURS:
        raise
    except UNAVAILABLE as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnavailableError(
            f"The model registry cannot be used: {first}", code="registry.unavailable"
        ) from error
