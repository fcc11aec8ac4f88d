"""What Prometheus reads of the events that came in."""

from __future__ import annotations

from collections import Counter as CountOf

from prometheus_client import CollectorRegistry, Counter

from drivetrain.dispatch.events.application.ingest_events import Ingestion


class EventMetrics:
    """Counts events by what became of them, and refused ones by the reason."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._events = Counter(
            "drivetrain_dispatch_events_total",
            "Events that came in, by what became of them: accepted, repeated or refused.",
            ["outcome"],
            registry=registry,
        )
        self._refused = Counter(
            "drivetrain_dispatch_events_refused_total",
            "Events that were refused, by the code of the reason.",
            ["code"],
            registry=registry,
        )

    def taken(self, ingestion: Ingestion) -> None:
        """Account for one body."""
        self._events.labels("accepted").inc(ingestion.accepted)
        self._events.labels("repeated").inc(ingestion.repeated)
        self._events.labels("refused").inc(len(ingestion.refused))
        for code, count in CountOf(error.code for error in ingestion.refused.values()).items():
            self._refused.labels(code).inc(count)
