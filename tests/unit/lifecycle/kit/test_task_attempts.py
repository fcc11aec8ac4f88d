"""One attempt at a task: what is retried and when, what ends it, and what others see of it meanwhile."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import pytest

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase
from drivetrain.lifecycle.kit.task_attempts import AttemptPorts, pause_after_s, run_attempt
from drivetrain.lifecycle.kit.task_records import (
    Attempt,
    AttemptEndedError,
    TaskFailure,
    TaskProgress,
)
from drivetrain.lifecycle.kit.tasks import Arguments, Task, TaskPorts, TaskQueue


class Notes:
    """Remembers what an attempt notes; says that it should end once it was cancelled."""

    def __init__(self, *, is_cancelled: bool = False, is_away: bool = False) -> None:
        self.noted: list[tuple[Any, ...]] = []
        self.seen: list[TaskProgress] = []
        self.is_cancelled = is_cancelled
        self.is_away = is_away

    def begin(self, task_id: str, job_id: int, worker: str) -> Attempt | None:
        """Not asked here."""
        raise NotImplementedError

    def beat(self, attempt: Attempt, progress: TaskProgress) -> bool:
        """Note how far it is."""
        if self.is_away:
            raise UnavailableError("The database cannot be reached.")
        self.seen.append(progress)
        return not self.is_cancelled

    def effect(self, attempt: Attempt, result: Any) -> AbstractContextManager[Any]:
        """Not used here."""
        return nullcontext()

    def succeed(self, attempt: Attempt, result: Any) -> None:
        """Note it."""
        self.noted.append(("succeeded", result))

    def postpone(self, attempt: Attempt, failure: TaskFailure, pause_s: float) -> None:
        """Note it."""
        self.noted.append(("postponed", failure.code, pause_s))

    def fail(self, attempt: Attempt, failure: TaskFailure) -> None:
        """Note it."""
        self.noted.append(("failed", failure.code))

    def drop(self, attempt: Attempt) -> None:
        """Note it."""
        self.noted.append(("dropped",))


def attempted(run: Any, notes: Notes, *, number: int = 1, retries: int = 2) -> float | None:
    attempt = Attempt("id", "mail.send", {"message": 7}, "ada", number)
    ports = AttemptPorts(
        attempt, notes, cast(Installation, None), cast(OpenDatabase, None), cast(TaskQueue, None)
    )
    return run_attempt(Task("mail.send", "Send.", run, retries=retries), ports)


def test_a_task_that_goes_well_leaves_its_result_and_is_shown_meanwhile() -> None:
    def run(ports: TaskPorts, arguments: Arguments, progress: Progress) -> dict[str, Any]:
        assert (ports.task_id, ports.attempt, ports.actor) == ("id", 1, "ada")
        with progress.stage("send", total=3, unit="messages") as stage:
            stage.advance(2)
            stage.advance()
        return {"message": arguments["message"]}

    notes = Notes()
    assert attempted(run, notes) is None
    assert notes.noted == [("succeeded", {"message": 7})]
    assert notes.seen[0] == TaskProgress("send", 0, 3, "messages")
    assert notes.seen[-1] == TaskProgress("send", 3, 3, "messages")


FAILURES: list[tuple[Exception, int, tuple[Any, ...], float | None]] = [
    (UnavailableError("No server.", code="mail.away"), 1, ("postponed", "mail.away", 2.0), 2.0),
    (UnavailableError("No server.", code="mail.away"), 2, ("postponed", "mail.away", 4.0), 4.0),
    (UnavailableError("No server.", code="mail.away"), 3, ("failed", "mail.away"), None),  # the last retry
    (InvalidInputError("No address.", code="mail.bad"), 1, ("failed", "mail.bad"), None),  # no retry mends it
    (KeyError("password"), 1, ("postponed", "tasks.unexpected_error", 2.0), 2.0),
    (KeyError("password"), 3, ("failed", "tasks.unexpected_error"), None),
    (AttemptEndedError("Cancelled."), 1, ("dropped",), None),
]


@pytest.mark.parametrize(("error", "number", "note", "pause_s"), FAILURES)
def test_what_may_pass_is_tried_again_and_the_rest_is_given_up(
    error: Exception, number: int, note: tuple[Any, ...], pause_s: float | None
) -> None:
    def run(ports: TaskPorts, arguments: Arguments, progress: Progress) -> None:
        raise error

    notes = Notes()
    assert attempted(run, notes, number=number) == pause_s
    assert notes.noted == [note]


def test_a_cancelled_task_is_told_at_its_next_step() -> None:
    steps: list[int] = []

    def run(ports: TaskPorts, arguments: Arguments, progress: Progress) -> None:
        with progress.stage("send", total=2, unit="messages"):
            steps.append(1)

    notes = Notes(is_cancelled=True)
    assert attempted(run, notes) is None
    assert (steps, notes.noted) == ([], [("dropped",)])


def test_progress_that_cannot_be_noted_stops_nobody() -> None:
    def run(ports: TaskPorts, arguments: Arguments, progress: Progress) -> None:
        with progress.stage("send", total=1, unit="messages") as stage:
            stage.advance()

    notes = Notes(is_away=True)
    assert attempted(run, notes) is None
    assert notes.noted == [("succeeded", None)]


def test_pauses_grow_up_to_an_hour() -> None:
    assert [pause_after_s(number) for number in (1, 2, 3, 11, 12, 500)] == [2, 4, 8, 2048, 3600, 3600]
