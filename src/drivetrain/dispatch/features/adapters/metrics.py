"""What Prometheus reads of features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from drivetrain.dispatch.features.application.follow_steps import FollowSteps, StepCounters
from drivetrain.dispatch.features.application.ports import FeatureUse
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT


class FeatureMetrics:
    """Shows what a worker counted, and how far decisions agreed with the log when they were last compared."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._steps = Counter(
            "drivetrain_dispatch_feature_steps_total",
            "Events of rides that a worker read for features: counted, unreadable, or other, which is not counted.",
            ["outcome"],
            registry=registry,
        )
        self._lag = Gauge(
            "drivetrain_dispatch_feature_lag_events",
            "Events of rides that a worker has not read yet, summed over the workers.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._equal = Gauge(
            "drivetrain_dispatch_feature_equal_share",
            "Share of values of a feature in decisions that the log gives as well, when they were last compared.",
            ["feature"],
            registry=registry,
            multiprocess_mode="mostrecent",
        )
        self._shown = StepCounters()

    def show(self, following: FollowSteps) -> None:
        """Account for what was followed since the last call."""
        now, before = following.counters, self._shown
        counted, unreadable = now.counted - before.counted, now.unreadable - before.unreadable
        self._steps.labels("counted").inc(counted)
        self._steps.labels("unreadable").inc(unreadable)
        self._steps.labels("other").inc(now.read - before.read - counted - unreadable)
        self._shown = replace(now)
        self._lag.set(following.lag_events)

    def show_parity(self, report: Mapping[str, Any] | None) -> None:
        """Show a report as it is kept; nothing while there was none that compared anything."""
        if report is not None and report["decisions"]:
            for feature in report["features"]:
                self._equal.labels(feature["name"]).set(feature["equal_share"])


class FeatureUseMetrics:
    """Shows of how many drivers in decisions a feature was known."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._values = Counter(
            "drivetrain_dispatch_feature_values_total",
            "Features of drivers that decisions name: known, or missing.",
            ["feature", "outcome"],
            registry=registry,
        )
        self._shown = FeatureUse()

    def show(self, use: FeatureUse) -> None:
        """Account for the decisions since the last call."""
        now = FeatureUse(use.known.copy(), use.missing.copy())
        for outcome in ("known", "missing"):
            more = getattr(now, outcome) - getattr(self._shown, outcome)
            for name, count in zip(STATS_LAYOUT.names, more.tolist(), strict=True):
                self._values.labels(name, outcome).inc(count)
        self._shown = now
