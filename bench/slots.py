"""The scheduled scoring: how long a slot takes, and what fifty kills of scorers and database leave behind.

On a server of its own, on disk. The slots that are timed have the rides and the live model of the bench's
home; those that are killed have the plain ones of the tests, because there it is the ledger that is measured.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import Engine
from tests.support.trip_fakes import BEGIN
from tests.support.trip_scorer import GRID, RIDES, ended, owe, proven, start_scorer

from bench.installation import Installation, Platform
from bench.report import Figure, at_most, shown
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.embedded.postmaster import running_postmaster
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.bootstrap.installation import LocalInstallation
from drivetrain.core.progress import SilentProgress
from drivetrain.settings import Settings
from drivetrain.trips.outcomes.adapters.reports import slot_outcomes
from drivetrain.trips.rides.adapters.sources import installed_rides
from drivetrain.trips.rides.application.source import RideSource
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.draw import draw
from drivetrain.trips.rides.model.source import DrawnRides
from drivetrain.trips.slots.adapters.reader import PostgresSlotReader
from drivetrain.trips.slots.adapters.scoring import live_models
from drivetrain.trips.slots.adapters.writer import PostgresSlotWriter
from drivetrain.trips.slots.application.ports import Origin, PastModels, Step
from drivetrain.trips.slots.application.reconcile_window import ReconcileWindow
from drivetrain.trips.slots.application.score_slot import ScoreSlot

SLOT_RIDES = 10_000
MOST_SLOT_S = 1.5
KILLS = 50
OWED_PER_KILL = 16
"""Slots that the schedule owes while everybody is being killed: more than are done before the last kill."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """The installation's rides, as many a slot as are to be measured."""

    drawn: DrawnRides
    count: int
    is_synthetic: bool = True

    @property
    def name(self) -> str:
        return self.drawn.name

    def rides(self, slot_at: datetime, length_min: int) -> Rides:
        return draw(self.drawn.demand, slot_at, length_min=length_min, rides=self.count, seed=self.drawn.seed)


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Time slots of two sizes with their outcomes, and kill."""
    drawn = installed_rides(installation.home.folder, installation.home.datastore(), rate=1.0, seed=b"bench")
    if not isinstance(drawn, DrawnRides):
        raise TypeError("the rides of this home are not drawn")
    local = LocalInstallation(Settings(), installation.home)
    catalog = local.opened(platform.database_url, pool_size=1).catalog
    models = live_models(local, catalog)
    with _server() as (server, _folder):
        engine = open_engine(server.url, pool_size=3)
        count, large = (5, 100_000) if is_quick else (20, 1_000_000)
        slots_s = _slots_s(engine, _Counted(drawn, SLOT_RIDES), models, first=0, count=count)
        outcomes_s = _outcomes_s(engine, _Counted(drawn, SLOT_RIDES), count)
        large_s = _slots_s(engine, _Counted(drawn, large), models, first=100, count=1)
        day = (BEGIN, BEGIN + timedelta(days=1))
        started = time.perf_counter()
        ReconcileWindow(PostgresSlotReader(engine), GRID)(*day)
        proof_s = time.perf_counter() - started
        engine.dispose()
    return [
        at_most(
            f"a slot of {SLOT_RIDES:,} rides, drawn, scored by the live model and written",
            slots_s,
            MOST_SLOT_S,
            "s",
        ),
        shown("  its outcomes, drawn again, checked and recorded", outcomes_s, "s"),
        shown(f"  a slot of {large:,}", large_s, "s"),
        shown("  proof of all of these", [proof_s], "s"),
        *_killing(KILLS // 10 if is_quick else KILLS),
    ]


def _outcomes_s(engine: Engine, source: RideSource, count: int) -> list[float]:
    """Seconds for each of the first slots' outcomes."""
    window = (BEGIN, BEGIN + count * GRID.length)
    took, started = [], time.perf_counter()
    for done in slot_outcomes(engine, source, by="bench").window(*window, SilentProgress()):
        if done.counts.get("new") != SLOT_RIDES:
            raise RuntimeError(f"outcomes were not recorded: {done}")
        took.append(time.perf_counter() - started)
        started = time.perf_counter()
    return took


def _slots_s(
    engine: Engine, source: RideSource, models: PastModels, *, first: int, count: int
) -> list[float]:
    score = ScoreSlot(PostgresSlotWriter(engine), source, models)
    took = []
    for number in range(first, first + count):
        started = time.perf_counter()
        score(GRID.at(BEGIN + number * GRID.length), Origin.REQUEST)
        took.append(time.perf_counter() - started)
    return took


def _killing(kills: int) -> list[Figure]:
    """Two scorers at a time, killed at a step or at random, and every fifth time the database as well."""
    chance = random.Random(1)
    with _server() as (server, folder):
        first, last = owe(server.url, OWED_PER_KILL * kills)
        for number in range(kills):
            both = [start_scorer(server.url, at=at) for at in (chance.choice(list(Step)), "")]
            time.sleep(chance.uniform(0.2, 0.8))
            if number % 5 == 4:
                _kill(folder)
                server.start()
            for scorer in both:
                scorer.kill()
                scorer.join()
        done_before = proven(server.url, first, last).written // RIDES
        codes = [ended(scorer, 600) for scorer in [start_scorer(server.url) for _ in range(2)]]
        proof = proven(server.url, first, last)
    return [
        shown(
            f"slots scored while {kills} times two scorers were killed, and {kills // 5} times the database",
            [done_before],
            "slots",
        ),
        at_most("  rides duplicated", [proof.duplicated + proof.unexpected], 0, f"of {proof.expected:,}"),
        at_most(
            "  rides missing, slots not scored",
            [proof.missing + len(proof.unscored)],
            0,
            f"of {proof.slots} slots",
            codes=codes,
        ),
    ]


@contextmanager
def _server() -> Iterator[tuple[EmbeddedPostgres, Path]]:
    with tempfile.TemporaryDirectory(prefix="dt-slots-") as scratch:
        folder = Path(scratch)
        server = EmbeddedPostgres(folder)
        migrate(server.start())
        try:
            yield server, folder
        finally:
            server.stop()


def _kill(folder: Path) -> None:
    postmaster = running_postmaster(folder / "data")
    if postmaster is None:
        raise RuntimeError("the database to be killed does not run")
    process = psutil.Process(postmaster.pid)
    everybody = [process, *process.children(recursive=True)]
    for each in everybody:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(everybody, timeout=10)
