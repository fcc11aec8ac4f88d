"""Features are followed where the log reaches back over their longest window."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.support.dispatch import NOW
from tests.support.event_log import MemoryEventLog
from tests.support.fakes import FixedClock

from drivetrain.dispatch.features.adapters.following import follow_steps


def installation(event_days: int) -> Any:
    return SimpleNamespace(settings=lambda group: group(event_days=event_days), clock=FixedClock(NOW))


def test_a_log_that_is_too_short_gives_no_features() -> None:
    log = MemoryEventLog(FixedClock(NOW))
    assert follow_steps(installation(6), log) is None
    assert follow_steps(installation(7), log) is not None
