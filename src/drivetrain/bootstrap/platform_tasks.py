"""The platform's own background tasks: training a model, and retraining by the clock.

Light: every process that defers tasks imports it. What a task works with is imported when it runs, in a child.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drivetrain.lifecycle.kit.imports import when_called
from drivetrain.lifecycle.kit.tasks import Task
from drivetrain.settings import Settings

TRAIN_MODEL = "models.train"
RETRAIN_MODELS = "models.retrain"


def platform_tasks(settings: Settings) -> tuple[Task, ...]:
    """Those that an installation has."""
    return (
        Task(
            TRAIN_MODEL,
            "Train a model on its current table, register the version, and let the gate decide whether it goes live.",
            when_called("drivetrain.bootstrap.training_tasks:train_model"),
            retries=1,
            in_child=True,
        ),
        Task(
            RETRAIN_MODELS,
            "Have every model trained whose table was replaced since its live version was trained.",
            when_called("drivetrain.bootstrap.training_tasks:retrain_models"),
            cron=settings.retraining_cron,
            in_child=True,
        ),
    )


def training_arguments(model: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the training of a model is told."""
    return {"model": model, "settings": dict(settings)}
