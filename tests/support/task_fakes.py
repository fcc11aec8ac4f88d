"""Background tasks for unit tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.kit.task_records import (
    QueueDepth,
    TaskFilter,
    TaskProgress,
    TaskRecord,
    TaskState,
    TaskWorker,
)

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def task_record(**changes: Any) -> TaskRecord:
    """A queued task, but for the changes."""
    record = TaskRecord(
        task_id="01989c3e-7a8e-7c55-b5a5-2f5c1f6f3d10",
        name="mail.send",
        queue="default",
        arguments={},
        actor="ada",
        state=TaskState.QUEUED,
        created_at=AT,
        due_at=AT,
        attempts=0,
        worker=None,
        started_at=None,
        heartbeat_at=None,
        finished_at=None,
        progress=TaskProgress(),
        cancel_requested=False,
        failure=None,
        result=None,
    )
    return replace(record, **changes)


class MemoryTaskDesk:
    """The port ``TaskDesk`` over a list, newest first."""

    def __init__(self, records: Sequence[TaskRecord] = ()) -> None:
        self.records = list(records)
        self.depth_list: list[QueueDepth] = []
        self.worker_list: list[TaskWorker] = []

    def get(self, task_id: str) -> TaskRecord:
        """One task."""
        for record in self.records:
            if record.task_id == task_id:
                return record
        raise NotFoundError("There is no task of this id.", code="tasks.not_found")

    def find(self, chosen: TaskFilter) -> Sequence[TaskRecord]:
        """Tasks, newest first."""
        return [
            record
            for record in self.records
            if chosen.state in (None, record.state)
            and chosen.name in (None, record.name)
            and (chosen.before is None or record.task_id < chosen.before)
        ][: chosen.most]

    def retry(self, task_id: str) -> TaskRecord:
        """Queue it again."""
        if self.get(task_id).state not in (TaskState.FAILED, TaskState.CANCELLED):
            raise ConflictError("It has not ended.", code="tasks.not_ended")
        return self._replaced(task_id, state=TaskState.QUEUED)

    def cancel(self, task_id: str) -> TaskRecord:
        """End it."""
        if self.get(task_id).state is not TaskState.QUEUED:
            raise ConflictError("It has ended.", code="tasks.ended")
        return self._replaced(task_id, state=TaskState.CANCELLED)

    def depths(self) -> Sequence[QueueDepth]:
        """As set."""
        return self.depth_list

    def workers(self) -> Sequence[TaskWorker]:
        """As set."""
        return self.worker_list

    def _replaced(self, task_id: str, **changes: Any) -> TaskRecord:
        place = self.records.index(self.get(task_id))
        self.records[place] = replace(self.records[place], **changes)
        return self.records[place]
