"""How background tasks stand: the record of each, its attempts, and the processes that do them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from drivetrain.core.errors import ConflictError
from drivetrain.lifecycle.kit.tasks import Arguments, Result


class AttemptEndedError(ConflictError):
    """The task was cancelled, or another attempt at it has begun: this one should end."""

    code = "tasks.superseded"
    title = "The attempt has ended"


class TaskState(StrEnum):
    """How far a task is. Only a queued or running one changes by itself."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """Why the last attempt did not succeed: a stable code, and a sentence without secrets."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """How far an attempt is: units done in its stage, of how many (0 for unknown)."""

    stage: str = ""
    done: int = 0
    total: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task as it stands now.

    Attributes:
        due_at: before it, a queued task is not begun.
        attempts: how many have begun.
        worker: ``host:pid`` of the process that does it, or did last; None before the first attempt.
        heartbeat_at: when the attempt was last heard of.
        failure: of the last attempt that failed, also while the task waits for the next; None after success.
        result: of one that succeeded; None where it has none.
    """

    task_id: str
    name: str
    queue: str
    arguments: Arguments
    actor: str
    state: TaskState
    created_at: datetime
    due_at: datetime
    attempts: int
    worker: str | None
    started_at: datetime | None
    heartbeat_at: datetime | None
    finished_at: datetime | None
    progress: TaskProgress
    cancel_requested: bool
    failure: TaskFailure | None
    result: Result | None


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to list, newest first.

    Attributes:
        before: only those deferred before the task of this id.
        most: how many at most, >= 1.
    """

    state: TaskState | None = None
    name: str | None = None
    before: str | None = None
    most: int = 50


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How much waits in a queue.

    Attributes:
        queued: tasks that are due and wait for a worker.
        scheduled: tasks that wait for their time.
        oldest_due_at: since when the oldest of those that are due is due.
    """

    queue: str
    queued: int
    scheduled: int
    running: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class TaskWorker:
    """A process that does tasks.

    Attributes:
        queues: which it serves; empty for all.
        running: tasks it has in hand.
    """

    host: str
    pid: int
    queues: Sequence[str]
    started_at: datetime
    seen_at: datetime
    running: int


class TaskDesk(Protocol):
    """Where people look after tasks. Every method raises UnavailableError while the database cannot be reached."""

    def get(self, task_id: str) -> TaskRecord:
        """One task.

        Raises:
            NotFoundError: ``tasks.not_found``.
        """
        ...

    def find(self, chosen: TaskFilter) -> Sequence[TaskRecord]:
        """Tasks, newest first."""
        ...

    def retry(self, task_id: str) -> TaskRecord:
        """Queue a task again that failed or was cancelled; its attempts are counted anew.

        Raises:
            NotFoundError: ``tasks.not_found``.
            ConflictError: ``tasks.not_ended``; it is queued, running or has succeeded.
        """
        ...

    def cancel(self, task_id: str) -> TaskRecord:
        """End a task: a queued one at once, a running one as soon as it looks up.

        Raises:
            NotFoundError: ``tasks.not_found``.
            ConflictError: ``tasks.ended``; it has ended already.
        """
        ...

    def depths(self) -> Sequence[QueueDepth]:
        """How much waits in each queue that is not empty."""
        ...

    def workers(self) -> Sequence[TaskWorker]:
        """The processes that were heard of lately."""
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a task that has begun.

    Attributes:
        number: 1 for the first.
    """

    task_id: str
    name: str
    arguments: Arguments
    actor: str
    number: int


class AttemptStore(Protocol):
    """Where attempts are noted; an attempt that is not the last one of its task changes nothing.

    Every method raises UnavailableError while the database cannot be reached.
    """

    def begin(self, task_id: str, job_id: int, worker: str) -> Attempt | None:
        """Begin the next attempt; None where the task has ended or the job of the queue no longer stands for it."""
        ...

    def beat(self, attempt: Attempt, progress: TaskProgress) -> bool:
        """Note that the attempt goes on, and how far it is; False where it should end, cancelled or superseded."""
        ...

    def effect(self, attempt: Attempt, result: Mapping[str, Any] | None) -> AbstractContextManager[Any]:
        """A transaction that commits with the task's success.

        Raises:
            AttemptEndedError: nothing is changed.
        """
        ...

    def succeed(self, attempt: Attempt, result: Mapping[str, Any] | None) -> None:
        """Note that the task has succeeded, if its effect has not noted it."""
        ...

    def postpone(self, attempt: Attempt, failure: TaskFailure, pause_s: float) -> None:
        """Note a failure after which another attempt follows."""
        ...

    def fail(self, attempt: Attempt, failure: TaskFailure) -> None:
        """Note a failure that is the last."""
        ...

    def drop(self, attempt: Attempt) -> None:
        """Note that the attempt was ended because the task is cancelled."""
        ...
