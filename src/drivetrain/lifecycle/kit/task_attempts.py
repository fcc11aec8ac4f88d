"""One attempt at a background task: run it, show how far it is, and note how it ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from drivetrain.core.errors import DrivetrainError, UnavailableError
from drivetrain.core.heartbeat import Heartbeat
from drivetrain.core.progress import Stage
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase
from drivetrain.lifecycle.kit.task_records import (
    Attempt,
    AttemptEndedError,
    AttemptStore,
    TaskFailure,
    TaskProgress,
)
from drivetrain.lifecycle.kit.tasks import Result, Task, TaskQueue

BEAT_S = 10.0
"""Longest silence of an attempt that goes on."""

SHOWN_EVERY_S = 1.0
"""Shortest time between two notes of how far a stage is."""

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 3600.0

MOST_LOST = 10
"""Attempts that a task may have beyond its retries, whose process was killed. More of them are the task's own fault."""

_log = logging.getLogger("drivetrain.tasks")


@dataclass(frozen=True, slots=True)
class AttemptPorts:
    """The port ``TaskPorts`` of one attempt."""

    attempt_in_hand: Attempt
    store: AttemptStore
    installation: Installation
    database: OpenDatabase
    queue: TaskQueue

    @property
    def task_id(self) -> str:
        """The same in every attempt."""
        return self.attempt_in_hand.task_id

    @property
    def attempt(self) -> int:
        """Its number, >= 1."""
        return self.attempt_in_hand.number

    @property
    def actor(self) -> str:
        """Who asked for the task."""
        return self.attempt_in_hand.actor

    def effect(self, result: Result | None = None) -> AbstractContextManager[Any]:
        """A transaction that commits with the task's success."""
        return self.store.effect(self.attempt_in_hand, result)


def run_attempt(task: Task, ports: AttemptPorts) -> float | None:
    """Run a task once, and note how that ended.

    Returns:
        Seconds until the next attempt; None where none follows.

    Raises:
        UnavailableError: the end could not be noted; another attempt has to follow.
    """
    attempt, store = ports.attempt_in_hand, ports.store
    progress = NotedProgress(store, attempt)
    try:
        with progress.beating():
            result = task.run(ports, attempt.arguments, progress)
        store.succeed(attempt, result)
    except AttemptEndedError:
        store.drop(attempt)
    except DrivetrainError as error:
        failure = TaskFailure(error.code, error.detail)
        return note_failure(task, attempt, store, failure, is_passing=isinstance(error, UnavailableError))
    except Exception as error:  # noqa: BLE001 - the edge of a task
        _log.exception("attempt %s at task %s %s failed", attempt.number, task.name, attempt.task_id)
        detail = f"Something unexpected went wrong ({type(error).__name__}); the log of the worker says more."
        return note_failure(
            task, attempt, store, TaskFailure("tasks.unexpected_error", detail), is_passing=True
        )
    return None


def note_failure(
    task: Task, attempt: Attempt, store: AttemptStore, failure: TaskFailure, *, is_passing: bool
) -> float | None:
    """Note that an attempt failed.

    Args:
        is_passing: whether another attempt may go well.

    Returns:
        Seconds until the next attempt; None where none follows.
    """
    if is_passing and attempt.number <= task.retries:
        pause_s = pause_after_s(attempt.number)
        _log.warning("task %s %s waits %.0f s: %s", task.name, attempt.task_id, pause_s, failure.code)
        store.postpone(attempt, failure, pause_s)
        return pause_s
    _log.error("task %s %s not done: %s", task.name, attempt.task_id, failure.code)
    store.fail(attempt, failure)
    return None


def pause_after_s(number: int) -> float:
    """Seconds between the attempt of this number, >= 1, and the next: 2, 4, 8 … 3600."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(number - 1, 20))


class NotedProgress:
    """Progress that others can read; a task that should end is told at its next step."""

    def __init__(self, store: AttemptStore, attempt: Attempt) -> None:
        self._store = store
        self._attempt = attempt
        self._now = TaskProgress()
        self._noted_at = float("-inf")
        self._is_ended = False

    @contextmanager
    def stage(self, name: str, *, total: int, unit: str) -> Iterator[Stage]:
        """Open a stage of ``total`` units.

        Raises:
            AttemptEndedError: the task should end.
        """
        self._now = TaskProgress(name, 0, total, unit)
        self._note()
        yield self
        self._note()

    def advance(self, count: int = 1) -> None:
        """Say that ``count`` more units are done.

        Raises:
            AttemptEndedError: the task should end.
        """
        now = self._now
        self._now = TaskProgress(now.stage, now.done + count, now.total, now.unit)
        if time.monotonic() - self._noted_at >= SHOWN_EVERY_S:
            self._note()

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Beat in the background for as long as the block runs."""
        with Heartbeat("task heartbeat", self._beat, BEAT_S):
            yield

    def _note(self) -> None:
        self._beat()
        if self._is_ended:
            raise AttemptEndedError("The task was cancelled, or another attempt at it has begun.")

    def _beat(self) -> bool:
        self._noted_at = time.monotonic()
        with suppress(UnavailableError):  # the next beat may be heard again
            self._is_ended = not self._store.beat(self._attempt, self._now)
        return not self._is_ended
