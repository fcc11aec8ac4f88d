"""Recording outcomes: who said it, when, and those of drawn rides."""

from __future__ import annotations

import numpy as np
from tests.support.fakes import FixedClock
from tests.support.trip_quality_fakes import BEGIN, NOW, MemoryOutcomeStore, by_duration, octets, trip_id

from drivetrain.trips.outcomes.application.record_outcomes import RecordOutcomes, Report
from drivetrain.trips.rides.domain.rides import Rides

IDS = [trip_id(BEGIN, number) for number in range(4)]


def rides(*minutes: float) -> Rides:
    count = len(minutes)
    areas, amounts = np.full(count, 8, dtype=np.int16), np.full(count, np.nan)
    starts = np.full(count, "2026-05-04T05:01", dtype="datetime64[us]")
    return Rides(areas, areas, starts, amounts, amounts, amounts, np.array(minutes))


def test_an_outcome_stands_with_who_reported_it_and_when() -> None:
    store = MemoryOutcomeStore()
    added = RecordOutcomes(store, FixedClock(NOW))(by_duration({IDS[0]: 12.5}), by="fleet", source="api")
    assert added.counts["new"] == 1
    assert store.kept[IDS[0]] == (12.5, None, Report("fleet", NOW, "api", is_synthetic=False))


def test_drawn_rides_are_marked_and_those_without_a_duration_left_out() -> None:
    store = MemoryOutcomeStore()
    record = RecordOutcomes(store, FixedClock(NOW))
    drawn = rides(12.5, np.nan, 9.0, 2_000.0)
    for new in (2, 0):  # a slot that is done again says the same
        counts = record.of_rides(octets(*IDS), drawn, by="scorer", source="drawn:built-in", is_synthetic=True)
        assert counts == {"ok": 2, "failed": 0, "new": new, "repeated": 2 - new, "waiting": 2}
    assert set(store.kept) == {IDS[0], IDS[2]}
    assert {report for _, _, report in store.kept.values()} == {
        Report("scorer", NOW, "drawn:built-in", is_synthetic=True)
    }


def test_a_drawn_outcome_never_replaces_a_reported_one() -> None:
    store = MemoryOutcomeStore()
    record = RecordOutcomes(store, FixedClock(NOW))
    record(by_duration({IDS[0]: 20.0}), by="fleet", source="api")
    counts = record.of_rides(
        octets(*IDS[:2]), rides(12.5, 9.0), by="scorer", source="drawn", is_synthetic=True
    )
    assert (counts["failed"], counts["new"], store.kept[IDS[0]][0]) == (1, 1, 20.0)


def test_a_large_slot_goes_in_blocks() -> None:
    store = MemoryOutcomeStore()
    counts = RecordOutcomes(store, FixedClock(NOW), block_rides=3).of_rides(
        octets(*IDS), rides(1.0, 2.0, 3.0, 4.0), by="scorer", source="replay:2022-03-01", is_synthetic=False
    )
    assert (counts["ok"], counts["new"]) == (4, 4)
    assert [minutes for minutes, _, _ in store.kept.values()] == [1.0, 2.0, 3.0, 4.0]
