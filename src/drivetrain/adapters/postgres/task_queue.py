"""Deferring background tasks, in the transaction of the caller: our record, and a job in procrastinate's queue.

The queue's SQL functions are called and not its Python package, so that a serving process need not import it. The
migration gives each function its own search path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.tables import tasks
from drivetrain.core.errors import ConflictError, InvalidInputError, NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.lifecycle.kit.task_records import TaskState
from drivetrain.lifecycle.kit.tasks import Arguments

JOB = "drivetrain"
"""The one task that procrastinate knows; ours are told apart by their record."""

LARGEST_ARGUMENTS = 16 << 10

_DEFER = text(
    "SELECT (procrastinate.procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :job, 0, :lock, NULL,"
    " jsonb_build_object('task_id', CAST(:task_id AS text)), CAST(:at AS timestamptz))"
    "::procrastinate.procrastinate_job_to_defer_v1]))[1]"
)


class PostgresTaskQueue:
    """The port ``TaskQueue``."""

    def __init__(self, queues: Mapping[str, str]) -> None:
        """Know the tasks that exist.

        Args:
            queues: the queue of each task, by its name.
        """
        self._queues = queues

    def defer(
        self,
        connection: Connection,
        name: str,
        arguments: Arguments,
        *,
        key: str | None = None,
        at: datetime | None = None,
        lock: str | None = None,
        actor: str = "platform",
    ) -> str:
        """Have a task done after the transaction commits; the id of the task."""
        if name not in self._queues:
            raise NotFoundError(f"There is no task called {name!r}.", code="tasks.unknown")
        written = _written(arguments)
        if key is not None and (known := _of_key(connection, name, key)) is not None:
            return known
        task_id, queue = new_id(), self._queues[name]
        job_id = queued_job(connection, task_id, queue, lock, at)
        row = {
            "task_id": UUID(task_id),
            "name": name,
            "queue": queue,
            "arguments": written,
            "key": key,
            "lock": lock,
            "actor": actor,
            "state": TaskState.QUEUED.value,
            "job_id": job_id,
            "due_at": text("now()") if at is None else at,
        }
        added = connection.execute(
            insert(tasks)
            .values(**row)
            .on_conflict_do_nothing(index_elements=["name", "key"], index_where=tasks.c.key.is_not(None))
            .returning(tasks.c.task_id)
        ).scalar()
        if added is None:  # another transaction was first, and has committed: its task is the one
            delete_job(connection, job_id)
            known = None if key is None else _of_key(connection, name, key)
            if known is None:
                raise ConflictError(
                    "The task of this key was just removed; try again.", code="tasks.key_taken"
                )
            return known
        return task_id


def open_tasks(connection: Connection, name: str) -> int:
    """How many tasks of a name have not ended."""
    columns = tasks.c
    is_open = columns.state.in_([TaskState.QUEUED.value, TaskState.RUNNING.value])
    return int(
        connection.scalar(select(func.count()).select_from(tasks).where(columns.name == name, is_open)) or 0
    )


def queued_job(
    connection: Connection, task_id: str, queue: str, lock: str | None, at: datetime | None
) -> int:
    """Put a job into the queue; its number."""
    parameters = {"queue": queue, "job": JOB, "lock": lock, "task_id": task_id, "at": at}
    return int(connection.execute(_DEFER, parameters).scalar_one())


def delete_job(connection: Connection, job_id: int) -> None:
    """Take a job out of the queue, if it is there and has not begun."""
    connection.execute(
        text("DELETE FROM procrastinate.procrastinate_jobs WHERE id = :id AND status = 'todo'"),
        {"id": job_id},
    )


def _of_key(connection: Connection, name: str, key: str) -> str | None:
    known = connection.scalar(select(tasks.c.task_id).where(tasks.c.name == name, tasks.c.key == key))
    return None if known is None else str(known)


def _written(arguments: Arguments) -> dict[str, Any]:
    try:
        written = json.dumps(dict(arguments), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"The arguments of a task must be JSON: {error}.", code="tasks.bad_arguments"
        ) from None
    if len(written) > LARGEST_ARGUMENTS:
        raise InvalidInputError(
            f"The arguments of a task may have {LARGEST_ARGUMENTS} characters; these have {len(written)}.",
            code="tasks.bad_arguments",
        )
    plain: dict[str, Any] = json.loads(written)
    return plain
