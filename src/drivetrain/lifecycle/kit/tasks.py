"""Work in the background that outlives the process that asked for it: what a task is, and how one is deferred."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase

DEFAULT_QUEUE = "default"
HEAVY_QUEUE = "heavy"

Arguments = Mapping[str, Any]
"""What a task is told: plain JSON of at most 16 KiB. Ids, not contents; never a secret, because it is shown."""

Result = Mapping[str, Any]
"""What came of a task, as plain JSON; shown with it."""


class TaskQueue(Protocol):
    """Where tasks wait."""

    def defer(
        self,
        connection: Any,
        name: str,
        arguments: Arguments,
        *,
        key: str | None = None,
        at: datetime | None = None,
        lock: str | None = None,
        actor: str = "platform",
    ) -> str:
        """Have a task done after the transaction of the caller commits; not at all if it does not.

        Args:
            connection: of SQLAlchemy, in the transaction that causes the task.
            name: of a task on a card.
            key: of two deferrals of a task with one key there is one task, and the second gives the first one's id.
                A key is known for as long as its task is kept: a week after success.
            at: not before this instant; None for as soon as possible.
            lock: tasks of one lock are done one after another, in the order in which they were deferred, also
                while one of them waits for its retry.
            actor: who asked for it, as in the ledger.

        Returns:
            The id of the task.

        Raises:
            NotFoundError: ``tasks.unknown``; no card has a task of this name.
            InvalidInputError: ``tasks.bad_arguments``; the arguments are no JSON, or too long.
        """
        ...


class TaskPorts(Protocol):
    """The ports of one task while it is done."""

    @property
    def task_id(self) -> str:
        """Its id; the same in every attempt, so that a receiver of messages can tell repeats."""
        ...

    @property
    def attempt(self) -> int:
        """Which attempt this is, >= 1."""
        ...

    @property
    def actor(self) -> str:
        """Who asked for it."""
        ...

    @property
    def installation(self) -> Installation:
        """Folders, tables and settings."""
        ...

    @property
    def database(self) -> OpenDatabase:
        """The database, migrated."""
        ...

    @property
    def queue(self) -> TaskQueue:
        """For tasks that follow."""
        ...

    def effect(self, result: Result | None = None) -> AbstractContextManager[Any]:
        """A transaction in which the task changes the database, exactly once however often it is attempted.

        It commits together with the note that the task has succeeded. A process that was killed before has changed
        nothing; one that is killed after is not attempted again. Open it once, as the last thing.

        Gives:
            The connection, of SQLAlchemy.

        Raises:
            AttemptEndedError: another attempt has begun, because this one was not heard of, or the task was
                cancelled. Nothing is changed.
        """
        ...


RunTask = Callable[[TaskPorts, Arguments, Progress], Result | None]
"""Does the work, on a thread of a worker process or in a child. Errors that a retry can mend are retried:
``UnavailableError``, and those nobody expected; any other ``DrivetrainError`` ends the task."""


@dataclass(frozen=True, slots=True)
class Task:
    """Work of a product that is done in the background, also after a crash.

    What it changes in the database happens once if it is changed in ``TaskPorts.effect``. All else happens at least
    once.

    Attributes:
        name: ``product.what-it-does``.
        summary: for people, one sentence.
        retries: how often it is tried again after an error that a retry can mend, with growing pauses: 2, 4, 8 s …
            up to an hour.
        cron: when it is deferred by itself, without arguments, in five fields, UTC; None for only when asked.
        in_child: whether each attempt runs in a child process that ends, because it takes much memory or seconds of
            CPU. A worker process has one such child at a time.
        queue: a worker process may be told to serve some queues only. Empty for ``heavy`` where it runs in a child,
            else ``default``; tasks of the two kinds cannot share a queue.
        announces_failure: whether people are told when it fails; False for those by which they are told.
    """

    name: str
    summary: str
    run: RunTask
    retries: int = 5
    cron: str | None = None
    in_child: bool = False
    queue: str = ""
    announces_failure: bool = True

    @property
    def waits_in(self) -> str:
        """The name of its queue."""
        return self.queue or (HEAVY_QUEUE if self.in_child else DEFAULT_QUEUE)
