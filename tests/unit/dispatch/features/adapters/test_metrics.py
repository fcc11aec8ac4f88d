"""What Prometheus reads of features: what a worker counted, and the last comparison."""

from __future__ import annotations

import numpy as np
from prometheus_client import CollectorRegistry
from tests.support.dispatch import NOW
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock
from tests.support.ride_steps import append_steps

from drivetrain.core.event_log import NewEvent
from drivetrain.dispatch.events.domain.events import REQUESTS
from drivetrain.dispatch.features.adapters.decoding import decode_steps
from drivetrain.dispatch.features.adapters.metrics import FeatureMetrics, FeatureUseMetrics
from drivetrain.dispatch.features.application.follow_steps import FollowSteps
from drivetrain.dispatch.features.application.ports import FeatureUse
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT


def test_events_are_counted_by_what_became_of_them() -> None:
    registry, log = CollectorRegistry(), MemoryEventLog(FixedClock(NOW))
    metrics, following = FeatureMetrics(registry), FollowSteps(log, decode_steps, FixedClock(NOW))
    append_steps(log, "accept", "d1", 3)
    log.append({REQUESTS: [NewEvent("r", b"poison"), NewEvent("r", b'{"kind": "requested"}')]})
    following.look()
    for _ in range(2):  # nothing is counted twice
        metrics.show(following)
    outcomes = {
        outcome: registry.get_sample_value("drivetrain_dispatch_feature_steps_total", {"outcome": outcome})
        for outcome in ("counted", "unreadable", "other")
    }
    assert outcomes == {"counted": 3, "unreadable": 1, "other": 1}
    assert registry.get_sample_value("drivetrain_dispatch_feature_lag_events") == 0


def test_the_last_comparison_is_shown_by_feature() -> None:
    registry = CollectorRegistry()
    metrics = FeatureMetrics(registry)
    name, labels = "drivetrain_dispatch_feature_equal_share", {"feature": "trips_1h"}
    features = [{"name": "trips_1h", "equal_share": 0.75}]
    metrics.show_parity(None)
    metrics.show_parity({"decisions": 0, "features": features})
    assert registry.get_sample_value(name, labels) is None
    metrics.show_parity({"decisions": 4, "features": features})
    assert registry.get_sample_value(name, labels) == 0.75


def test_values_in_decisions_are_counted_by_whether_they_were_known() -> None:
    registry, use = CollectorRegistry(), FeatureUse()
    metrics = FeatureUseMetrics(registry)
    use.count(np.array([[0.5, np.nan, 3.0], [0.25, np.nan, 1.0]]))
    metrics.show(use)
    use.count_unknown(4)
    for _ in range(2):  # nothing is counted twice
        metrics.show(use)
    counts = {
        (name, outcome): registry.get_sample_value(
            "drivetrain_dispatch_feature_values_total", {"feature": name, "outcome": outcome}
        )
        for name in STATS_LAYOUT.names
        for outcome in ("known", "missing")
    }
    assert list(counts.values()) == [2, 4, 0, 6, 2, 4]
