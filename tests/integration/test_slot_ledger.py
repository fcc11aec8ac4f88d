"""The slot ledger on a real PostgreSQL: claims, leases, the fence, rides and marks in one transaction, and the proof."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, text
from tests.support.trip_fakes import BEGIN, PlainModel, PlainModels, PlainSource

from drivetrain.core.errors import UnavailableError
from drivetrain.core.progress import SilentProgress
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader
from drivetrain.trips.slots.adapters.writer import PostgresSlotWriter
from drivetrain.trips.slots.application.backfill_slots import BackfillSlots
from drivetrain.trips.slots.application.ports import LeaseLostError, Origin, ScoredRides, Step
from drivetrain.trips.slots.application.reconcile_window import ReconcileWindow
from drivetrain.trips.slots.application.run_due_slots import RunDueSlots
from drivetrain.trips.slots.application.score_slot import ScoreSlot
from drivetrain.trips.slots.application.status import ReadSlotStatus
from drivetrain.trips.slots.domain.ids import trip_id
from drivetrain.trips.slots.domain.proof import Proof
from drivetrain.trips.slots.domain.slots import Slot, SlotGrid, SlotState

GRID = SlotGrid(5)
SLOT = GRID.at(BEGIN)
LATER = GRID.at(BEGIN + GRID.length)


@pytest.fixture
def ledger(engine: Engine) -> PostgresSlotWriter:
    return PostgresSlotWriter(engine)


@pytest.fixture
def reconcile(engine: Engine) -> ReconcileWindow:
    return ReconcileWindow(PostgresSlotReader(engine), GRID)


def scored(rides: int = 100) -> ScoredRides:
    drawn = PlainSource(rides).rides(BEGIN, 5)
    return ScoredRides(drawn, PlainModel().estimate_rides(drawn), "1", "plain")


def scorer(ledger: PostgresSlotWriter, rides: int = 100) -> ScoreSlot:
    return ScoreSlot(ledger, PlainSource(rides), PlainModels())


def ignore(_: Step) -> None:
    pass


def hour(reconcile: ReconcileWindow) -> Proof:
    return reconcile(BEGIN, BEGIN + timedelta(hours=1))


def execute(engine: Engine, statement: str, **values: object) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def let_lease_run_out(engine: Engine) -> None:
    execute(engine, "UPDATE drivetrain.trip_slots SET held_until = clock_timestamp() - interval '1 second'")


def test_rides_come_back_as_they_were_written(engine: Engine, ledger: PostgresSlotWriter) -> None:
    """Every column, and NULL where an amount was unknown."""
    done = scorer(ledger, rides=5_000)(SLOT, Origin.REQUEST)
    assert done is not None
    assert (done.rows, done.state, done.model_version, done.attempts) == (5_000, SlotState.CAUGHT_UP, "1", 1)
    wanted = scored(5_000)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM drivetrain.ride_predictions ORDER BY trip_id")).all()
    assert [row.trip_id for row in rows] == [trip_id(BEGIN, number) for number in range(5_000)]
    assert [row.pickup_community_area for row in rows] == wanted.rides.pickup_community_area.tolist()
    assert [row.dropoff_community_area for row in rows] == wanted.rides.dropoff_community_area.tolist()
    assert [
        row.trip_start_timestamp.replace(tzinfo=None) for row in rows
    ] == wanted.rides.trip_start_timestamp.tolist()
    unknown = np.isnan(wanted.rides.fare)
    assert unknown.any()
    assert [row.fare for row in rows] == [None if np.isnan(fare) else fare for fare in wanted.rides.fare]
    assert [row.trip_total is None for row in rows] == unknown.tolist()
    assert [row.trip_miles for row in rows] == wanted.rides.trip_miles.tolist()
    assert [row.predicted_duration for row in rows] == wanted.estimates.duration_min.tolist()
    assert [row.predicted_low for row in rows] == wanted.estimates.low.tolist()
    assert [row.predicted_high for row in rows] == wanted.estimates.high.tolist()
    assert {(row.model_version, row.slot_at, row.created_at) for row in rows} == {("1", BEGIN, done.done_at)}


def test_a_slot_without_rides_is_written_too(ledger: PostgresSlotWriter, reconcile: ReconcileWindow) -> None:
    done = scorer(ledger, rides=0)(SLOT, Origin.REQUEST)
    assert done is not None and done.rows == 0
    proof = hour(reconcile)
    assert (proof.slots, proof.expected, proof.written, proof.holds) == (1, 0, 0, True)


def test_a_slot_is_claimed_once_while_its_lease_lasts(engine: Engine, ledger: PostgresSlotWriter) -> None:
    first = ledger.claim(SLOT, Origin.SCHEDULE)
    assert first is not None and first.attempt == 1
    assert PostgresSlotWriter(engine).claim(SLOT, Origin.SCHEDULE) is None
    let_lease_run_out(engine)
    second = PostgresSlotWriter(engine).claim(SLOT, Origin.SCHEDULE)
    assert second is not None and second.attempt == 2


def test_of_many_who_claim_at_once_one_gets_it(ledger: PostgresSlotWriter) -> None:
    with ThreadPoolExecutor(4) as threads:
        claims = list(threads.map(lambda _: ledger.claim(SLOT, Origin.SCHEDULE), range(16)))
    assert sum(claim is not None for claim in claims) == 1


def test_who_lost_the_lease_writes_nothing(
    engine: Engine, ledger: PostgresSlotWriter, reconcile: ReconcileWindow
) -> None:
    """Before the other one has written, and after."""
    stale = ledger.claim(SLOT, Origin.REQUEST)
    assert stale is not None
    let_lease_run_out(engine)
    fresh = ledger.claim(SLOT, Origin.REQUEST)
    assert fresh is not None
    with pytest.raises(LeaseLostError):
        ledger.write(stale, scored(), ignore)
    assert hour(reconcile).written == 0
    ledger.give_back(stale, "platform.internal_error")  # changes nothing either
    ledger.write(fresh, scored(), ignore)
    with pytest.raises(LeaseLostError):
        ledger.write(stale, scored(), ignore)
    proof = hour(reconcile)
    assert (proof.written, proof.expected, proof.holds) == (100, 100, True)


def test_a_written_slot_is_not_claimed_again(ledger: PostgresSlotWriter) -> None:
    assert scorer(ledger)(SLOT, Origin.SCHEDULE) is not None
    for origin in Origin:
        assert scorer(ledger)(SLOT, origin) is None


def test_the_heartbeat_keeps_the_lease(engine: Engine) -> None:
    """A second of waiting is what a lease of a fifth of a second is measured by."""
    ledger = PostgresSlotWriter(engine, lease_s=0.3)
    claim = ledger.claim(SLOT, Origin.SCHEDULE)
    assert claim is not None
    with ledger.keep_lease(claim), engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(0.9)"))
        assert ledger.claim(SLOT, Origin.SCHEDULE) is None


def test_a_scorer_that_hangs_in_the_middle_of_its_copy_holds_nobody_up(
    engine: Engine, ledger: PostgresSlotWriter
) -> None:
    """The other one takes over and commits while the copy of the first is open; then the first one is refused."""
    stale = ledger.claim(SLOT, Origin.SCHEDULE)
    assert stale is not None

    def take_over(step: Step) -> None:
        if step is Step.COPIED:
            let_lease_run_out(engine)
            assert scorer(PostgresSlotWriter(engine))(SLOT, Origin.SCHEDULE) is not None

    with pytest.raises(LeaseLostError):
        ledger.write(stale, scored(), take_over)


def test_a_scorer_that_hangs_before_its_commit_is_cut_off(engine: Engine) -> None:
    """It holds the slot's row then; the server ends its session after the length of a lease."""
    ledger = PostgresSlotWriter(engine, lease_s=0.3)
    claim = ledger.claim(SLOT, Origin.SCHEDULE)
    assert claim is not None

    def hang(step: Step) -> None:
        if step is Step.MARKED:
            # waits for the lock, then has it
            assert scorer(PostgresSlotWriter(engine))(SLOT, Origin.SCHEDULE) is not None

    with pytest.raises(UnavailableError):
        ledger.write(claim, scored(), hang)


def test_what_cannot_be_scored_is_due_again_and_says_why(ledger: PostgresSlotWriter, engine: Engine) -> None:
    class NoModels:
        def live_at(self, instant: datetime) -> PlainModel:
            raise UnavailableError("Its files are gone.", code="model.refused")

    with pytest.raises(UnavailableError):
        ScoreSlot(ledger, PlainSource(), NoModels())(SLOT, Origin.SCHEDULE)  # type: ignore[arg-type]
    (record,) = PostgresSlotReader(engine).records(BEGIN, BEGIN + timedelta(minutes=5))
    assert (record.state, record.error, record.rows) == (SlotState.DUE, "model.refused", None)
    (mark,) = ledger.marks(BEGIN, BEGIN + timedelta(minutes=5))
    assert mark.is_held  # for a while the schedule lets it alone; who asks for it need not wait
    done = scorer(ledger)(SLOT, Origin.REQUEST)
    assert done is not None and (done.attempts, done.error) == (2, "")


def runs(ledger: PostgresSlotWriter, catch_up: timedelta = timedelta(hours=1)) -> RunDueSlots:
    return RunDueSlots(scorer(ledger), ledger, GRID, catch_up)


def push_back(engine: Engine, slots: int) -> None:
    """As if nobody had scored for so many slots: what stands in the ledger is moved into the past."""
    shift = slots * GRID.length
    execute(
        engine,
        "UPDATE drivetrain.trip_slots SET slot_at = slot_at - :shift, done_at = done_at - :shift",
        shift=shift,
    )
    execute(engine, "DELETE FROM drivetrain.ride_predictions")


def test_the_first_run_scores_the_slot_that_has_just_ended_and_the_second_nothing(
    ledger: PostgresSlotWriter,
) -> None:
    first = list(runs(ledger)())
    assert [run.slot for run in first] == [GRID.last_over(datetime.now(UTC))]
    assert [run for run in runs(ledger)() if run.slot == first[0].slot] == []


def test_after_downtime_slots_are_caught_up_oldest_first_and_the_oldest_are_missed(
    ledger: PostgresSlotWriter, engine: Engine
) -> None:
    list(runs(ledger)())
    push_back(engine, 20)
    done = list(runs(ledger, catch_up=timedelta(minutes=16))())
    assert [run.slot for run in done] == sorted(run.slot for run in done)
    states = [run.record.state for run in done if run.record]
    assert 3 <= len(states) <= 5 and set(states[:-2]) == {SlotState.CAUGHT_UP}
    reader = PostgresSlotReader(engine)
    kept = reader.records(done[0].slot.slot_at - 25 * GRID.length, done[-1].slot.due_at)
    missed = [record for record in kept if record.state is SlotState.MISSED]
    assert len(missed) + len(states) == 20
    assert all(record.slot < done[0].slot for record in missed)
    assert list(runs(ledger, catch_up=timedelta(minutes=16))()) == []
    # what the schedule has given up may still be asked for
    again = BackfillSlots(scorer(ledger), ledger, GRID).one(missed[0].slot.slot_at)
    assert again.record is not None and again.record.state is SlotState.CAUGHT_UP


def test_a_slot_left_by_a_killed_scorer_is_scored_when_its_lease_has_run_out(
    ledger: PostgresSlotWriter, engine: Engine
) -> None:
    slot = GRID.last_over(datetime.now(UTC))
    ledger.claim(slot, Origin.SCHEDULE)
    assert slot not in [run.slot for run in runs(ledger)()]
    let_lease_run_out(engine)
    assert slot in [run.slot for run in runs(ledger)()]


def test_a_change_of_length_scores_no_minute_twice(ledger: PostgresSlotWriter, engine: Engine) -> None:
    list(runs(ledger)())
    push_back(engine, 12)
    finer = RunDueSlots(scorer(ledger), ledger, SlotGrid(1), timedelta(hours=2))
    done = [run.slot for run in finer()]
    with engine.connect() as connection:
        (first,) = connection.execute(
            text("SELECT slot_at FROM drivetrain.trip_slots WHERE length_min = 5")
        ).scalars()
    assert min(done).slot_at == first + timedelta(minutes=5)
    coarser = RunDueSlots(scorer(ledger), ledger, SlotGrid(60), timedelta(hours=3))
    assert all(not run.slot.overlaps(Slot(first, 65)) for run in coarser())


def test_two_runs_at_once_score_each_slot_once(
    ledger: PostgresSlotWriter, engine: Engine, reconcile: ReconcileWindow
) -> None:
    list(runs(ledger)())
    push_back(engine, 8)
    execute(
        engine,
        "DELETE FROM drivetrain.trip_slots WHERE slot_at > (SELECT min(slot_at) FROM drivetrain.trip_slots)",
    )
    with ThreadPoolExecutor(2) as threads:
        both = list(threads.map(lambda _: list(runs(ledger)()), range(2)))
    done = [run.slot for each in both for run in each]
    assert len(done) == len(set(done)) >= 8
    assert all(run.error is None for each in both for run in each)
    proof = reconcile(min(done).slot_at, max(done).due_at)
    assert proof.holds and proof.written == 100 * len(done)


def test_a_backfill_promises_its_slots_first_and_can_be_repeated(
    ledger: PostgresSlotWriter, reconcile: ReconcileWindow
) -> None:
    """It ends in the middle: the proof shows what is left, and the same call does that and no more."""
    backfill = BackfillSlots(scorer(ledger), ledger, GRID)
    end = BEGIN + timedelta(hours=1)
    ended = backfill.window(BEGIN, end, SilentProgress())
    for _ in range(5):
        assert next(ended).record is not None
    ended.close()
    proof = hour(reconcile)
    assert (proof.slots, len(proof.unscored), proof.written, proof.holds) == (12, 7, 500, False)
    assert len(list(backfill.window(BEGIN, end, SilentProgress()))) == 7
    assert list(backfill.window(BEGIN, end, SilentProgress())) == []
    assert hour(reconcile).holds
    assert next(runs(ledger)()).slot.slot_at > end  # and the schedule does not take the past for its own


TAMPERED = {
    "a ride is removed": ("DELETE FROM {rides} WHERE trip_id = :first", "missing", 1),
    "a ride stands twice": (
        "ALTER TABLE {rides} DROP CONSTRAINT ride_predictions_pkey; INSERT INTO {rides} SELECT * FROM {rides} "
        "WHERE trip_id = :first",
        "duplicated",
        1,
    ),
    "a ride has another id": (
        "UPDATE {rides} SET trip_id = gen_random_uuid() WHERE trip_id = :first",
        "unexpected",
        1,
    ),
    "a ride stands in another slot": (
        "UPDATE {rides} SET slot_at = slot_at + interval '5 minutes' WHERE trip_id = :first",
        "missing",
        1,
    ),
    "a ride is beyond the last": (
        "UPDATE {slots} SET rows = rows - 1 WHERE slot_at = :begin",
        "unexpected",
        1,
    ),
    "a mark promises more": ("UPDATE {slots} SET rows = rows + 2 WHERE slot_at = :begin", "missing", 2),
    "a mark is removed": ("DELETE FROM {slots} WHERE slot_at = :begin", "unexpected", 100),
    "all of a slot is removed": (
        "DELETE FROM {slots} WHERE slot_at = :later; DELETE FROM {rides} WHERE slot_at = :later",
        "unscored",
        [LATER.slot_at],
    ),
    "a mark says due again": ("UPDATE {slots} SET state = 'due' WHERE slot_at = :begin", "unscored", [BEGIN]),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_the_proof_sees(
    case: str, ledger: PostgresSlotWriter, engine: Engine, reconcile: ReconcileWindow
) -> None:
    statements, finding, found = TAMPERED[case]
    for number in range(3):
        scorer(ledger)(GRID.at(BEGIN + number * GRID.length), Origin.SCHEDULE)
    window = (BEGIN, BEGIN + 3 * GRID.length)
    assert reconcile(*window).holds
    names = {"rides": "drivetrain.ride_predictions", "slots": "drivetrain.trip_slots"}
    for statement in statements.format(**names).split("; "):
        with engine.begin() as connection:
            values = {"first": trip_id(BEGIN, 0), "begin": BEGIN, "later": LATER.slot_at}
            connection.execute(
                text(statement), {name: values[name] for name in values if f":{name}" in statement}
            )
    proof = reconcile(*window)
    assert not proof.holds
    assert getattr(proof, finding) == found


def test_the_status_shows_last_slots_the_next_one_and_who_scores(
    ledger: PostgresSlotWriter, engine: Engine
) -> None:
    reader = PostgresSlotReader(engine)
    status = ReadSlotStatus(reader, GRID, ReconcileWindow(reader, GRID))
    assert status(12, None).slots == []
    list(runs(ledger)())
    push_back(engine, 2)
    reader.report("here:1", "plain", "Prefect did not start.")
    seen = status(12, None)
    assert [record.state for record in seen.slots][-1] in {
        SlotState.DONE,
        SlotState.LATE,
        SlotState.CAUGHT_UP,
    }
    assert {record.state for record in seen.slots[:-1]} == {SlotState.DUE}
    assert seen.next.slot_at <= seen.now < seen.next.due_at
    assert [scorer.owner for scorer in seen.scorers] == ["here:1"]
    assert len(seen.proof.unscored) == len(seen.slots) - 1
    reader.leave("here:1")
    assert status(12, None).scorers == []
