"""Training in the background."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drivetrain.bootstrap.installation import home_of, open_stores
from drivetrain.bootstrap.platform_tasks import TRAIN_MODEL, training_arguments
from drivetrain.bootstrap.training import training_of
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.tasks import TaskPorts
from drivetrain.lifecycle.releasing.registry import ModelVersion
from drivetrain.products import MODELS, model_named
from drivetrain.settings import Settings


def train_model(ports: TaskPorts, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Train the model named; the version and what the gate said.

    An attempt that follows one that was killed after the version was registered finds it, and trains nothing. One that
    was killed between the registry and the catalog leaves files and a run in the registry, which no version names.

    Raises:
        NotFoundError: there is no such model, or no table yet.
        InvalidInputError: the table or the settings cannot be used.
    """
    settings = Settings()
    spec = model_named(arguments["model"])
    home = home_of(settings)
    stores = open_stores(settings, home, ports.database.url)
    training = training_of(spec, home, stores, approvals=settings.promotion_approvals)
    result = training(arguments["settings"], actor=ports.actor, progress=progress, task_id=ports.task_id)
    return {
        "model": spec.name,
        "version": result.version.version,
        "is_champion": result.is_champion,
        "gate": result.verdict.as_dict(),
        "broken_rows": result.version.report["broken_rows"],
    }


def retrain_models(ports: TaskPorts, _: Mapping[str, Any], progress: Progress) -> None:
    """Defer a training of each model whose current table is not the one its live version learned from."""
    outdated = [
        model.name
        for model in MODELS
        if _is_outdated(
            ports.database.catalog.champion(model.name),
            ports.installation.tables.current(model.table.name).version,
        )
    ]
    with ports.effect({"models": outdated}) as connection:
        for name in outdated:
            arguments = training_arguments(name, {})
            key = f"{ports.task_id} {name}"
            ports.queue.defer(connection, TRAIN_MODEL, arguments, key=key, actor=ports.actor)


def _is_outdated(champion: ModelVersion | None, table_version: str) -> bool:
    return champion is None or champion.dataset["version"] != table_version
