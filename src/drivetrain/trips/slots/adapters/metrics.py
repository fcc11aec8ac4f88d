"""What Prometheus reads of the scheduled scoring; any worker answers for the scoring process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from drivetrain.trips.slots.application.run_due_slots import SlotRun

_DELAY_BUCKETS_S = (1, 2, 5, 10, 30, 60, 150, 300, 900, 3_600, 21_600, 86_400)


class SlotMetrics:
    """Counts slots and rides, and shows how long they waited."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._slots = Counter(
            "drivetrain_trip_slots_total",
            "Slots that ended, by state; failed is an attempt.",
            ["state"],
            registry=registry,
        )
        self._rides = Counter(
            "drivetrain_trip_rides_scored_total", "Rides written on the schedule.", registry=registry
        )
        self._delay = Histogram(
            "drivetrain_trip_slot_delay_seconds",
            "From when a slot was due to when its rides were written.",
            buckets=_DELAY_BUCKETS_S,
            registry=registry,
        )
        self._took = Histogram(
            "drivetrain_trip_slot_duration_seconds", "From claim to commit.", registry=registry
        )
        self._due = Gauge(
            "drivetrain_trip_slots_due",
            "Slots that are over and not scored.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )

    def slot_ended(self, run: SlotRun, took_s: float) -> None:
        """Account for a slot."""
        record = run.record
        if record is None or record.done_at is None:
            self._slots.labels("failed").inc()
            return
        self._slots.labels(record.state).inc()
        self._rides.inc(record.rows or 0)
        self._delay.observe((record.done_at - run.slot.due_at).total_seconds())
        self._took.observe(took_s)

    def due(self, slots: int) -> None:
        """Show how many wait now."""
        self._due.set(slots)
