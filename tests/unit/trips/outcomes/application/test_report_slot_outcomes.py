"""Reporting the outcomes of scored slots: once they have ended, of the rides that were scored, by the source that knows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock
from tests.support.trip_fakes import BEGIN, PlainSource
from tests.support.trip_quality_fakes import MemoryOutcomeStore, by_duration

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.progress import SilentProgress
from drivetrain.trips.outcomes.application.record_outcomes import RecordOutcomes
from drivetrain.trips.outcomes.application.report_slot_outcomes import (
    ENDED_AFTER,
    LOOK_BACK,
    ReportedAs,
    ReportSlotOutcomes,
)
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.slots.application.ports import SlotRecord
from drivetrain.trips.slots.domain.ids import trip_id
from drivetrain.trips.slots.domain.slots import Slot, SlotState

SLOTS = [Slot(BEGIN + number * timedelta(minutes=5), 5) for number in range(3)]
ENDED = SLOTS[-1].due_at + ENDED_AFTER


@dataclass
class Slots:
    """Twin of the ledger's readers: slots that were scored, and the rides that were written for them."""

    now_at: datetime = ENDED
    source: str = "plain"
    rides: int = 4
    state: SlotState = SlotState.DONE
    fingerprints: dict[Slot, str] = field(default_factory=dict)
    marked: list[Slot] = field(default_factory=list)

    def now(self) -> datetime:
        return self.now_at

    def records(self, begin: datetime, end: datetime) -> list[SlotRecord]:
        shared = [slot for slot in SLOTS if slot.slot_at < end and slot.due_at > begin]
        return [
            SlotRecord(
                slot,
                self.state,
                rows=self.rides,
                source=self.source,
                fingerprint=self.fingerprints.get(slot, ""),
            )
            for slot in shared
        ]

    def unreported(self, source: str, begin: datetime, due_by: datetime) -> SlotRecord | None:
        for record in self.records(begin, due_by):
            slot = record.slot
            if (
                source == self.source
                and slot not in self.marked
                and begin <= slot.slot_at
                and slot.due_at <= due_by
            ):
                return record
        return None

    def are_written(self, slot: Slot, rides: Rides) -> bool:
        return len(rides) == self.rides

    def mark(self, slot: Slot) -> None:
        self.marked.append(slot)


def reports(slots: Slots, store: MemoryOutcomeStore, source: PlainSource | None = None) -> ReportSlotOutcomes:
    record = RecordOutcomes(store, FixedClock(slots.now_at))
    return ReportSlotOutcomes(slots, slots, source or PlainSource(4), record, "scorer")  # type: ignore[arg-type]


def test_the_oldest_slot_comes_first_each_once_with_the_durations_of_its_rides() -> None:
    slots, store = Slots(), MemoryOutcomeStore()
    report = reports(slots, store)
    done = [report.oldest() for _ in range(4)]
    assert [each and each.slot for each in done] == [*SLOTS, None]
    assert done[0] is not None and done[0].counts["new"] == 4
    took = PlainSource(4).rides(SLOTS[1].slot_at, 5).duration_min
    for number in range(4):
        minutes, _, said = store.kept[trip_id(SLOTS[1].slot_at, number)]
        assert (minutes, said.by, said.source, said.is_synthetic) == (took[number], "scorer", "plain", True)


def test_durations_of_a_real_day_are_not_marked_as_synthetic() -> None:
    store = MemoryOutcomeStore()
    reports(Slots(), store, PlainSource(4, is_synthetic=False)).oldest()
    assert [said.is_synthetic for _, _, said in store.kept.values()] == [False] * 4


@pytest.mark.parametrize(
    ("now_at", "expected"),
    [
        (SLOTS[0].due_at + ENDED_AFTER - timedelta(microseconds=1), []),  # its longest ride may be under way
        (SLOTS[0].due_at + ENDED_AFTER, [SLOTS[0]]),
        (SLOTS[1].slot_at + LOOK_BACK, SLOTS[1:]),  # older ones only on request
    ],
)
def test_nothing_is_known_before_the_rides_have_ended_and_old_slots_are_left_alone(
    now_at: datetime, expected: list[Slot]
) -> None:
    report = reports(Slots(now_at), MemoryOutcomeStore())
    assert [done.slot for done in iter(report.oldest, None)] == expected


def test_rides_that_take_longer_than_those_that_were_scored_are_refused() -> None:
    """The source draws as many rides, from the same areas, and others in truth: nothing else would show it."""
    source = PlainSource(4)
    scored = {slot: source.rides(slot.slot_at, 5) for slot in SLOTS}
    slower = replace(scored[SLOTS[1]], duration_min=scored[SLOTS[1]].duration_min + 0.01)
    slots, store = (
        Slots(fingerprints={slot: rides.fingerprint() for slot, rides in scored.items()}),
        MemoryOutcomeStore(),
    )
    slots.fingerprints[SLOTS[1]] = slower.fingerprint()
    done = list(iter(reports(slots, store).oldest, None))
    assert [each.reported_as for each in done] == [
        ReportedAs.RECORDED,
        ReportedAs.OTHER_RIDES,
        ReportedAs.RECORDED,
    ]
    assert slots.marked == SLOTS  # asked once, not every time
    assert trip_id(SLOTS[1].slot_at, 0) not in store.kept


def test_a_slot_that_was_scored_before_fingerprints_were_kept_is_told_by_its_rows() -> None:
    slots, store = Slots(rides=4), MemoryOutcomeStore()
    assert {each.reported_as for each in iter(reports(slots, store).oldest, None)} == {ReportedAs.RECORDED}


def test_a_window_is_reported_as_often_as_one_likes_and_says_what_became_of_each_slot() -> None:
    slots, store = Slots(now_at=SLOTS[1].due_at + ENDED_AFTER), MemoryOutcomeStore()
    for new in (4, 0):
        done = list(reports(slots, store).window(BEGIN, SLOTS[-1].due_at, SilentProgress()))
        assert [each.reported_as for each in done] == [
            ReportedAs.RECORDED,
            ReportedAs.RECORDED,
            ReportedAs.UNDER_WAY,
        ]
        assert done[0].counts["new"] == new
    assert len(store.kept) == 8
    (only,) = reports(slots, store).window(SLOTS[1].slot_at, SLOTS[1].due_at, SilentProgress())
    assert only.slot == SLOTS[1]


def test_rides_of_another_source_or_other_settings_get_no_outcome() -> None:
    """The durations at hand are those of other rides, and an outcome can never be taken back."""
    store = MemoryOutcomeStore()
    (done, *_) = reports(Slots(source="drawn:other"), store).window(BEGIN, ENDED, SilentProgress())
    assert (done.reported_as, done.source) == (ReportedAs.OTHER_SOURCE, "drawn:other")
    other = Slots(rides=5)
    report = reports(other, store)
    # each once
    assert [done.reported_as for done in iter(report.oldest, None)] == [ReportedAs.OTHER_RIDES] * 3
    assert store.kept == {}


class CutOff(Slots):
    """Ends before the mark, as a killed scorer does."""

    def mark(self, slot: Slot) -> None:
        raise UnavailableError("Killed.")


def test_cut_off_before_its_mark_a_slot_is_reported_again_and_nothing_is_doubled() -> None:
    store = MemoryOutcomeStore()
    with pytest.raises(UnavailableError):
        reports(CutOff(), store).oldest()
    assert len(store.kept) == 4
    again = reports(Slots(), store).oldest()
    assert again is not None and again.slot == SLOTS[0]
    assert (again.counts["new"], again.counts["repeated"], len(store.kept)) == (0, 4, 4)


def test_slots_that_were_not_scored_have_no_outcomes() -> None:
    report = reports(Slots(state=SlotState.MISSED), MemoryOutcomeStore())
    assert list(report.window(BEGIN, ENDED, SilentProgress())) == []


def test_a_reported_duration_stays() -> None:
    store = MemoryOutcomeStore()
    first: UUID = trip_id(BEGIN, 0)
    RecordOutcomes(store, FixedClock(ENDED))(by_duration({first: 99.0}), by="fleet", source="api")
    done = reports(Slots(), store).oldest()
    assert done is not None and (done.counts["new"], done.counts["failed"]) == (3, 1)
    assert store.kept[first][0] == 99.0


@pytest.mark.parametrize("end", [BEGIN, BEGIN - timedelta(days=1), BEGIN + timedelta(days=367)])
def test_a_window_that_is_none_is_refused(end: datetime) -> None:
    with pytest.raises(InvalidInputError):
        list(reports(Slots(), MemoryOutcomeStore()).window(BEGIN, end, SilentProgress()))
