"""The process of the scheduled scoring, as `drivetrain up` starts it: with Prefect, without it, and after downtime."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Engine, text
from tests.support.platform import eventually, is_alive
from tests.support.trip_fakes import PlainModels, PlainSource

from drivetrain.core.time import iso_utc
from drivetrain.trips.outcomes.adapters.reports import slot_outcomes
from drivetrain.trips.outcomes.application.report_slot_outcomes import ENDED_AFTER, ReportSlotOutcomes
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader
from drivetrain.trips.slots.adapters.scoring import SlotScoring, open_scoring
from drivetrain.trips.slots.adapters.settings import SlotSettings
from drivetrain.trips.slots.adapters.writer import PostgresSlotWriter
from drivetrain.trips.slots.application.ports import Origin
from drivetrain.trips.slots.application.reconcile_window import ReconcileWindow
from drivetrain.trips.slots.domain.slots import SlotGrid

ROOT = Path(__file__).parents[2]
GRID = SlotGrid(5)
NEEDS_PREFECT = "needs Prefect: pip install 'drivetrain[prefect]'"


def opened(engine: Engine) -> tuple[SlotScoring, ReportSlotOutcomes]:
    """The scoring of plain rides, and the reports of how long they took."""
    source = PlainSource(100)
    return (
        open_scoring(engine, SlotSettings(), source, PlainModels()),
        slot_outcomes(engine, source, by="scorer"),
    )


class Running:
    """One scorer, and what it wrote."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def events(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def scorer(url: str, folder: Path, *command: str, **settings: str) -> Iterator[Running]:
    log = folder / "scorer.log"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DRIVETRAIN_", "PREFECT"))
    }
    environment |= {
        "HOME": str(folder),
        "DRIVETRAIN_HOME": str(folder / "home"),
        "DRIVETRAIN_DATABASE_URL": url,
        "DRIVETRAIN_SUPERVISOR_PID": str(os.getpid()),
        **{f"DRIVETRAIN_{name}": value for name, value in settings.items()},
    }
    (folder / "home").mkdir(exist_ok=True)
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *(command or ["tests.support.trip_scorer"])],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=file,
        )
    try:
        yield Running(process, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            process.wait(30)


def push_back(engine: Engine, slots: int) -> None:
    """As if nobody had scored for so many slots: what stands in the ledger is moved into the past, ids and all."""
    with engine.begin() as connection:
        shift = {"shift": slots * GRID.length}
        # a scorer that is writing ends first: rides without their slot would stand in its way afterwards
        connection.execute(text("LOCK TABLE drivetrain.trip_slots IN EXCLUSIVE MODE"))
        connection.execute(text("DELETE FROM drivetrain.ride_predictions"))
        connection.execute(
            text(
                "DELETE FROM drivetrain.trip_slots WHERE slot_at > (SELECT min(slot_at) FROM drivetrain.trip_slots)"
            )
        )
        connection.execute(
            text("UPDATE drivetrain.trip_slots SET rows = 0, slot_at = slot_at - :shift"), shift
        )


def test_after_three_slots_without_it_they_are_caught_up(
    migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    with scorer(migrated_url, tmp_path) as first:
        assert eventually(lambda: first.events("slot scored"), 60)
    assert first.process.returncode == 0
    push_back(engine, 4)
    with scorer(migrated_url, tmp_path) as again:
        assert eventually(lambda: len(again.events("slot scored")) >= 5, 60)
        lines = again.events("slot scored")[-4:]
        assert [line["state"] for line in lines[:3]] == ["caught_up"] * 3
        assert all(line["rows"] == 100 and line["version"] == "1" for line in lines)
        seen = PostgresSlotReader(engine).scorers()
        assert [(each.scheduler, each.why) for each in seen] == [("plain", "")]
        assert again.children() == []  # Prefect is not started unless it is asked for
    assert PostgresSlotReader(engine).scorers() == []
    reader = PostgresSlotReader(engine)
    begin = reader.began_at()
    assert begin is not None
    assert ReconcileWindow(reader, GRID)(begin, begin + 4 * GRID.length).holds


def test_it_reports_how_long_rides_took_that_have_ended_beside_its_scoring(
    migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    scoring, outcomes = opened(engine)
    ended = GRID.containing(scoring.ledger.now() - ENDED_AFTER - 2 * GRID.length)
    assert scoring.score_one(ended.slot_at).slots
    with scorer(migrated_url, tmp_path) as running:
        (line,) = eventually(lambda: running.events("outcomes recorded"), 60)
        assert (line["slot_at"], line["new"], line["source"]) == (iso_utc(ended.slot_at), 100, "plain")
        assert running.events("slot scored")  # first what is due, then this
        assert outcomes.oldest() is None


def test_it_can_be_told_not_to_report(migrated_url: str, engine: Engine, tmp_path: Path) -> None:
    scoring, outcomes = opened(engine)
    scoring.score_one(GRID.containing(scoring.ledger.now() - ENDED_AFTER - 2 * GRID.length).slot_at)
    with scorer(migrated_url, tmp_path, TRIPS_OUTCOMES="false") as running:
        assert eventually(lambda: running.events("slot scored"), 60)
        ledger = PostgresSlotWriter(engine, pause_s=0)
        claim = ledger.claim(GRID.containing(ledger.now() - 3 * GRID.length), Origin.SCHEDULE)
        assert claim is not None
        ledger.give_back(claim, "test.failed")
        assert eventually(
            lambda: len(running.events("slot scored")) >= 2, 60
        )  # a look later, after which it would have reported
        assert running.events("outcomes recorded") == []
    assert outcomes.oldest() is not None  # it was left for us


def test_a_day_that_is_not_there_is_said_and_ends_it_so_that_it_is_tried_again(
    migrated_url: str, tmp_path: Path
) -> None:
    command, missing = ("drivetrain.entrypoints.process", "score-trips"), str(tmp_path / "day.parquet")
    with scorer(migrated_url, tmp_path, *command, TRIPS_DAY=missing) as running:
        assert running.process.wait(60) == 1
    (line,) = running.events("the process cannot go on")
    assert "DRIVETRAIN_TRIPS_DAY" in line["why"] and missing in line["why"]
    assert "Traceback" not in running.log.read_text()


@pytest.mark.slow
@pytest.mark.timeout(300)  # Prefect's server starts in 8 s on a quiet machine, in a minute on a busy one
def test_prefect_records_runs_inside_the_home_and_scoring_goes_on_without_it(
    migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    """Its server is killed, then everything is asked to end: nothing is left, and nothing was written elsewhere."""
    pytest.importorskip("prefect", reason=NEEDS_PREFECT)
    with scorer(migrated_url, tmp_path, SCHEDULER="prefect") as running:
        assert eventually(lambda: running.events("slot scored"), 60)  # does not wait for Prefect
        reader = PostgresSlotReader(engine)

        def is_recorded() -> bool:
            push_back(engine, 1)
            before = len(running.events("slot scored"))
            assert eventually(lambda: len(running.events("slot scored")) > before, 30)
            (seen,) = reader.scorers()
            return seen.scheduler == "prefect" and seen.why == ""

        assert eventually(is_recorded, 200, every_s=1)
        assert (tmp_path / "home" / "prefect" / "prefect.db").is_file()
        (server,) = running.children()
        server.kill()
        push_back(engine, 2)
        before = len(running.events("slot scored"))
        assert eventually(lambda: len(running.events("slot scored")) > before, 30)
        assert eventually(lambda: running.events("Prefect's server ended"), 30)
        started = running.children()
        running.process.terminate()
        assert running.process.wait(30) == 0
        assert not any(is_alive(child) for child in started)
    assert {entry.name for entry in tmp_path.iterdir()} == {"home", "scorer.log"}
    assert running.events("scoring failed") == []


def test_prefect_that_cannot_start_is_said_and_scoring_goes_on(
    migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "prefect").write_text("a file where a folder should be")
    with scorer(migrated_url, tmp_path, SCHEDULER="prefect") as running:
        assert eventually(lambda: running.events("slot scored"), 60)
        assert running.events("scheduled work goes on without Prefect")
        (seen,) = PostgresSlotReader(engine).scorers()
        assert seen.scheduler == "plain" and "prefect" in seen.why


def test_it_ends_with_the_process_that_started_it(migrated_url: str, tmp_path: Path) -> None:
    """By SIGKILL, which leaves that one no time to say goodbye."""
    program = (
        "import os, subprocess, sys, time\n"
        "environment = {**os.environ, 'DRIVETRAIN_SUPERVISOR_PID': str(os.getpid())}\n"
        "subprocess.Popen([sys.executable, '-m', 'tests.support.trip_scorer'], env=environment)\n"
        "time.sleep(60)\n"
    )
    home = {
        "DRIVETRAIN_HOME": str(tmp_path),
        "DRIVETRAIN_DATABASE_URL": migrated_url,
    }
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **home}, stderr=subprocess.DEVNULL
    )
    assert eventually(lambda: psutil.Process(parent.pid).children(), 30)
    (child,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait()
    assert eventually(lambda: not is_alive(child), 20)
