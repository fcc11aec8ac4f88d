"""One campaign from its first report to its verdict, against a platform that runs."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import psycopg

from bench.campaign.account import Account
from bench.campaign.clients import Clients
from bench.campaign.connection import Connection
from bench.campaign.evidence import evidence_of
from bench.campaign.kills import Parts, kill_at_random
from bench.campaign.traffic import CENTER, CLEAN, Mix, Report, Traffic, foreign_poison
from bench.campaign.verdict import Dead, Poison, RideAccount, judge, wrong_drivers
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.errors import UnavailableError
from drivetrain.core.event_log import NewEvent
from drivetrain.dispatch.events.domain.events import DRIVERS

OFFER_S, RIDE_S = 1, 7_200
SETTINGS: Mapping[str, str] = {
    "DISPATCH_OFFER_S": str(OFFER_S),
    "DISPATCH_RIDE_S": str(RIDE_S),
    "DISPATCH_PATIENCE_S": "10",
    "DISPATCH_POLICY": "batch",
    "DISPATCH_WINDOW_S": "0.5",
}
"""Of the platform: short offers, and the batch matcher beside the riders who ask for themselves."""

KILLED: Mapping[str, int] = {"worker": 4, "dispatch": 2, "redis": 1, "database": 3}
"""What is killed, by weight."""

SETTLED_WITHIN_S = 90.0
_MOST_SHOWN = 2_000
_HALF_SIDE = 0.3  # degrees around the center; everybody is inside
_LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Target:
    """The platform that is asked and harmed."""

    host: str
    port: int
    key: str
    home: Path
    parts: Parts
    database_url: Callable[[], str]
    workers: int

    def connect(self) -> Connection:
        """A connection of an operator."""
        return Connection(self.host, self.port, self.key)


def new_run() -> str:
    """A name that no other campaign has."""
    return f"c{uuid4().hex[:8]}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done.

    Attributes:
        matches, kills: the campaign ends when there were so many of both. Kills are spread over the matches: a platform
            that is slow today is not killed again before it has answered its share.
        rows: reports of a body, one of which is sent ``every_s``.
        requests: riders in each body who wait for the batch matcher.
        riders: who ask for themselves, one after the other.
        kill_pause_s: least and most time between two kills.
        longest_s: the campaign has failed when it takes longer.
    """

    matches: int
    kills: int
    drivers: int
    rows: int
    every_s: float
    requests: int
    riders: int
    mix: Mix
    kill_pause_s: tuple[float, float]
    longest_s: float
    seed: int = 1
    run: str = field(default_factory=new_run)

    @property
    def poison(self) -> str:
        """Begins the ids of what is no event."""
        return f"{self.run}-poison"

    def kill_is_due(self, *, killed: int, matches: int) -> bool:
        """Whether there were enough matches for one more kill."""
        return killed < self.kills and matches * self.kills >= killed * self.matches


SHORT = Plan(
    matches=600,
    kills=6,
    drivers=400,
    rows=100,
    every_s=0.25,
    requests=1,
    riders=12,
    mix=CLEAN,
    kill_pause_s=(0.3, 1.2),
    longest_s=400,
)
LONG = Plan(
    matches=1_000_000,
    kills=1_000,
    drivers=2_000,
    rows=100,
    every_s=0.25,
    requests=1,
    riders=32,
    mix=CLEAN,
    kill_pause_s=(1.0, 5.0),
    longest_s=6 * 3_600,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a campaign.

    Attributes:
        findings: against each thing that must hold; empty lists where all is well.
        dead: poison that a foreign writer put into the log.
    """

    account: Account
    rides: RideAccount
    killed: Mapping[str, int]
    dead: int
    findings: Mapping[str, list[str]]
    took_s: float

    def against(self) -> dict[str, list[str]]:
        """What was found, the first few of each kind."""
        return {what: words[:5] for what, words in self.findings.items() if words}


async def fight(target: Target, plan: Plan) -> Outcome:
    """Run a campaign, and judge it.

    Raises:
        TimeoutError: the platform did not answer enough matches in ``longest_s``.
    """
    started = time.monotonic()
    traffic = Traffic(drivers=plan.drivers, rows=plan.rows, mix=plan.mix, seed=plan.seed, run=plan.run)
    killed = Counter[str]()
    clients = Clients(
        target.connect,
        traffic,
        plan.run,
        plan.seed,
        plan.drivers // 2,
        lambda rides: rides.matches >= plan.matches and killed.total() >= plan.kills,
    )
    is_over, planter = asyncio.Event(), Planter(target.database_url, plan)
    async with asyncio.timeout(plan.longest_s), asyncio.TaskGroup() as tasks:
        tasks.create_task(clients.report(every_s=plan.every_s, requests=plan.requests, is_over=is_over))
        await clients.are_known.wait()
        tasks.create_task(
            kill_at_random(
                target.parts.pids,
                random.Random(plan.seed),
                killed,
                pause_s=plan.kill_pause_s,
                is_over=is_over,
                is_due=lambda: plan.kill_is_due(killed=killed.total(), matches=clients.rides.matches),
                weights=KILLED,
            )
        )
        tasks.create_task(planter.plant(is_over))
        await clients.ride(plan.riders)
        is_over.set()
    took_s = time.monotonic() - started
    wrong = await _settled(target, plan, clients.account, planter.poison)
    with evidence_of(target.database_url(), run=plan.run, poison=plan.poison) as evidence:
        findings = judge(
            evidence,
            clients.account,
            clients.rides,
            planter.poison,
            offer_us=OFFER_S * 1_000_000,
            ride_us=RIDE_S * 1_000_000,
        )
    findings["drivers whom a worker knows otherwise than the oracle"] = wrong
    dead = planter.poison.planted.total()
    return Outcome(clients.account, clients.rides, killed, dead, findings, took_s)


class Planter:
    """A foreign program that appends poison to the log of drivers.

    Attributes:
        poison: what it appended so far.
    """

    def __init__(self, database_url: Callable[[], str], plan: Plan) -> None:
        self._url = database_url
        self._plan = plan
        self.poison = Poison(Counter[Dead](), Counter[Dead]())
        self._number = 0

    async def plant(self, is_over: asyncio.Event) -> None:
        """Append some for each body of events, until it is over; none where the mix has none."""
        share = self._plan.rows * self._plan.mix.poison
        while share and not is_over.is_set():
            await asyncio.to_thread(self._append, max(1, round(share)))
            await asyncio.sleep(self._plan.every_s)

    def _append(self, count: int) -> None:
        events = [foreign_poison(self._number + number, self._plan.run) for number in range(count)]
        self._number += count
        engine = None
        try:
            engine = open_engine(self._url(), pool_size=1)
            PostgresEventLog(engine).append({DRIVERS: [NewEvent(key, body) for key, body in events]})
        except (
            UnavailableError,
            OSError,
            ValueError,
            AssertionError,
        ):  # nobody knows whether it has committed
            self.poison.unsure.update(events)
        else:
            self.poison.planted.update(events)
        finally:
            if engine is not None:
                engine.dispose()


async def _settled(target: Target, plan: Plan, account: Account, poison: Poison) -> list[str]:
    """Wait until every worker knows what the oracle says, and everything was given back; what is wrong at the end."""
    wrong, give_up_at = [""], time.monotonic() + SETTLED_WITHIN_S
    while wrong and time.monotonic() < give_up_at:
        await asyncio.sleep(_LOOK_EVERY_S)
        wrong = await asyncio.to_thread(_not_yet, target, plan, poison)
        if not wrong:
            wrong = await _wrong_drivers(target, plan, account)
    return wrong


def _not_yet(target: Target, plan: Plan, poison: Poison) -> list[str]:
    """What the platform has still to do, in words."""
    if waiting := len(list((target.home / "spool").glob("*.jsonl"))):
        return [f"{waiting} files of decisions wait on local disk"]
    try:
        with psycopg.connect(target.database_url(), connect_timeout=5) as connection:
            query = "SELECT count(*) FROM drivetrain.dead_events WHERE starts_with(key, %s)"
            row = connection.execute(query, (plan.poison,)).fetchone()
    except (psycopg.Error, OSError, ValueError, AssertionError) as error:
        return [f"the database is away: {error}"]
    dead = 0 if row is None else row[0]
    if dead < poison.planted.total():
        return [f"{dead} of {poison.planted.total()} dead events were set aside"]
    return []


async def _wrong_drivers(target: Target, plan: Plan, account: Account) -> list[str]:
    known = await workers_know(target, f"{plan.run}-")
    if len(known) < target.workers:
        return [f"only {len(known)} of {target.workers} workers answer"]
    expected = list(account.drivers.items())
    return [
        words
        for pid, drivers in sorted(known.items())
        for words in wrong_drivers(expected, drivers, worker=f"worker {pid}")
    ]


async def workers_know(target: Target, run: str) -> dict[int, dict[str, Report]]:
    """The drivers of a campaign as each worker knows them, by its process id; workers that do not answer are left out."""
    known: dict[int, dict[str, Report]] = {}
    for _ in range(16 * target.workers):
        connection = target.connect()
        if (await connection.ask("GET", "/health/live")).status == 200:
            pid = await asyncio.to_thread(target.parts.worker_of, target.port, connection.client_port)
            if pid is not None and pid not in known:
                drivers = await _drivers(connection, _around(CENTER))
                if drivers is not None:
                    known[pid] = {each: report for each, report in drivers.items() if each.startswith(run)}
        connection.close()
        if len(known) >= target.workers:
            break
    return known


Box = tuple[float, float, float, float]


def _around(center: tuple[float, float]) -> Box:
    latitude, longitude = center
    return latitude - _HALF_SIDE, longitude - _HALF_SIDE, latitude + _HALF_SIDE, longitude + _HALF_SIDE


def quarters(box: Box) -> Sequence[Box]:
    """The box in four; their edges belong to both sides."""
    south, west, north, east = box
    middle, center = (south + north) / 2, (west + east) / 2
    return [
        (low, left, high, right)
        for low, high in ((south, middle), (middle, north))
        for left, right in ((west, center), (center, east))
    ]


async def _drivers(connection: Connection, box: Box) -> dict[str, Report] | None:
    """All drivers of a box, however many are shown at once; None where the worker does not answer."""
    query = urlencode({"bbox": ",".join(map(str, box)), "limit": _MOST_SHOWN})
    answer = await connection.ask("GET", f"/dispatch/drivers?{query}")
    if answer.status != 200:
        return None
    body = answer.json()
    if body["counts"]["total"] <= _MOST_SHOWN:
        return {each["driver_id"]: report_of(each) for each in body["items"]}
    drivers: dict[str, Report] = {}
    for quarter in quarters(box):
        part = await _drivers(connection, quarter)
        if part is None:
            return None
        drivers |= part
    return drivers


def report_of(shown: Mapping[str, Any]) -> Report:
    """A driver as the platform shows them; without a sequence."""
    return Report(
        shown["driver_id"],
        0,
        shown["latitude"],
        shown["longitude"],
        shown["status"],
        shown["vehicle"] or "",
    )
