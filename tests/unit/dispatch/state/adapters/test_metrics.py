"""What Prometheus reads of a worker that cannot read the log."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry
from tests.support.dispatch import NOW
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock

from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import EventTopic, Offsets
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.adapters.metrics import StateMetrics
from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers


class LostLog(MemoryEventLog):
    """Cannot be reached."""

    def ends(self, topic: EventTopic) -> Offsets:
        raise UnavailableError("Away.")


def test_a_log_that_cannot_be_read_is_seen_by_the_age_of_the_last_look() -> None:
    registry = CollectorRegistry()
    metrics = StateMetrics(registry)
    following = FollowDrivers(LostLog(FixedClock(NOW)), decode_updates, FixedClock(NOW), fresh_s=60)
    following.looked_at -= 100
    with pytest.raises(UnavailableError):
        following.look()
    metrics.show(following)
    age_s = registry.get_sample_value("drivetrain_dispatch_log_look_age_seconds")
    assert age_s is not None
    assert 100 <= age_s < 10_000
