"""Doing background tasks: procrastinate's workers, told by functions what a job is and how it went.

Its tables stand in a schema of their own, which the search path of the connections names. Jobs are deleted when they
end: what became of a task stands in our record of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.worker import Worker
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from drivetrain.core.errors import UnavailableError

SCHEMA = "procrastinate"
BEAT_S = 2.0
POLL_S = 1.0
"""A new job is told of at once; one that waits for its time, or was given back, is seen by looking."""

STALLED_S = 30.0
"""A worker that was not heard of for so long has lost its jobs."""

_STARTING_S = 0.1
_CONNECTIONS = 3
_UNNOTED_PAUSE_S = 5.0


class PerformJob(Protocol):
    """Does what a job of the queue stands for."""

    def __call__(self, task_id: str, job_id: int) -> Awaitable[float | None]:
        """Do it; cancelled where it should end at once.

        Returns:
            Seconds until it is to be done again; None where it has ended.
        """
        ...


@dataclass(frozen=True, slots=True)
class Lane:
    """Queues that are served together.

    Attributes:
        at_once: tasks that are done at a time, >= 1.
        grace_s: how long tasks may go on when the process is asked to stop, seconds.
    """

    queues: Sequence[str]
    at_once: int
    grace_s: float


@dataclass(frozen=True, slots=True)
class LaneState:
    """A lane that works.

    Attributes:
        worker_id: as the queue knows it; new at every start.
        running: jobs it has in hand.
    """

    worker_id: int
    queues: Sequence[str]
    running: int


@dataclass(frozen=True, slots=True)
class CronEntry:
    """Something that is done by the clock, in five fields, UTC."""

    name: str
    cron: str
    queue: str


@dataclass(frozen=True, slots=True)
class QueueCalls:
    """What the worker asks of those who know tasks.

    Attributes:
        perform: does the task of a job.
        note_cancelled: notes that a task was ended on request. Blocking.
        defer_cron: defers what the clock says, once for each instant. Blocking.
        beat: reports the lanes of this process, and gives back what lost processes had in hand. Blocking.
    """

    perform: PerformJob
    note_cancelled: Callable[[str, int], None]
    defer_cron: Callable[[str, datetime], None]
    beat: Callable[[Sequence[LaneState]], None]


class AgainLaterError(Exception):
    """The job has to be done again, in so many seconds."""

    def __init__(self, pause_s: float) -> None:
        super().__init__(f"again in {pause_s:.0f} s")
        self.pause_s = pause_s


class _AgainAsTold(BaseRetryStrategy):
    """Tries a job again when its task says so, or when how it ended could not be noted."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        pause_s = exception.pause_s if isinstance(exception, AgainLaterError) else _UNNOTED_PAUSE_S
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=pause_s))


_LOSSES = (ConnectorException, PoolTimeout, OperationalError)


def warn_of_lost_database(record: logging.LogRecord) -> bool:
    """Log a lost database as a warning without a traceback: the worker ends because of it, and is started again.

    Returns:
        True: every record is logged.
    """
    if record.exc_info and isinstance(record.exc_info[1], _LOSSES):
        record.levelno, record.levelname, record.exc_info = logging.WARNING, "WARNING", None
    return True


class QueueWorker:
    """Does the jobs of some queues on one event loop, until it is asked to stop."""

    def __init__(
        self,
        conninfo: str,
        job_name: str,
        lanes: Sequence[Lane],
        crons: Sequence[CronEntry],
        calls: QueueCalls,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            conninfo: for libpq, with ``SCHEMA`` as the search path.
            job_name: of the jobs that stand for tasks.
        """
        self._calls = calls
        self._app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=_CONNECTIONS))
        self._app.task(name=job_name, retry=_AgainAsTold(), pass_context=True)(self._perform)
        for entry in crons:
            self._register(entry)
        self._lanes = lanes
        self._queue_of_job: dict[int, str] = {}
        self._workers: list[Worker] = []

    async def run(self, stop: asyncio.Event) -> None:
        """Work until asked to stop, or until the connection to the database is lost.

        Once asked, nothing more is begun, and what runs ends when the grace of its lane is over.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        for name in ("procrastinate.worker", "procrastinate.utils"):
            logging.getLogger(name).addFilter(warn_of_lost_database)
        try:
            await self._run(stop)
        except (ConnectorException, PoolTimeout) as error:
            raise UnavailableError("The database cannot be reached.", code="database.unavailable") from error

    async def _run(self, stop: asyncio.Event) -> None:
        async with self._app.open_async():
            self._workers = [self._worker(lane) for lane in self._lanes]
            beats = asyncio.create_task(self._beat())
            working = [asyncio.create_task(worker.run()) for worker in self._workers]  # type: ignore[no-untyped-call]
            asked = asyncio.create_task(stop.wait())
            try:
                # one that ends alone has lost its connection: then all end, and begin anew
                await asyncio.wait([*working, asked], return_when=asyncio.FIRST_COMPLETED)
                for worker in self._workers:
                    worker.stop()  # type: ignore[no-untyped-call]
                ends = await asyncio.gather(*working, return_exceptions=True)
            finally:
                beats.cancel()
                asked.cancel()
        for error in ends:
            if isinstance(error, BaseException):
                raise error

    def _worker(self, lane: Lane) -> Worker:
        return Worker(
            self._app,
            name=None,  # then it logs as `procrastinate.worker`, to which our filter is added
            queues=list(lane.queues),
            concurrency=lane.at_once,
            shutdown_graceful_timeout=lane.grace_s,
            delete_jobs=DeleteJobCondition.ALWAYS,
            install_signal_handlers=False,
            fetch_job_polling_interval=POLL_S,
            update_heartbeat_interval=BEAT_S,
            stalled_worker_timeout=STALLED_S,
        )

    async def _perform(self, context: JobContext, task_id: str) -> None:
        job_id = int(context.job.id or 0)
        self._queue_of_job[job_id] = context.job.queue
        try:
            pause_s = await self._calls.perform(task_id, job_id)
        except asyncio.CancelledError:
            if context.abort_reason() is AbortReason.USER_REQUEST:
                await asyncio.to_thread(self._calls.note_cancelled, task_id, job_id)
                raise JobAborted from None
            raise AgainLaterError(0.0) from None  # the process ends; another one goes on
        finally:
            del self._queue_of_job[job_id]
        if pause_s is not None:
            raise AgainLaterError(pause_s)

    def _register(self, entry: CronEntry) -> None:
        async def defer(timestamp: int) -> None:
            await asyncio.to_thread(
                self._calls.defer_cron, entry.name, datetime.fromtimestamp(timestamp, UTC)
            )

        job = self._app.task(name=f"cron {entry.name}", queue=entry.queue, retry=_AgainAsTold())(defer)
        self._app.periodic(cron=entry.cron)(job)

    async def _beat(self) -> None:
        while True:
            states = self._states()
            await asyncio.to_thread(self._calls.beat, states)
            await asyncio.sleep(BEAT_S if len(states) == len(self._lanes) else _STARTING_S)

    def _states(self) -> list[LaneState]:
        in_hand = list(self._queue_of_job.values())
        return [
            LaneState(worker.worker_id, lane.queues, sum(queue in lane.queues for queue in in_hand))
            for worker, lane in zip(self._workers, self._lanes, strict=True)
            if worker.worker_id is not None
        ]
