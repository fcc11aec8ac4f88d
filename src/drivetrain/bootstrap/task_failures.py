"""Telling people that a background task has failed for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from drivetrain.core.access import PersonRole, person_of_subject
from drivetrain.core.announcements import TASK_FAILED, Announcements
from drivetrain.core.time import Clock, iso_utc
from drivetrain.lifecycle.kit.task_records import Attempt, TaskFailure
from drivetrain.lifecycle.kit.tasks import Task

HEARING = (PersonRole.OPERATOR, PersonRole.ADMIN)
"""Who may start a failed task again."""


@dataclass(frozen=True, slots=True)
class AnnounceFailure:
    """Writes the message to operators, administrators, and whoever asked for the task."""

    tasks: Mapping[str, Task]
    announcements: Announcements
    clock: Clock

    def __call__(self, connection: Connection, attempt: Attempt, failure: TaskFailure) -> None:
        """Write it in the transaction that notes the failure, unless the task itself carries messages."""
        task = self.tasks.get(attempt.name)
        if task is not None and not task.announces_failure:
            return
        arguments = {
            "task": attempt.name,
            "task_id": attempt.task_id,
            "reason": failure.detail,
            "at": iso_utc(self.clock.now()),
        }
        asked = person_of_subject(attempt.actor)
        people = [] if asked is None else [asked]
        self.announcements.announce(connection, TASK_FAILED, HEARING, arguments, people=people)
