"""Routes over background tasks: which there are, what waits, who works; try again, cancel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response
from typing_extensions import TypedDict

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.openapi import answer, documented
from drivetrain.core.access import PlatformScope
from drivetrain.core.time import iso_utc
from drivetrain.lifecycle.kit.task_records import (
    QueueDepth,
    TaskDesk,
    TaskFilter,
    TaskRecord,
    TaskState,
    TaskWorker,
)

MOST_LISTED = 200
_LONGEST_ID = 36

_reads = Needs(PlatformScope.TASKS_READ)
_manages = Needs(PlatformScope.TASKS_MANAGE)


class TaskProgressAnswer(TypedDict):
    """How far a task is: units done in its stage, of how many (0: unknown)."""

    stage: str
    done: int
    total: int
    unit: str


class TaskFailureAnswer(TypedDict):
    """Why the last attempt did not succeed."""

    code: str
    detail: str


class TaskAnswer(TypedDict):
    """A background task. A queued one is not begun before ``due_at``; ``error`` is of the last attempt that failed."""

    task_id: str
    name: str
    queue: str
    arguments: dict[str, Any]
    requested_by: str
    state: TaskState
    created_at: str
    due_at: str
    attempts: int
    worker: str | None
    started_at: str | None
    heartbeat_at: str | None
    finished_at: str | None
    progress: TaskProgressAnswer
    cancel_requested: bool
    error: TaskFailureAnswer | None
    result: dict[str, Any] | None


class TaskList(TypedDict):
    """Tasks, newest first; ``next`` is the cursor of the following page, null at the end."""

    items: list[TaskAnswer]
    next: str | None


class QueueAnswer(TypedDict):
    """How much waits in a queue: due, for its time, in hand; and since when the oldest due one is due."""

    queue: str
    queued: int
    scheduled: int
    running: int
    oldest_due_at: str | None


class TaskWorkerAnswer(TypedDict):
    """Queues that a process serves together, and when it was last heard of."""

    worker: str
    queues: list[str]
    started_at: str
    heartbeat_at: str
    running: int


class TaskStatus(TypedDict):
    """The queues that are not empty, and the processes that do tasks."""

    queues: list[QueueAnswer]
    workers: list[TaskWorkerAnswer]


EXAMPLE: Mapping[str, Any] = {
    "task_id": "01989c3e-7a8e-7c55-b5a5-2f5c1f6f3d10",
    "name": "models.train",
    "queue": "heavy",
    "arguments": {"model": "price", "settings": {}},
    "requested_by": "shop app",
    "state": "running",
    "created_at": "2026-05-01T09:30:00.000000Z",
    "due_at": "2026-05-01T09:30:00.000000Z",
    "attempts": 1,
    "worker": "host-a:4711",
    "started_at": "2026-05-01T09:30:01.000000Z",
    "heartbeat_at": "2026-05-01T09:30:11.000000Z",
    "finished_at": None,
    "progress": {"stage": "cross-validate", "done": 3, "total": 10, "unit": "folds"},
    "cancel_requested": False,
    "error": None,
    "result": None,
}


def task_routes(desk: TaskDesk) -> APIRouter:
    """Routes under ``/tasks``."""
    router = APIRouter(prefix="/tasks", tags=["tasks"])

    @router.get("", dependencies=[Depends(_reads)])
    @documented(
        answer(TaskList, "The tasks, newest first.", example={"items": [EXAMPLE], "next": None}),
        problems=[404, 503],
    )
    def list_tasks(
        state: Annotated[TaskState | None, Query(description="Only tasks in this state.")] = None,
        name: Annotated[str | None, Query(max_length=100, description="Only tasks of this name.")] = None,
        cursor: Annotated[
            str | None, Query(max_length=_LONGEST_ID, description="`next` of the page before.")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="Most tasks on a page.")] = 50,
    ) -> Response:
        """List background tasks, newest first. Records are kept a week after success, a month after failure."""
        page = desk.find(TaskFilter(state, name, before=cursor, most=limit + 1))
        items = [task_as_dict(record) for record in page[:limit]]
        return json_answer({"items": items, "next": items[-1]["task_id"] if len(page) > limit else None})

    @router.get("/status", dependencies=[Depends(_reads)])
    @documented(answer(TaskStatus, "Queues and workers."), problems=[503])
    def show_task_status() -> Response:
        """Show how much waits in each queue, and which processes do tasks."""
        return json_answer(status_as_dict(desk))

    @router.get("/{task_id}", dependencies=[Depends(_reads)])
    @documented(answer(TaskAnswer, "The task.", example=EXAMPLE), problems=[404, 503])
    def show_task(task_id: str) -> Response:
        """Show a task: state, progress, why it failed, what came of it."""
        return json_answer(task_as_dict(desk.get(task_id)))

    @router.post("/{task_id}/retry", dependencies=[Depends(_manages)])
    @documented(answer(TaskAnswer, "The task, queued again.", example=EXAMPLE), problems=[404, 409, 503])
    def retry_task(task_id: str) -> Response:
        """Try a task again that failed or was cancelled; its attempts are counted anew."""
        return json_answer(task_as_dict(desk.retry(task_id)))

    @router.post("/{task_id}/cancel", dependencies=[Depends(_manages)])
    @documented(
        answer(TaskAnswer, "The task, cancelled or asked to end.", example=EXAMPLE), problems=[404, 409, 503]
    )
    def cancel_task(task_id: str) -> Response:
        """Cancel a task: a queued one ends at once, a running one at its next step."""
        return json_answer(task_as_dict(desk.cancel(task_id)))

    return router


def accepted_task(record: TaskRecord) -> Response:
    """The answer to a request that is done in the background, with where to ask."""
    accepted = json_answer(task_as_dict(record), status=202)
    accepted.headers["Location"] = f"/tasks/{record.task_id}"
    return accepted


def task_as_dict(record: TaskRecord) -> TaskAnswer:
    """A task as it stands in an answer."""
    progress, failure = record.progress, record.failure
    return {
        "task_id": record.task_id,
        "name": record.name,
        "queue": record.queue,
        "arguments": dict(record.arguments),
        "requested_by": record.actor,
        "state": record.state,
        "created_at": iso_utc(record.created_at),
        "due_at": iso_utc(record.due_at),
        "attempts": record.attempts,
        "worker": record.worker,
        "started_at": None if record.started_at is None else iso_utc(record.started_at),
        "heartbeat_at": None if record.heartbeat_at is None else iso_utc(record.heartbeat_at),
        "finished_at": None if record.finished_at is None else iso_utc(record.finished_at),
        "progress": {
            "stage": progress.stage,
            "done": progress.done,
            "total": progress.total,
            "unit": progress.unit,
        },
        "cancel_requested": record.cancel_requested,
        "error": None if failure is None else {"code": failure.code, "detail": failure.detail},
        "result": None if record.result is None else dict(record.result),
    }


def status_as_dict(desk: TaskDesk) -> TaskStatus:
    """Queues and workers as they stand in an answer."""
    return {
        "queues": [_queue(depth) for depth in desk.depths()],
        "workers": [_worker(worker) for worker in desk.workers()],
    }


def _queue(depth: QueueDepth) -> QueueAnswer:
    return {
        "queue": depth.queue,
        "queued": depth.queued,
        "scheduled": depth.scheduled,
        "running": depth.running,
        "oldest_due_at": None if depth.oldest_due_at is None else iso_utc(depth.oldest_due_at),
    }


def _worker(worker: TaskWorker) -> TaskWorkerAnswer:
    return {
        "worker": f"{worker.host}:{worker.pid}",
        "queues": list(worker.queues),
        "started_at": iso_utc(worker.started_at),
        "heartbeat_at": iso_utc(worker.seen_at),
        "running": worker.running,
    }
