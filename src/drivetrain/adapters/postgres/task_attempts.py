"""Attempts at background tasks, noted in table ``tasks``.

Each change names the number of the attempt, so one that was given up for lost, and comes back, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Update, func, null, text, update

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.tables import tasks
from drivetrain.lifecycle.kit.task_records import (
    Attempt,
    AttemptEndedError,
    TaskFailure,
    TaskProgress,
    TaskState,
)

_LONGEST_DETAIL = 1_000
_OPEN = (TaskState.QUEUED.value, TaskState.RUNNING.value)


FailureNotice = Callable[[Connection, Attempt, TaskFailure], None]
"""Tells people of a task that has failed for good, in the transaction that notes it."""


class PostgresAttempts:
    """The port ``AttemptStore``.

    Args:
        notice: None where nobody is told of failures.
    """

    def __init__(self, engine: Engine, notice: FailureNotice | None = None) -> None:
        self._engine = engine
        self._notice = notice

    def begin(self, task_id: str, job_id: int, worker: str) -> Attempt | None:
        """Begin the next attempt; None where the task has ended or the job no longer stands for it."""
        columns = tasks.c
        begun = (
            update(tasks)
            .where(
                columns.task_id == UUID(task_id),
                columns.job_id == job_id,
                columns.state.in_(_OPEN),
                columns.cancel_requested.is_(False),
            )
            .values(
                state=TaskState.RUNNING.value,
                attempts=columns.attempts + 1,
                worker=worker,
                started_at=func.now(),
                heartbeat_at=func.now(),
                finished_at=None,
                **_columns(TaskProgress()),
            )
            .returning(columns.name, columns.arguments, columns.actor, columns.attempts)
        )
        with transaction(self._engine) as connection:
            row = connection.execute(begun).one_or_none()
        return None if row is None else Attempt(task_id, row.name, row.arguments, row.actor, row.attempts)

    def beat(self, attempt: Attempt, progress: TaskProgress) -> bool:
        """Note that the attempt goes on; False where it should end."""
        noted = (
            _of(attempt)
            .where(tasks.c.cancel_requested.is_(False))
            .values(heartbeat_at=func.now(), **_columns(progress))
        )
        with transaction(self._engine) as connection:
            return connection.execute(noted).rowcount == 1

    @contextmanager
    def effect(self, attempt: Attempt, result: Mapping[str, Any] | None) -> Iterator[Connection]:
        """A transaction that commits with the task's success.

        Raises:
            AttemptEndedError: nothing is changed.
        """
        succeeded = _of(attempt).where(tasks.c.cancel_requested.is_(False)).values(**_success(result))
        with transaction(self._engine) as connection:
            yield connection
            # last, so that the row is locked for a moment only; of two attempts that come here together, the second
            # waits for the first and then finds its number gone
            if connection.execute(succeeded).rowcount != 1:
                raise AttemptEndedError(
                    "The task was cancelled, or another attempt at it has begun; this one changes nothing."
                )

    def succeed(self, attempt: Attempt, result: Mapping[str, Any] | None) -> None:
        """Note that the task has succeeded, if its effect has not noted it."""
        self._change(_of(attempt).values(**_success(result)))

    def postpone(self, attempt: Attempt, failure: TaskFailure, pause_s: float) -> None:
        """Note a failure after which another attempt follows."""
        due_at = func.now() + text("make_interval(secs => :pause_s)").bindparams(pause_s=pause_s)
        self._change(
            _of(attempt).values(
                state=TaskState.QUEUED.value, due_at=due_at, heartbeat_at=func.now(), **_of_failure(failure)
            )
        )

    def fail(self, attempt: Attempt, failure: TaskFailure) -> None:
        """Note a failure that is the last."""
        failed = _of(attempt).values(**_ended(TaskState.FAILED), **_of_failure(failure))
        with transaction(self._engine) as connection:
            is_last = connection.execute(failed).rowcount == 1
            if is_last and self._notice is not None:
                self._notice(connection, attempt, failure)

    def drop(self, attempt: Attempt) -> None:
        """Note that the attempt was ended because the task is cancelled."""
        self._change(
            _of(attempt).where(tasks.c.cancel_requested.is_(True)).values(**_ended(TaskState.CANCELLED))
        )

    def _change(self, change: Update) -> None:
        with transaction(self._engine) as connection:
            connection.execute(change)


def _of(attempt: Attempt) -> Update:
    """A change of the attempt's own row, while it is the last one and runs."""
    return update(tasks).where(
        tasks.c.task_id == UUID(attempt.task_id),
        tasks.c.attempts == attempt.number,
        tasks.c.state == TaskState.RUNNING.value,
    )


def _ended(state: TaskState) -> dict[str, Any]:
    return {"state": state.value, "finished_at": func.now(), "heartbeat_at": func.now()}


def _success(result: Mapping[str, Any] | None) -> dict[str, Any]:
    kept = null() if result is None else dict(result)
    return {**_ended(TaskState.SUCCEEDED), "error_code": None, "error_detail": None, "result": kept}


def _columns(progress: TaskProgress) -> dict[str, Any]:
    return {
        "stage": progress.stage,
        "done": progress.done,
        "total": progress.total,
        "unit": progress.unit,
    }


def _of_failure(failure: TaskFailure) -> dict[str, str]:
    return {"error_code": failure.code, "error_detail": failure.detail[:_LONGEST_DETAIL]}
