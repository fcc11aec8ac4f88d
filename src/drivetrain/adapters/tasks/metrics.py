"""What Prometheus reads of background tasks: how much waits, how long attempts take, and how old the last backup is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, Histogram

from drivetrain.lifecycle.kit.task_records import QueueDepth

_BUCKETS_S = (0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600, 3600)


class TaskMetrics:
    """Shows the queues as they are, and times the attempts of this process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._waiting = Gauge(
            "drivetrain_tasks",
            "Tasks that have not ended, by queue and state (queued: due; scheduled: waits for its time).",
            ["queue", "state"],
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._seconds = Histogram(
            "drivetrain_task_attempt_seconds",
            "Time that attempts at tasks took.",
            ["task"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self._backup = Gauge(
            "drivetrain_last_backup_timestamp_seconds",
            "When the last backup began that was made by the clock and verified, seconds since 1970; 0 for none.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._queues: set[str] = set()

    def show(self, depths: Sequence[QueueDepth]) -> None:
        """Account for the queues as they are; one that is empty is not among them."""
        by_queue = {depth.queue: depth for depth in depths}
        self._queues |= by_queue.keys()
        for queue in self._queues:
            depth = by_queue.get(queue)
            counts = (0, 0, 0) if depth is None else (depth.queued, depth.scheduled, depth.running)
            for state, count in zip(("queued", "scheduled", "running"), counts, strict=True):
                self._waiting.labels(queue, state).set(count)

    def backed_up(self, begun_at: datetime | None) -> None:
        """Account for the last good backup."""
        self._backup.set(0 if begun_at is None else begun_at.timestamp())

    def attempted(self, task: str, seconds: float) -> None:
        """Account for an attempt, however it ended."""
        self._seconds.labels(task).observe(seconds)
