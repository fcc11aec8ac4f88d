"""Scorers and the database are killed at every step: afterwards every ride of every slot stands there once."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine
from tests.support.platform import eventually
from tests.support.postgres import make_folder
from tests.support.trip_fakes import PlainModels, PlainSource
from tests.support.trip_scorer import GRID, RIDES, ended, owe, proven, start_scorer

from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.embedded.postmaster import running_postmaster
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.core.progress import SilentProgress
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader
from drivetrain.trips.slots.adapters.writer import PostgresSlotWriter
from drivetrain.trips.slots.application.backfill_slots import BackfillSlots
from drivetrain.trips.slots.application.ports import Step
from drivetrain.trips.slots.application.reconcile_window import ReconcileWindow
from drivetrain.trips.slots.application.score_slot import ScoreSlot


def test_scorers_killed_at_every_step_lose_and_double_nothing(migrated_url: str) -> None:
    """One after the other, each at its step of the oldest slot that is open; the last one is left alone."""
    first, last = owe(migrated_url, 10)
    for step in Step:
        assert ended(start_scorer(migrated_url, at=step)) == -signal.SIGKILL
    assert ended(start_scorer(migrated_url)) == 0
    proof = proven(migrated_url, first, last)
    assert (proof.slots, proof.duplicated, proof.missing, proof.holds) == (10, 0, 0, True)
    assert proof.written == proof.expected == 10 * RIDES


def test_two_scorers_at_once_share_the_slots(migrated_url: str) -> None:
    first, last = owe(migrated_url, 20)
    both = [start_scorer(migrated_url) for _ in range(2)]
    assert [ended(scorer) for scorer in both] == [0, 0]
    proof = proven(migrated_url, first, last)
    assert proof.holds and proof.written == 20 * RIDES


@pytest.mark.parametrize("step", [Step.COPYING, Step.MARKED])
def test_a_scorer_that_is_stopped_beyond_its_lease_is_fenced_off(
    migrated_url: str, engine: Engine, step: Step
) -> None:
    """By SIGSTOP, in the middle of its copy and just before its commit; another one takes over; then it goes on."""
    first, last = owe(migrated_url, 2)
    stopped = start_scorer(migrated_url, at=f"stop:{step}")
    assert stopped.pid is not None
    process = psutil.Process(stopped.pid)
    try:
        assert eventually(lambda: process.status() == psutil.STATUS_STOPPED, 30)
        assert ended(start_scorer(migrated_url)) == 0
        assert proven(migrated_url, first, last).holds
        process.resume()
        assert ended(stopped) == 0  # it finds nothing left to do
    finally:
        stopped.kill()
    proof = proven(migrated_url, first, last)
    assert proof.holds and proof.written == 2 * RIDES
    record = PostgresSlotReader(engine).records(first.slot_at, first.due_at)[0]
    assert record.attempts == 3  # the one that made it owed, the stopped one, and the one that took over


@pytest.fixture
def own_server() -> Iterator[tuple[EmbeddedPostgres, Path]]:
    """A server that may be killed, and its folder."""
    folder = make_folder()
    server = EmbeddedPostgres(folder)
    server.start()
    yield server, folder
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def kill_server(folder: Path) -> None:
    """SIGKILL for the postmaster and its children, as a power cut would."""
    postmaster = running_postmaster(folder / "data")
    assert postmaster is not None
    process = psutil.Process(postmaster.pid)
    everybody = [process, *process.children(recursive=True)]
    for each in everybody:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(everybody, timeout=10)


def test_the_database_and_scorers_are_killed_at_random(own_server: tuple[EmbeddedPostgres, Path]) -> None:
    """Two scorers at once all the time, and somebody dies again and again.

    The benchmarks do it fifty times.
    """
    server, folder = own_server
    chance = random.Random(7)
    migrate(server.url)
    first, last = owe(server.url, 60)
    for _ in range(3):
        scorers = [start_scorer(server.url, at=chance.choice([*Step, ""])) for _ in range(2)]
        time.sleep(chance.uniform(0.2, 0.7))
        kill_server(folder)
        server.start()
        time.sleep(chance.uniform(0.0, 0.3))
        for scorer in scorers:
            scorer.kill()
            scorer.join()
    assert [ended(scorer) for scorer in [start_scorer(server.url) for _ in range(2)]] == [0, 0]
    proof = proven(server.url, first, last)
    assert (proof.slots, proof.duplicated, proof.missing, proof.holds) == (60, 0, 0, True)
    assert proof.written == 60 * RIDES


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 3, 8), 276), (date(2025, 11, 2), 300)])
def test_the_days_of_the_clock_change_are_scored_whole(engine: Engine, day: date, slots: int) -> None:
    """By Chicago's clock; the last slot of the day ends when the next day begins."""
    ledger = PostgresSlotWriter(engine)
    backfill = BackfillSlots(ScoreSlot(ledger, PlainSource(20), PlainModels()), ledger, GRID)
    begin, length_min = CHICAGO.day(day)
    wanted = GRID.between(begin, begin + timedelta(minutes=length_min))
    window = (wanted[0].slot_at, wanted[-1].due_at)
    done = list(backfill.window(*window, SilentProgress()))
    assert [run.slot for run in done] == wanted
    proof = ReconcileWindow(PostgresSlotReader(engine), GRID)(*window)
    assert (proof.slots, proof.written, proof.holds) == (slots, slots * 20, True)
