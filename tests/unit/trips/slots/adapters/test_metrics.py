"""What Prometheus reads of slots."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from tests.support.trip_fakes import BEGIN

from drivetrain.core.errors import UnavailableError
from drivetrain.trips.slots.adapters.metrics import SlotMetrics
from drivetrain.trips.slots.application.ports import SlotRecord
from drivetrain.trips.slots.application.run_due_slots import SlotRun
from drivetrain.trips.slots.domain.slots import Slot, SlotState

SLOT = Slot(BEGIN, 5)


def test_slots_are_counted_by_state_and_rides_and_delays_added_up() -> None:
    registry = CollectorRegistry()
    metrics = SlotMetrics(registry)
    done = SlotRecord(SLOT, SlotState.LATE, rows=120, done_at=SLOT.due_at + timedelta(seconds=90))
    metrics.slot_ended(SlotRun(SLOT, done), took_s=0.2)
    metrics.slot_ended(SlotRun(SLOT, error=UnavailableError("Its files are gone.")), took_s=0.1)
    metrics.due(3)
    value = registry.get_sample_value
    assert value("drivetrain_trip_slots_total", {"state": "late"}) == 1
    assert value("drivetrain_trip_slots_total", {"state": "failed"}) == 1
    assert value("drivetrain_trip_rides_scored_total") == 120
    assert value("drivetrain_trip_slot_delay_seconds_sum") == 90
    assert value("drivetrain_trip_slot_duration_seconds_sum") == pytest.approx(0.2)
    assert value("drivetrain_trip_slots_due") == 3
