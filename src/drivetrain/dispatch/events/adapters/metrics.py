"""What Prometheus reads of the events that came in."""

from __future__ import annotations

from collections import Counter as CountOf

from prometheus_client import CollectorRegistry, Counter, Gauge

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


class TopicMetrics:
    """How far a topic outside of the platform is taken in."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lag = Gauge(
            "drivetrain_dispatch_topic_lag_messages",
            "Messages of the topic that wait to be taken in, of the partitions that this installation reads.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._lost = Counter(
            "drivetrain_dispatch_topic_messages_lost_total",
            "Messages that Kafka had removed before they were taken in.",
            registry=registry,
        )

    def show_lag(self, messages: int) -> None:
        """Show how many wait."""
        self._lag.set(messages)

    def lost(self, messages: int) -> None:
        """Account for messages that are gone."""
        self._lost.inc(messages)
