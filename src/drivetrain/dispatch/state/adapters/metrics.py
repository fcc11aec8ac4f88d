"""What Prometheus reads of the state of drivers in a worker."""

from __future__ import annotations

import time
from dataclasses import replace

from prometheus_client import CollectorRegistry, Counter, Gauge

from drivetrain.dispatch.state.application.follow_drivers import FollowCounters, FollowDrivers


class StateMetrics:
    """Shows what a worker made of the log, and whom it could match."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._updates = Counter(
            "drivetrain_dispatch_updates_total",
            "Updates of drivers by what became of them in this worker: applied, outdated, unreadable, or ignored "
            "because there are too many drivers.",
            ["outcome"],
            registry=registry,
        )
        self._dead = Counter(
            "drivetrain_dispatch_dead_events_total",
            "Events of the log that cannot be read and were set aside, each counted once.",
            registry=registry,
        )
        self._idle = Gauge(
            "drivetrain_dispatch_idle_drivers",
            "Idle drivers with a fresh position, as a worker knows them.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._age = Gauge(
            "drivetrain_dispatch_newest_update_age_seconds",
            "How long ago the newest update that a worker has applied was appended to the log.",
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._lag = Gauge(
            "drivetrain_dispatch_log_lag_events",
            "Updates in the log that a worker has not read yet, summed over the workers.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._look_age = Gauge(
            "drivetrain_dispatch_log_look_age_seconds",
            "How long ago a worker last read the log, of the worker where it is longest.",
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._shown = FollowCounters()

    def show(self, following: FollowDrivers) -> None:
        """Account for what was followed since the last call."""
        now, before = following.counters, self._shown
        self._dead.inc(now.dead - before.dead)
        others = 0
        for outcome in ("applied", "unreadable", "ignored"):
            count = getattr(now, outcome) - getattr(before, outcome)
            self._updates.labels(outcome).inc(count)
            others += count
        self._updates.labels("outdated").inc(now.read - before.read - others)
        self._shown = replace(now)
        self._idle.set(len(following.index))
        self._look_age.set(time.monotonic() - following.looked_at)
        if following.appended_us:
            self._age.set(following.newest_age_s)
            self._lag.set(following.lag_events)
