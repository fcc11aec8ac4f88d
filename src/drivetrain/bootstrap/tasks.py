"""Background tasks, wired for those who defer them and look after them: which there are, and where they wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from drivetrain.adapters.http.table_uploads import TableUpload
from drivetrain.adapters.http.tasks import status_as_dict, task_as_dict
from drivetrain.adapters.postgres.database import open_engine, transaction
from drivetrain.adapters.postgres.task_desk import PostgresTaskDesk
from drivetrain.adapters.postgres.task_queue import PostgresTaskQueue, open_tasks
from drivetrain.bootstrap.installation import database, existing_home
from drivetrain.bootstrap.platform_tasks import (
    ADD_TABLE,
    PREVIEW_TABLE,
    PREVIEW_VERSION,
    TRAIN_MODEL,
    job_task,
    job_tasks,
    platform_tasks,
    training_arguments,
)
from drivetrain.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    TooManyRequestsError,
)
from drivetrain.core.health import Condition
from drivetrain.core.time import Clock, iso_utc
from drivetrain.lifecycle.kit.products import ProductCard
from drivetrain.lifecycle.kit.task_records import TaskDesk, TaskFilter, TaskRecord, TaskState
from drivetrain.lifecycle.kit.tasks import Task, TaskQueue
from drivetrain.lifecycle.releasing.replay import Window
from drivetrain.products import PRODUCTS, model_named
from drivetrain.settings import Settings

NONE_FOR = timedelta(seconds=60)
"""How long no process may do tasks before that is shown: after a start, and while one is started again."""

LOOK_EVERY_S = 5.0

MOST_WAITING = 50
"""Uploads that wait for their job, each of them on the disk; or replays, each of them minutes of work."""

_RETRY_AFTER_S = 5


def installed_tasks(settings: Settings, products: Sequence[ProductCard] = PRODUCTS) -> Mapping[str, Task]:
    """The tasks of the platform and of some products, by name."""
    of_products = (task for product in products for task in product.tasks)
    return known_tasks((*platform_tasks(settings), *job_tasks(products), *of_products))


class BackgroundTasks:
    """Background tasks as a serving process sees them: deferred, looked after, and whether anybody does them."""

    def __init__(self, engine: Engine, tasks: Mapping[str, Task], clock: Clock) -> None:
        self.queue = task_queue(tasks)
        self.desk = PostgresTaskDesk(engine)
        self._engine = engine
        self._clock = clock
        self._worked_at = clock.now()
        self.condition = Condition("tasks", "ok")

    def train(self, model: str, settings: Mapping[str, Any], actor: str) -> TaskRecord:
        """Defer the training of a model; trainings of one model follow each other.

        Raises:
            InvalidInputError: ``train.bad_recipe``, at each setting.
        """
        recipe = model_named(model).recipe
        recipe.from_settings(settings, recipe, within="/settings")
        arguments = training_arguments(model, settings)
        with transaction(self._engine) as connection:
            task_id = self.queue.defer(connection, TRAIN_MODEL, arguments, lock=f"train {model}", actor=actor)
        return self.desk.get(task_id)

    def preview_version(self, model: str, version: str, window: Window, actor: str) -> TaskRecord:
        """Defer the replay of a window with a version.

        Raises:
            TooManyRequestsError: as many of these wait as may.
        """
        arguments = {
            "model": model,
            "version": version,
            "since": iso_utc(window.since),
            "until": iso_utc(window.until),
            "most": window.most,
        }
        return self._defer_bounded(PREVIEW_VERSION, arguments, actor)

    def preview(self, upload: TableUpload, actor: str) -> TaskRecord:
        """Defer the preview of an uploaded table.

        Raises:
            TooManyRequestsError: as many uploads wait as may.
        """
        return self._defer_bounded(
            PREVIEW_TABLE,
            {"name": upload.name, "file": _waiting(upload), "mapping": list(upload.mapping)},
            actor,
        )

    def add(self, upload: TableUpload, actor: str) -> TaskRecord:
        """Defer judging and adding an uploaded table.

        Raises:
            TooManyRequestsError: as many uploads wait as may.
        """
        plain = {**asdict(upload), "file": _waiting(upload), "mapping": list(upload.mapping)}
        return self._defer_bounded(ADD_TABLE, plain, actor)

    def _defer_bounded(self, task: str, arguments: Mapping[str, Any], actor: str) -> TaskRecord:
        with transaction(self._engine) as connection:
            refuse_more(connection, task, MOST_WAITING)
            task_id = self.queue.defer(connection, task, arguments, actor=actor)
        return self.desk.get(task_id)

    def look(self) -> None:
        """See whether anybody does tasks.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        now = self._clock.now()
        if self.desk.workers():
            self._worked_at = now
        is_long_ago = now - self._worked_at > NONE_FOR
        self.condition = (
            Condition("tasks", "degraded", "No process does background tasks; `drivetrain work` starts one.")
            if is_long_ago
            else Condition("tasks", "ok")
        )


def _waiting(upload: TableUpload) -> str:
    """Where the file waits below the folder of uploads: tasks are shown, and the home may move meanwhile."""
    return f"{upload.file.parent.name}/{upload.file.name}"


class TaskJobs:
    """The port ``JobStarter``: jobs as background tasks."""

    def __init__(self, engine: Engine, queue: TaskQueue, products: Sequence[ProductCard]) -> None:
        self._engine = engine
        self._queue = queue
        self._tasks = {name: job_task(product.name, name) for product in products for name in product.jobs}

    def start(
        self, job: str, *arguments: str, connection: Connection | None = None, actor: str = "platform"
    ) -> None:
        """Have a job done, with a transaction or at once.

        Raises:
            TooManyRequestsError: as many of these jobs wait as may.
            UnavailableError: the database cannot be reached.
        """
        if connection is not None:
            self._defer(connection, job, arguments, actor)
            return
        with transaction(self._engine) as own:
            self._defer(own, job, arguments, actor)

    def _defer(self, connection: Connection, job: str, arguments: Sequence[str], actor: str) -> None:
        task = self._tasks[job]
        most = MOST_WAITING if arguments else 1  # without arguments two are the same work
        refuse_more(connection, task, most)
        self._queue.defer(connection, task, {"arguments": list(arguments)}, actor=actor)


def refuse_more(connection: Connection, task: str, most: int) -> None:
    """Keep the number of tasks of a name that wait within a bound.

    Raises:
        TooManyRequestsError: there are ``most`` already.
    """
    if open_tasks(connection, task) >= most:
        raise TooManyRequestsError(
            "As many of these wait as may; send this one again later.", retry_after_s=_RETRY_AFTER_S
        )


class TaskCommands:
    """What people ask of tasks at a command line, as plain values."""

    def __init__(self, desk: TaskDesk) -> None:
        self._desk = desk

    def find(self, *, state: str | None, name: str | None, most: int) -> list[dict[str, Any]]:
        """Tasks, newest first.

        Raises:
            InvalidInputError: there is no such state.
        """
        if state is not None and state not in set(TaskState):
            raise InvalidInputError(
                f"A task is {', '.join(TaskState)}; not {state!r}.", code="tasks.unknown_state"
            )
        chosen = TaskFilter(None if state is None else TaskState(state), name, most=most)
        return [dict(task_as_dict(record)) for record in self._desk.find(chosen)]

    def get(self, task_id: str) -> dict[str, Any]:
        """One task."""
        return dict(task_as_dict(self._desk.get(task_id)))

    def retry(self, task_id: str) -> dict[str, Any]:
        """Try a task again."""
        return dict(task_as_dict(self._desk.retry(task_id)))

    def cancel(self, task_id: str) -> dict[str, Any]:
        """Cancel a task."""
        return dict(task_as_dict(self._desk.cancel(task_id)))

    def status(self) -> dict[str, Any]:
        """Queues and workers."""
        return dict(status_as_dict(self._desk))


@contextmanager
def task_commands(settings: Settings) -> Iterator[TaskCommands]:
    """The commands on the database of the running platform, or one that is started for as long as the block runs.

    Raises:
        NotFoundError: there is no home or database yet.
    """
    home = existing_home(settings, with_database=True)
    with database(settings, home) as url:
        engine = open_engine(url, pool_size=1)
        try:
            yield TaskCommands(PostgresTaskDesk(engine))
        finally:
            engine.dispose()


def known_tasks(tasks: Sequence[Task]) -> Mapping[str, Task]:
    """Tasks by name.

    Raises:
        ConflictError: ``platform.name_taken``; two have one name.
        ConflictError: ``platform.queue_mixed``; a queue has tasks that run in children and tasks that do not.
    """
    for name, count in Counter(task.name for task in tasks).items():
        if count > 1:
            raise ConflictError(
                f"The task {name!r} is declared twice; choose another name.", code="platform.name_taken"
            )
    in_children = {task.waits_in for task in tasks if task.in_child}
    mixed = sorted(in_children & {task.waits_in for task in tasks if not task.in_child})
    if mixed:
        raise ConflictError(
            f"The queue {mixed[0]!r} has tasks that run in children and others; give one kind another queue.",
            code="platform.queue_mixed",
        )
    return {task.name: task for task in tasks}


def task_queue(tasks: Mapping[str, Task]) -> PostgresTaskQueue:
    """Where these tasks are deferred."""
    return PostgresTaskQueue({name: task.waits_in for name, task in tasks.items()})


def chosen_queues(tasks: Mapping[str, Task], only: Sequence[str]) -> tuple[list[str], list[str]]:
    """The queues to serve: of tasks that run in the process, and of those that run in children.

    Args:
        only: names of queues; empty for all.

    Raises:
        NotFoundError: ``tasks.unknown_queue``.
    """
    light = {task.waits_in for task in tasks.values() if not task.in_child}
    heavy = {task.waits_in for task in tasks.values() if task.in_child}
    for name in only:
        if name not in light | heavy:
            raise NotFoundError(
                f"There is no queue called {name!r}; there are: {', '.join(sorted(light | heavy))}.",
                code="tasks.unknown_queue",
            )
    chosen = set(only) or light | heavy
    return sorted(light & chosen), sorted(heavy & chosen)
