"""The platform's own background tasks: training a model, and retraining and backups by the clock.

Light: every process that defers tasks imports it. What a task works with is imported when it runs, in a child.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.imports import when_called
from drivetrain.lifecycle.kit.jobs import Job, JobPorts
from drivetrain.lifecycle.kit.products import ProductCard
from drivetrain.lifecycle.kit.tasks import Arguments, Task, TaskPorts
from drivetrain.settings import Settings

TRAIN_MODEL = "models.train"
RETRAIN_MODELS = "models.retrain"
MAKE_BACKUP = "backups.make"
PREVIEW_VERSION = "models.preview"
PREVIEW_TABLE = "tables.preview"
ADD_TABLE = "tables.add"
JOBS_QUEUE = "jobs"
"""Beside the queue of trainings: somebody waits for an analysis, and a training takes minutes."""


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
        Task(
            MAKE_BACKUP,
            "Make a backup, verify it, and remove those that are too many.",
            when_called("drivetrain.bootstrap.backups.scheduled:keep_backups"),
            retries=3,
            cron=settings.backup_cron if settings.backup_folder is not None else None,
            in_child=True,
        ),
        Task(
            PREVIEW_VERSION,
            "Replay logged decisions with a version, and report what would have changed and for whom.",
            when_called("drivetrain.bootstrap.replay_tasks:preview_version"),
            retries=1,
            in_child=True,
            queue=JOBS_QUEUE,
        ),
        Task(
            PREVIEW_TABLE,
            "Read an uploaded file as a table, and say what would be refused.",
            when_called("drivetrain.bootstrap.table_tasks:preview_upload"),
            retries=1,
            in_child=True,
            queue=JOBS_QUEUE,
        ),
        Task(
            ADD_TABLE,
            "Judge an uploaded file and make it the current version of its table.",
            when_called("drivetrain.bootstrap.table_tasks:add_upload"),
            retries=1,
            in_child=True,
            queue=JOBS_QUEUE,
        ),
    )


def job_tasks(products: Sequence[ProductCard]) -> tuple[Task, ...]:
    """The jobs of products as tasks; their name is that of the product and the job."""
    return tuple(
        Task(
            job_task(product.name, name),
            f"Job {name} of {product.name}.",
            partial(_run_job, job),
            retries=1,
            in_child=True,
            queue=JOBS_QUEUE,
        )
        for product in products
        for name, job in product.jobs.items()
    )


def job_task(product: str, job: str) -> str:
    """Name of the task of a job."""
    return f"{product}.{job}"


def _run_job(job: Job, ports: TaskPorts, arguments: Arguments, _: Progress) -> None:
    installation = ports.installation
    limits = installation.limits
    job(
        JobPorts(
            engine=ports.database.engine,
            tables=installation.tables,
            quarantine=installation.quarantine,
            uploads=installation.uploads,
            table_rows=limits.rows,
            parse_timeout_s=limits.parse_timeout_s,
            clock=installation.clock,
        ),
        arguments["arguments"],
    )


def training_arguments(model: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the training of a model is told."""
    return {"model": model, "settings": dict(settings)}
