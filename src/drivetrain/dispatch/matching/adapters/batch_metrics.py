"""What Prometheus reads of the batch matcher."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

from drivetrain.dispatch.matching.application.match_batch import Batch

_WINDOW_BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


class BatchMetrics:
    """Times windows, and counts what came of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._windows = Counter(
            "drivetrain_dispatch_batches_total",
            "Windows in which somebody waited: with the best assignment, or with the closest pairs for lack of time.",
            ["assignment"],
            registry=registry,
        )
        self._riders = Counter(
            "drivetrain_dispatch_batch_riders_total",
            "Riders of windows: offered, lost (somebody else had the driver), or nobody.",
            ["outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "drivetrain_dispatch_batch_duration_seconds",
            "From the reading of the riders of a window to its last offer.",
            buckets=_WINDOW_BUCKETS_S,
            registry=registry,
        )

    def matched(self, batch: Batch) -> None:
        """Account for a window."""
        if not batch.riders:
            return
        self._windows.labels("optimal" if batch.is_optimal else "closest").inc()
        self._riders.labels("offered").inc(batch.offers)
        self._riders.labels("lost").inc(batch.lost)
        self._riders.labels("nobody").inc(batch.riders - batch.offers - batch.lost)
        self._seconds.observe(batch.took_s)
