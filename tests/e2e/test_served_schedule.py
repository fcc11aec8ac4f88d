"""A real Prefect server wakes the scheduled scoring by itself, again and again, and each due slot is scored once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine
from tests.support.platform import eventually

from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.prefect.server import USER
from drivetrain.bootstrap.installation import Home, database
from drivetrain.bootstrap.prefect_server import PrefectServer
from drivetrain.bootstrap.triggers import ServedPrefect
from drivetrain.settings import Settings
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader
from drivetrain.trips.slots.adapters.writer import PostgresSlotWriter
from drivetrain.trips.slots.application.ports import Origin
from drivetrain.trips.slots.application.reconcile_window import ReconcileWindow
from drivetrain.trips.slots.domain.slots import WRITTEN, Slot, SlotGrid

pytest.importorskip("prefect", reason="needs Prefect: pip install 'drivetrain[prefect]'")

pytestmark = pytest.mark.slow

GRID = SlotGrid(1)
EVERY = timedelta(seconds=10)
"""A slot is a minute at least, three of them too long for a test: the server wakes the same work more often."""

RUNS = 3
PASSWORD = "a-password-of-this-test"


@contextmanager
def served_database(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The database of a home, and the settings by which a run of the flow comes to it."""
    with database(Settings(home=home), Home(home)) as url:
        settings = {"HOME": str(home), "DATABASE_URL": url, "TRIPS_EVERY_MIN": "1", "TRIPS_RATE": "20"}
        for name, value in settings.items():
            monkeypatch.setenv(f"DRIVETRAIN_{name}", value)
        engine = open_engine(url, pool_size=3)
        try:
            yield engine
        finally:
            engine.dispose()


def owe(engine: Engine, slot: Slot) -> None:
    """Make a slot due, as one whose first attempt has failed."""
    ledger = PostgresSlotWriter(engine, pause_s=0)
    claim = ledger.claim(slot, Origin.SCHEDULE)
    assert claim is not None
    ledger.give_back(claim, "test.failed")


def is_written(engine: Engine, slot: Slot) -> bool:
    """True when the rides of a slot stand in their table."""
    records = PostgresSlotReader(engine).records(slot.slot_at, slot.due_at)
    return any(record.state in WRITTEN for record in records)


def ended_runs(server: PrefectServer) -> list[dict[str, Any]]:
    """The runs that the server has seen to their end, good or bad."""
    query = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}}
    answer = httpx.post(
        f"{server.address}/api/flow_runs/filter", auth=(USER, PASSWORD), json=query, timeout=10
    )
    runs: list[dict[str, Any]] = answer.raise_for_status().json()
    return runs


@pytest.mark.timeout(300)  # the server starts in 10 s on a quiet machine, in a minute on a busy one
def test_the_server_wakes_the_scoring_and_each_due_slot_is_scored_once(
    new_home: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of ours scores here but the runs that the server starts: slots are scored because it does."""
    monkeypatch.setenv("PREFECT_RUNNER_POLL_FREQUENCY", "2")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", f"{USER}:{PASSWORD}")
    server = PrefectServer(tmp_path / "server", PASSWORD, with_pages=True)
    with served_database(new_home(), monkeypatch) as engine:
        server.start()
        served = ServedPrefect(tmp_path, f"{server.address}/api", "score-trips", EVERY, timedelta(0))

        def holds_while_served(holds: Callable[[], Any], within_s: float) -> Any:
            def check() -> Any:
                server.check()
                served.check()
                return holds()

            return eventually(check, within_s, every_s=0.2)

        try:
            assert eventually(server.is_up, 120, every_s=0.2)
            last = oldest = GRID.last_over(PostgresSlotWriter(engine).now())
            for _ in range(RUNS):
                oldest = GRID.containing(oldest.slot_at - GRID.length)
                owe(engine, oldest)
                assert holds_while_served(lambda slot=oldest: is_written(engine, slot), 60), served.why
            assert holds_while_served(lambda: len(ended_runs(server)) >= RUNS, 30)
            runs = ended_runs(server)
        finally:
            served.stop()
            server.stop()
        assert {run["state_name"] for run in runs} == {"Completed"} and served.why == ""
        book = PostgresSlotReader(engine)
        records = book.records(oldest.slot_at, last.due_at)
        assert [record.slot for record in records] == GRID.between(oldest.slot_at, last.due_at)
        assert [record.attempts for record in records] == [2] * RUNS + [1]  # the first of two was ours
        proof = ReconcileWindow(book, GRID)(oldest.slot_at, last.due_at)
        assert proof.holds and proof.slots == RUNS + 1
        assert proof.written == proof.expected == sum(record.rows or 0 for record in records) > 0
