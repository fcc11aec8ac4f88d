"""What Prometheus reads: requests, predictions and the ledger's queue, summed over all worker processes.

The processes share memory-mapped files in ``PROMETHEUS_MULTIPROC_DIR``; any of them answers for all.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest, values
from prometheus_client.registry import Collector

from drivetrain.adapters.http.exposition import merged_exposition

_LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10, 30)
_WIDTH_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 4)
UNMATCHED = "unmatched"
"""Label of requests that no route answers."""

_FILE_BYTES = {
    "counter": 1 << 18,
    "histogram": 1 << 20,
    "gauge_livemax": 1 << 16,
    "gauge_livesum": 1 << 16,
    "gauge_mostrecent": 1 << 16,
}
"""Size of a process's file for each kind of metric we have: more than the series of all routes take. A mapped file with
holes would end the process when the disk has no room to fill one."""

_log = structlog.get_logger("drivetrain.metrics")
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})


class _Tally:
    """What one process has counted of one kind: numbers that only grow, so that counting takes no lock.

    Counted on the event loop alone; shown from any thread, one at a time.

    Args:
        counters: that grow by one for each.
        histogram: of what is measured of each.
        bounds: upper bounds of its buckets, ascending; the last bucket has none.
    """

    __slots__ = ("_bounds", "_counters", "_histogram", "_shown", "buckets", "count", "total")

    def __init__(self, counters: Sequence[Counter], histogram: Histogram, bounds: Sequence[float]) -> None:
        self._counters = counters
        self._histogram = histogram
        self._bounds = bounds
        self.count = 0
        self.total = 0.0
        self.buckets = [0] * (len(bounds) + 1)
        self._shown = (0, 0.0, self.buckets.copy())

    def add(self, measured: float | None) -> None:
        """Count one; ``measured`` is None for what has no measure."""
        self.count += 1
        if measured is not None:
            self.buckets[bisect_left(self._bounds, measured)] += 1
            self.total += measured

    def show(self) -> None:
        """Add what was counted since the last call to the metrics."""
        now = self.count, self.total, self.buckets.copy()
        if now == self._shown:
            return
        (count, total, buckets), self._shown = self._shown, now
        new_count, new_total, new_buckets = now
        for counter in self._counters:
            counter.inc(new_count - count)
        # the library observes one at a time only
        self._histogram._sum.inc(new_total - total)
        for bucket, new, old in zip(self._histogram._buckets, new_buckets, buckets, strict=True):
            if new != old:
                bucket.inc(new - old)


class _Tallies(Collector):
    """The tallies of one class of metrics; whoever collects the registry sees what they hold."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tallies: dict[tuple[str, ...], _Tally] = {}
        self._showing = threading.Lock()
        registry.register(self)  # before the metrics, so that it is asked before them

    def describe(self) -> Iterable[Metric]:
        """No metric of its own."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """No metric of its own; those of the tallies are up to date afterwards."""
        self.show()
        return ()

    def show(self) -> None:
        """Bring the metrics up to date."""
        with self._showing:
            for tally in list(self._tallies.values()):
                tally.show()


class HttpMetrics(_Tallies):
    """Counts requests by method, route template and class of status, and times them by method and template.

    Clients choose none of the labels, so the number of series is bounded by the routes. Each exact status is counted
    once for all routes.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)
        labels = ["method", "handler"]
        self._requests = Counter(
            "http_requests_total", "Requests answered.", [*labels, "status"], registry=registry
        )
        self._answers = Counter(
            "drivetrain_http_answers_total",
            "Answers of all routes, by exact status.",
            ["status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "http_request_duration_seconds",
            "Time from the first byte of a request to the last of its answer.",
            labels,
            buckets=_LATENCY_BUCKETS_S,
            registry=registry,
        )
        self._by_request: dict[tuple[str, str, int], _Tally] = {}

    def observe(self, method: str, handler: str, status: int, elapsed_s: float | None) -> None:
        """Account for one request, on the event loop.

        Unknown methods share one label, and methods that a route does not answer count as unmatched.

        Args:
            elapsed_s: None for a stream, which is counted and not timed.
        """
        tally = self._by_request.get((method, handler, status))
        if tally is None:
            tally = self._tally(method, handler, status)
        tally.add(elapsed_s)

    def _tally(self, method: str, handler: str, status: int) -> _Tally:
        if method not in _METHODS:
            method = "OTHER"
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            handler = UNMATCHED
        key = method, handler, str(status)
        if key not in self._tallies:
            self._tallies[key] = _Tally(
                (
                    self._requests.labels(method, handler, f"{status // 100}xx"),
                    self._answers.labels(str(status)),
                ),
                self._seconds.labels(method, handler),
                _LATENCY_BUCKETS_S,
            )
        if method != "OTHER":  # a client may invent any number of those
            self._by_request[method, handler, status] = self._tallies[key]
        return self._tallies[key]


class PredictionMetrics(_Tallies):
    """Counts what each model version answered, and how wide its ranges are."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)
        self._predictions = Counter(
            "drivetrain_predictions_total", "Rows answered.", ["model", "version"], registry=registry
        )
        self._refused = Counter(
            "drivetrain_predictions_refused_total",
            "Rows refused by the contract.",
            ["model"],
            registry=registry,
        )
        self._width = Histogram(
            "drivetrain_prediction_range_width_ratio",
            "Width of the range as a share of the predicted value.",
            ["model"],
            buckets=_WIDTH_BUCKETS,
            registry=registry,
        )

    def answered_one(self, model: str, version: str, width_ratio: float) -> None:
        """Account for one answered row, on the event loop; ``width_ratio`` is its width over its value."""
        tally = self._tallies.get((model, version))
        if tally is None:
            tally = self._tallies[model, version] = _Tally(
                (self._predictions.labels(model, version),), self._width.labels(model), _WIDTH_BUCKETS
            )
        tally.add(width_ratio)

    def answered(self, model: str, version: str, rows: int, width_ratio: float) -> None:
        """Account for answered rows, on any thread; ``width_ratio`` is their mean width over value."""
        self._predictions.labels(model, version).inc(rows)
        self._width.labels(model).observe(width_ratio)

    def refused(self, model: str, rows: int = 1) -> None:
        """Account for rows that break the contract."""
        self._refused.labels(model).inc(rows)


_LEDGER_COUNTERS = {
    "durable": ("drivetrain_ledger_decisions_total", "Decisions made durable."),
    "groups": ("drivetrain_ledger_groups_total", "Groups in which decisions were made durable."),
    "refused": ("drivetrain_ledger_refused_total", "Decisions that PostgreSQL cannot store."),
    "overflowed": ("drivetrain_ledger_overflowed_total", "Decisions refused because too many waited."),
    "expired": ("drivetrain_ledger_expired_total", "Decisions that were not durable in time."),
    "reconnects": ("drivetrain_ledger_reconnects_total", "Connections of the ledger that were lost."),
    "spilled": (
        "drivetrain_ledger_spilled_total",
        "Decisions acknowledged from local disk while the ledger was away.",
    ),
    "shadow_dropped": (
        "drivetrain_shadow_dropped_total",
        "Decisions of a trial that went without a shadow answer.",
    ),
}
"""Name and description of each counter, by what it counts."""


class LedgerMetrics:
    """Shows what became of this process's decisions."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._queued = Gauge(
            "drivetrain_ledger_queue_decisions",
            "Decisions waiting for their group.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._counters = {
            key: Counter(name, text, registry=registry) for key, (name, text) in _LEDGER_COUNTERS.items()
        }
        self._shown = dict.fromkeys(_LEDGER_COUNTERS, 0)

    def show(self, *, queued: int, totals: Mapping[str, int]) -> None:
        """Account for the queue as it is now and what was counted since the last call.

        Args:
            totals: since the start of this process, by key of the counters.
        """
        self._queued.set(queued)
        for key, total in totals.items():
            self._counters[key].inc(total - self._shown[key])
            self._shown[key] = total


def name_process(name: str) -> None:
    """Let this process continue the files of its predecessor of the same name, and not begin some by its pid.

    So there are as many files as processes, however often one is restarted. Call it before any metric is made. Where
    there is no room for the files this process counts for itself, and shows only its own counts.
    """
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        return
    try:
        for kind, size in _FILE_BYTES.items():
            _allocate(Path(folder) / f"{kind}_{name}.db", size)
    except OSError as error:
        _log.warning("metrics are not shared", process_name=name, why=error.strerror)
        del os.environ["PROMETHEUS_MULTIPROC_DIR"]
        values.ValueClass = values.MutexValue
    else:
        values.ValueClass = values.MultiProcessValue(lambda: name)  # type: ignore[no-untyped-call]


def _allocate(path: Path, size: int) -> None:
    """Let a file have at least this size, with no holes."""
    with path.open("ab") as file:
        file.write(bytes(max(0, size - file.tell())))


def exposition(registry: CollectorRegistry) -> bytes:
    """The text that Prometheus scrapes: all processes where they share a folder, else this one."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is None:
        return generate_latest(registry)
    for _ in registry.collect():  # this process writes what it has counted
        pass
    return merged_exposition(Path(folder))
