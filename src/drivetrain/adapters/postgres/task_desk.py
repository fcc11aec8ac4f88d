"""Looking after background tasks: which there are, what waits, who works; retry, cancel, and what is left behind."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, and_, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.tables import task_workers, tasks
from drivetrain.adapters.postgres.task_queue import delete_job, queued_job
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.lifecycle.kit.task_records import (
    QueueDepth,
    TaskFailure,
    TaskFilter,
    TaskProgress,
    TaskRecord,
    TaskState,
    TaskWorker,
)

ALIVE_WITHIN_S = 30
"""A process that was not heard of for so long is given up, and its tasks begin again."""

KEPT_AFTER_SUCCESS = timedelta(days=7)
KEPT_AFTER_FAILURE = timedelta(days=30)
MOST_DELETED = 5_000
"""Rows in one transaction."""

_ENDED = (TaskState.SUCCEEDED.value, TaskState.FAILED.value, TaskState.CANCELLED.value)

_STALLED = text(
    "SELECT j.id, j.abort_requested, j.args ->> 'task_id' AS task_id"
    " FROM procrastinate.procrastinate_jobs j"
    " LEFT JOIN procrastinate.procrastinate_workers w ON w.id = j.worker_id"
    " WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => :alive_s))"
    " FOR UPDATE OF j SKIP LOCKED"
)
_RETRY = text("SELECT procrastinate.procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")
_UNREGISTER = text("SELECT procrastinate.procrastinate_unregister_worker_v1(:id)")
_ABORT = text("SELECT procrastinate.procrastinate_cancel_job_v1(:id, true, false)")
_ORPHANS = text(
    "SELECT task_id, queue, lock FROM drivetrain.tasks t WHERE state IN ('queued', 'running')"
    " AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_jobs j WHERE j.id = t.job_id)"
    " FOR UPDATE SKIP LOCKED"
)


class PostgresTaskDesk:
    """The port ``TaskDesk``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, task_id: str) -> TaskRecord:
        """One task.

        Raises:
            NotFoundError: ``tasks.not_found``.
        """
        with transaction(self._engine) as connection:
            return _record(_row(connection, task_id))

    def find(self, chosen: TaskFilter) -> Sequence[TaskRecord]:
        """Tasks, newest first."""
        columns, query = tasks.c, select(tasks)
        if chosen.state is not None:
            query = query.where(columns.state == chosen.state.value)
        if chosen.name is not None:
            query = query.where(columns.name == chosen.name)
        if chosen.before is not None:
            query = query.where(columns.task_id < _known_form(chosen.before))
        with transaction(self._engine) as connection:
            rows = connection.execute(query.order_by(columns.task_id.desc()).limit(chosen.most))
            return [_record(row) for row in rows]

    def retry(self, task_id: str) -> TaskRecord:
        """Queue a task again that failed or was cancelled.

        Raises:
            NotFoundError: ``tasks.not_found``.
            ConflictError: ``tasks.not_ended``.
        """
        with transaction(self._engine) as connection:
            row = _row(connection, task_id, for_update=True)
            if row.state not in {TaskState.FAILED.value, TaskState.CANCELLED.value}:
                raise ConflictError(
                    f"The task is {row.state}; only one that failed or was cancelled can be tried again.",
                    code="tasks.not_ended",
                )
            values = {
                "state": TaskState.QUEUED.value,
                "attempts": 0,
                "cancel_requested": False,
                "due_at": func.now(),
                "finished_at": None,
                "job_id": queued_job(connection, task_id, row.queue, row.lock, None),
            }
            connection.execute(update(tasks).where(tasks.c.task_id == row.task_id).values(**values))
            return _record(_row(connection, task_id))

    def cancel(self, task_id: str) -> TaskRecord:
        """End a task: a queued one at once, a running one as soon as it looks up.

        Raises:
            NotFoundError: ``tasks.not_found``.
            ConflictError: ``tasks.ended``.
        """
        with transaction(self._engine) as connection:
            row = _row(connection, task_id, for_update=True)
            if row.state in _ENDED:
                raise ConflictError(f"The task has {row.state} already.", code="tasks.ended")
            if row.state == TaskState.RUNNING.value:
                connection.execute(_ABORT, {"id": row.job_id})
                values: dict[str, Any] = {"cancel_requested": True}
            else:
                delete_job(connection, row.job_id)
                values = {
                    "state": TaskState.CANCELLED.value,
                    "cancel_requested": True,
                    "finished_at": func.now(),
                }
            connection.execute(update(tasks).where(tasks.c.task_id == row.task_id).values(**values))
            return _record(_row(connection, task_id))

    def depths(self) -> Sequence[QueueDepth]:
        """How much waits in each queue that is not empty."""
        columns = tasks.c
        is_queued = columns.state == TaskState.QUEUED.value
        is_due = and_(is_queued, columns.due_at <= func.now())
        counted = (
            select(
                columns.queue,
                func.count().filter(is_due).label("queued"),
                func.count().filter(is_queued, columns.due_at > func.now()).label("scheduled"),
                func.count().filter(columns.state == TaskState.RUNNING.value).label("running"),
                func.min(columns.due_at).filter(is_due).label("oldest_due_at"),
            )
            .where(columns.state.in_([TaskState.QUEUED.value, TaskState.RUNNING.value]))
            .group_by(columns.queue)
            .order_by(columns.queue)
        )
        with transaction(self._engine) as connection:
            return [QueueDepth(**row._mapping) for row in connection.execute(counted)]

    def workers(self) -> Sequence[TaskWorker]:
        """The processes that were heard of lately."""
        columns = task_workers.c
        names = ("host", "pid", "queues", "started_at", "seen_at", "running")
        alive = select(*(columns[name] for name in names)).where(columns.seen_at > _alive_since())
        with transaction(self._engine) as connection:
            return [
                TaskWorker(**row._mapping) for row in connection.execute(alive.order_by(columns.started_at))
            ]


class PostgresTaskWorkers:
    """Reports one process that does tasks, and gives the tasks of lost ones back to the queue.

    Nothing else does that: the queue leaves the jobs of a killed worker as they are. It is no task, because a task
    can be lost itself.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ids: dict[
            int, UUID
        ] = {}  # new ones at every start: a process that is started again is another one
        self._host = socket.gethostname()

    @property
    def name(self) -> str:
        """For records: ``host:pid``."""
        return f"{self._host}:{os.getpid()}"

    def report(self, queue_worker_id: int, queues: Sequence[str], running: int) -> None:
        """Say that this process serves some queues, and how many of their tasks it has in hand.

        Args:
            queue_worker_id: as procrastinate knows it.
        """
        worker_id = self._ids.setdefault(queue_worker_id, UUID(new_id()))
        values = {"queue_worker_id": queue_worker_id, "running": running, "seen_at": func.now()}
        own = {"worker_id": worker_id, "host": self._host, "pid": os.getpid(), "queues": list(queues)}
        upsert = (
            insert(task_workers)
            .values(**own, **values)
            .on_conflict_do_update(index_elements=["worker_id"], set_=values)
        )
        with transaction(self._engine) as connection:
            connection.execute(upsert)

    def leave(self) -> None:
        """Say that this process ends."""
        with transaction(self._engine) as connection:
            connection.execute(delete(task_workers).where(task_workers.c.worker_id.in_(self._ids.values())))

    def sweep(self) -> int:
        """Give back what lost processes had in hand, and what has no job any more; how many tasks that were."""
        with transaction(self._engine) as connection:
            self._forget_lost(connection)
            stalled = connection.execute(_STALLED, {"alive_s": ALIVE_WITHIN_S}).all()
            for job in stalled:
                _give_back(connection, job)
            orphans = connection.execute(_ORPHANS).all()
            for orphan in orphans:
                _queue_again(connection, orphan)
        return len(stalled) + len(orphans)

    def clean(self) -> int:
        """Remove records of tasks that ended long ago; how many, at most ``MOST_DELETED``."""
        columns, now = tasks.c, func.now()
        is_old = or_(
            and_(
                columns.state == TaskState.SUCCEEDED.value,
                columns.finished_at < now - KEPT_AFTER_SUCCESS,
            ),
            and_(columns.state.in_(_ENDED), columns.finished_at < now - KEPT_AFTER_FAILURE),
        )
        old = select(columns.task_id).where(is_old).limit(MOST_DELETED)
        with transaction(self._engine) as connection:
            return connection.execute(delete(tasks).where(columns.task_id.in_(old))).rowcount

    def _forget_lost(self, connection: Connection) -> None:
        """Remove the rows of processes that are gone: on this host at once, on others after a while."""
        columns = task_workers.c
        rows = connection.execute(
            select(
                columns.worker_id,
                columns.queue_worker_id,
                columns.host,
                columns.pid,
                (columns.seen_at < _alive_since()).label("is_silent"),
            ).where(columns.worker_id.not_in(self._ids.values()))
        ).all()
        for row in rows:
            if row.is_silent or (row.host == self._host and self._has_ended(row.pid)):
                connection.execute(_UNREGISTER, {"id": row.queue_worker_id})
                connection.execute(delete(task_workers).where(columns.worker_id == row.worker_id))

    def _has_ended(self, pid: int) -> bool:
        """True for a former process of this host; in a container the next one may have its very number."""
        return pid == os.getpid() or not _is_alive(pid)


def _give_back(connection: Connection, job: Row[Any]) -> None:
    """Queue the task of a lost process again; one that was to be cancelled is cancelled."""
    running = and_(tasks.c.job_id == job.id, tasks.c.state == TaskState.RUNNING.value)
    if job.abort_requested:
        connection.execute(
            text("DELETE FROM procrastinate.procrastinate_jobs WHERE id = :id"), {"id": job.id}
        )
        ended = {"state": TaskState.CANCELLED.value, "finished_at": func.now()}
        connection.execute(update(tasks).where(running).values(**ended))
        return
    connection.execute(_RETRY, {"id": job.id})
    lost = {
        "state": TaskState.QUEUED.value,
        "due_at": func.now(),
        "error_code": "tasks.worker_lost",
        "error_detail": "The process that did the task ended before it was done.",
    }
    connection.execute(update(tasks).where(running).values(**lost))


def _queue_again(connection: Connection, orphan: Row[Any]) -> None:
    job_id = queued_job(connection, str(orphan.task_id), orphan.queue, orphan.lock, None)
    values = {"state": TaskState.QUEUED.value, "job_id": job_id}
    connection.execute(update(tasks).where(tasks.c.task_id == orphan.task_id).values(**values))


def _alive_since() -> Any:
    return func.now() - timedelta(seconds=ALIVE_WITHIN_S)


def _is_alive(pid: int) -> bool:
    """True for a process of this host, also of another user, that has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _row(connection: Connection, task_id: str, *, for_update: bool = False) -> Row[Any]:
    query = select(tasks).where(tasks.c.task_id == _known_form(task_id))
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        raise _not_found()
    return row


def _known_form(task_id: str) -> UUID:
    try:
        return UUID(task_id)
    except ValueError:
        raise _not_found() from None


def _not_found() -> NotFoundError:
    return NotFoundError("There is no task of this id.", code="tasks.not_found")


def _record(row: Row[Any]) -> TaskRecord:
    failure = None if row.error_code is None else TaskFailure(row.error_code, row.error_detail or "")
    instants: dict[str, datetime | None] = {
        name: row._mapping[name] for name in ("started_at", "heartbeat_at", "finished_at")
    }
    return TaskRecord(
        task_id=str(row.task_id),
        name=row.name,
        queue=row.queue,
        arguments=row.arguments,
        actor=row.actor,
        state=TaskState(row.state),
        created_at=row.created_at,
        due_at=row.due_at,
        attempts=row.attempts,
        worker=row.worker,
        **instants,
        progress=TaskProgress(row.stage, row.done, row.total, row.unit),
        cancel_requested=row.cancel_requested,
        failure=failure,
        result=row.result,
    )
