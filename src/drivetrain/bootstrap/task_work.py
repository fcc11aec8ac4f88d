"""The process that does background tasks, and the child in which one of the heavy ones runs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto

import structlog
from prometheus_client import CollectorRegistry

from drivetrain.adapters.disk.backup_note import BackupNote
from drivetrain.adapters.embedded.children import SUPERVISOR_PID, end_with_parent
from drivetrain.adapters.http.metrics import name_process
from drivetrain.adapters.logs.setup import configure_logs
from drivetrain.adapters.postgres.database import conninfo, transaction
from drivetrain.adapters.postgres.task_attempts import PostgresAttempts
from drivetrain.adapters.postgres.task_desk import PostgresTaskDesk, PostgresTaskWorkers
from drivetrain.adapters.postgres.task_queue import JOB, PostgresTaskQueue
from drivetrain.adapters.tasks.metrics import TaskMetrics
from drivetrain.adapters.tasks.worker import SCHEMA, CronEntry, Lane, LaneState, QueueCalls, QueueWorker
from drivetrain.bootstrap.backups.noting import backup_note
from drivetrain.bootstrap.installation import (
    LocalInstallation,
    announcements_of,
    database,
    open_installation,
)
from drivetrain.bootstrap.loops import enabled_loops, running
from drivetrain.bootstrap.task_failures import AnnounceFailure
from drivetrain.bootstrap.tasks import chosen_queues, installed_tasks, known_tasks, task_queue
from drivetrain.core.errors import DrivetrainError, UnavailableError
from drivetrain.lifecycle.kit.installation import OpenDatabase
from drivetrain.lifecycle.kit.processes import Process
from drivetrain.lifecycle.kit.task_attempts import MOST_LOST, AttemptPorts, note_failure, run_attempt
from drivetrain.lifecycle.kit.task_records import Attempt, AttemptStore, TaskFailure, TaskState
from drivetrain.lifecycle.kit.tasks import Task
from drivetrain.products import PROCESSES
from drivetrain.settings import Settings

AT_ONCE = 4
"""Tasks that a process does at a time on its threads; they wait for databases and mail servers, mostly."""

CHILDREN_AT_ONCE = 1
"""Heavy tasks of a queue at a time: each takes a core or more."""

GRACE_S = 5.0
CHILD_GRACE_S = 5.0
CLEAN_EVERY_S = 3600.0
CRON_ACTOR = "clock"
_COURTESY = 10
_AGAIN_S = 0.5
"""Pause before the next look for a database that is away."""

_LOOK_S = 0.05


_log = structlog.get_logger("drivetrain.tasks")


@dataclass(frozen=True, slots=True)
class TaskParts:
    """What tasks are done with in one process."""

    tasks: Mapping[str, Task]
    installation: LocalInstallation
    database: OpenDatabase
    queue: PostgresTaskQueue
    attempts: AttemptStore

    def ports(self, attempt: Attempt) -> AttemptPorts:
        """The ports of an attempt."""
        return AttemptPorts(attempt, self.attempts, self.installation, self.database, self.queue)


def open_parts(tasks: Mapping[str, Task], installation: LocalInstallation, opened: OpenDatabase) -> TaskParts:
    """What these tasks are done with on an opened database."""
    notice = AnnounceFailure(tasks, announcements_of(installation), installation.clock)
    attempts = PostgresAttempts(opened.engine, notice)
    return TaskParts(tasks, installation, opened, task_queue(tasks), attempts)


@dataclass(slots=True)
class Performer:
    """Does the task of a job of the queue: on a thread of this process, or in a child.

    Args:
        worker: name of this process in records.
    """

    parts: TaskParts
    metrics: TaskMetrics
    worker: str
    child_environment: Mapping[str, str]
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "task"))
    _on_threads: set[str] = field(default_factory=set)

    async def __call__(self, task_id: str, job_id: int) -> float | None:
        """Do it once; seconds until it is to be done again, None where it has ended."""
        attempt = await asyncio.to_thread(self.parts.attempts.begin, task_id, job_id, self.worker)
        if attempt is None:
            return None
        started = time.monotonic()
        try:
            return await self._do(attempt)
        finally:
            self.metrics.attempted(attempt.name, time.monotonic() - started)

    def has_ended(self, within_s: float) -> bool:
        """Wait for the tasks on its threads; whether they end in time."""
        give_up_at = time.monotonic() + within_s
        while self._on_threads and time.monotonic() < give_up_at:
            time.sleep(_LOOK_S)
        return not self._on_threads

    def note_cancelled(self, task_id: str, job_id: int) -> None:
        """Note that a task was ended on request."""
        record = PostgresTaskDesk(self.parts.database.engine).get(task_id)
        self.parts.attempts.drop(
            Attempt(task_id, record.name, record.arguments, record.actor, record.attempts)
        )

    async def _do(self, attempt: Attempt) -> float | None:
        task = self.parts.tasks.get(attempt.name)
        if task is None or attempt.number > task.retries + 1 + MOST_LOST:
            await asyncio.to_thread(self.parts.attempts.fail, attempt, _hopeless(task))
            return None
        if task.in_child:
            return await self._in_child(task, attempt)
        return await asyncio.get_running_loop().run_in_executor(self.threads, self._on_thread, task, attempt)

    def _on_thread(self, task: Task, attempt: Attempt) -> float | None:
        self._on_threads.add(attempt.task_id)
        try:
            return run_attempt(task, self.parts.ports(attempt))
        finally:
            self._on_threads.discard(attempt.task_id)

    async def _in_child(self, task: Task, attempt: Attempt) -> float | None:
        command = ["-m", "drivetrain.entrypoints.task", attempt.task_id, str(attempt.number)]
        child = await asyncio.create_subprocess_exec(sys.executable, *command, env=self.child_environment)
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            await _end(child)
            raise
        return await asyncio.to_thread(self._after_child, task, attempt, code)

    def _after_child(self, task: Task, attempt: Attempt, code: int) -> float | None:
        record = PostgresTaskDesk(self.parts.database.engine).get(attempt.task_id)
        if record.attempts != attempt.number:
            return None
        if record.state is TaskState.RUNNING:  # it ended without a word
            failure = TaskFailure(
                "tasks.process_lost", f"Its process ended before it was done (exit code {code})."
            )
            return note_failure(task, attempt, self.parts.attempts, failure, is_passing=True)
        if record.state is TaskState.QUEUED:
            return max(0.0, (record.due_at - datetime.now(UTC)).total_seconds())
        return None


def work(
    only: Sequence[str], say: Callable[[str], None] | None = None, *, tasks: Sequence[Task] | None = None
) -> None:
    """Do background tasks until SIGTERM or Ctrl-C; where the database is away, wait for it.

    Where all queues are served, the loops of the products run beside them.

    Args:
        only: queues to serve; empty for all.
        say: tells a person that it works; None for a process that `drivetrain up` started.
        tasks: those that exist; None for those of the platform and its products.

    Raises:
        NotFoundError: a queue is not known.
        UnavailableError: the database cannot be reached when a person starts it.
    """
    if SUPERVISOR_PID in os.environ:
        end_with_parent()
    name_process("tasks")
    settings = Settings()
    configure_logs(settings.log_level, process="tasks", file=settings.log_file)
    known = installed_tasks(settings) if tasks is None else known_tasks(tasks)
    lanes = lanes_of(known, only)
    installation, metrics = open_installation(settings), TaskMetrics(CollectorRegistry())
    loops = [] if only or tasks is not None else enabled_loops(PROCESSES, installation)
    has_begun = is_away = False
    while True:
        try:
            # until it is there, a signal ends this process at once: nothing has begun
            with database(settings, installation.home) as url:
                if say is not None and not has_begun:
                    say(f"Doing background tasks ({', '.join(only) or 'all queues'}); Ctrl-C stops.")
                has_begun, is_away = True, False
                end = asyncio.run(_work(url, installation, known, lanes, loops, metrics))
                if end is not End.DATABASE_LOST:
                    return
        except UnavailableError as error:
            if say is not None and not has_begun:
                raise
            if not is_away:
                _log.warning("background tasks wait", code=error.code, why=error.detail)
            is_away = True
        time.sleep(_AGAIN_S)


class End(Enum):
    """Why the work of a process has ended."""

    ASKED = auto()
    DATABASE_LOST = auto()
    STUCK = auto()
    """The database was lost, and a task did not notice: it would go on beside its next attempt."""


def lanes_of(tasks: Mapping[str, Task], only: Sequence[str]) -> list[Lane]:
    """What a process serves side by side: its threads, and its children.

    Raises:
        NotFoundError: a queue is not known.
    """
    light, heavy = chosen_queues(tasks, only)
    threads = [Lane(light, AT_ONCE, GRACE_S)] if light else []
    return [*threads, *(Lane([queue], CHILDREN_AT_ONCE, 0.0) for queue in heavy)]


async def _work(
    url: str,
    installation: LocalInstallation,
    tasks: Mapping[str, Task],
    lanes: Sequence[Lane],
    loops: Sequence[Process],
    metrics: TaskMetrics,
) -> End:
    """Work until asked to stop, or until the connection to the database is lost."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    opened = installation.opened(url, pool_size=AT_ONCE + len(lanes) + len(loops) + 2)
    parts = open_parts(tasks, installation, opened)
    workers = PostgresTaskWorkers(opened.engine)
    environment = {**os.environ, "DRIVETRAIN_DATABASE_URL": url, "DRIVETRAIN_HOME": str(installation.folder)}
    performer = Performer(parts, metrics, workers.name, {**environment, SUPERVISOR_PID: str(os.getpid())})
    note = backup_note(installation.platform, installation.home)
    look_after = LookAfter(workers, PostgresTaskDesk(opened.engine), metrics, note)
    calls = QueueCalls(performer, performer.note_cancelled, DeferCron(parts), look_after)
    dsn = conninfo(url, application="tasks", search_path=SCHEMA)
    try:
        with running(loops, installation, opened):
            await QueueWorker(dsn, JOB, lanes, _crons(tasks, lanes), calls).run(stop)
    except UnavailableError as error:
        _log.warning("the task worker has lost its database", code=error.code, why=error.detail)
    finally:
        # a thread that does not come back must not hold the process: its attempt is fenced
        performer.threads.shutdown(wait=False, cancel_futures=True)
        with suppress(UnavailableError):
            workers.leave()
        opened.engine.dispose()
    if stop.is_set():
        return End.ASKED
    return End.DATABASE_LOST if performer.has_ended(GRACE_S) else End.STUCK


def _crons(tasks: Mapping[str, Task], lanes: Sequence[Lane]) -> list[CronEntry]:
    served = {queue for lane in lanes for queue in lane.queues}
    return [
        CronEntry(task.name, task.cron, task.waits_in)
        for task in tasks.values()
        if task.cron is not None and task.waits_in in served
    ]


@dataclass(frozen=True, slots=True)
class DeferCron:
    """Defers what the clock says; the instant is the key, so that of several workers one does."""

    parts: TaskParts

    def __call__(self, name: str, instant: datetime) -> None:
        """Defer it."""
        with transaction(self.parts.database.engine) as connection:
            self.parts.queue.defer(connection, name, {}, key=f"cron {instant.isoformat()}", actor=CRON_ACTOR)


@dataclass(slots=True)
class LookAfter:
    """Reports this process, gives back the tasks of lost ones, shows how much waits, and removes old records."""

    workers: PostgresTaskWorkers
    desk: PostgresTaskDesk
    metrics: TaskMetrics
    backups: BackupNote
    _cleaned_at: float = float("-inf")

    def __call__(self, lanes: Sequence[LaneState]) -> None:
        """Do it once; the database being away is for the next time."""
        try:
            for lane in lanes:
                self.workers.report(lane.worker_id, lane.queues, lane.running)
            if lanes and (count := self.workers.sweep()):
                _log.warning("tasks given back to the queue", tasks=count)
            self.metrics.show(self.desk.depths())
            self.metrics.backed_up(self.backups.last_good_at())
            if time.monotonic() - self._cleaned_at >= CLEAN_EVERY_S:
                self._cleaned_at = time.monotonic()
                self.workers.clean()
        except UnavailableError as error:
            _log.warning("tasks not looked after", why=error.detail)


def _hopeless(task: Task | None) -> TaskFailure:
    if task is None:
        return TaskFailure("tasks.unknown", "This release has no task of this name.")
    return TaskFailure(
        "tasks.worker_lost",
        "Its process ended before it was done, again and again; it is not tried any more.",
    )


async def _end(child: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), CHILD_GRACE_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def run_in_child(task_id: str, number: int) -> int:
    """Run an attempt in this process, which a worker started.

    Returns:
        The exit code.
    """
    end_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.nice(_COURTESY)
    settings = Settings()
    if settings.database_url is None:
        raise UnavailableError("A task is told its database by what starts it.")
    installation, known = open_installation(settings), installed_tasks(settings)
    opened = installation.opened(settings.database_url.get_secret_value(), pool_size=3)
    record = PostgresTaskDesk(opened.engine).get(task_id)
    configure_logs(settings.log_level, process=f"task-{record.name}", file=settings.log_file)
    if record.attempts != number or record.name not in known:
        return 1
    attempt = Attempt(task_id, record.name, record.arguments, record.actor, number)
    parts = open_parts(known, installation, opened)
    try:
        run_attempt(known[record.name], parts.ports(attempt))
    except DrivetrainError as error:
        _log.warning("the end of a task was not noted", task_id=task_id, why=error.detail)
        return 1
    return 0
