"""A mixed load of prices, lists, files and outcomes, and an exact account of it against the ledger."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import psutil
import psycopg

from drivetrain.lifecycle.data.contracts import Row

OUTCOME = "agreed_price_per_day_eur"
DOCUMENTED = {200, 201, 429, 503, 507}
"""What a client may be answered while something is killed or a disk is full; 429 where a worker answers two tables
already.

0 stands for a connection that broke before an answer."""

_LONGEST_LIST = 5
_FILES_PERCENT = 8
_PAUSE_S = 0.02  # after a broken connection


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request and what came of it.

    Attributes:
        kind: ``one``, ``list``, ``file`` or ``outcome``.
        rows: decisions it asks for.
        status: 0 when the connection broke before an answer: nobody may count on anything.
        code: of the problem, if one was answered.
        decision_ids: what was acknowledged; of an outcome, the decision that it belongs to.
        took_s: from the request to the end of its answer, or of its connection.
    """

    kind: str
    request_id: str
    rows: int
    status: int
    code: str | None
    decision_ids: tuple[str, ...]
    took_s: float


@dataclass(frozen=True, slots=True)
class Account:
    """The attempts held against the ledger; every list must be empty."""

    lost: list[str]
    doubled: list[str]
    torn: list[str]
    outcomes_lost: list[str]
    undocumented: list[Attempt]


@dataclass(slots=True)
class MixedLoad:
    """What the clients have seen so far."""

    attempts: list[Attempt] = field(default_factory=list)

    def acknowledged(self) -> list[str]:
        """Ids of the decisions that were answered."""
        return [
            each
            for attempt in list(self.attempts)
            if attempt.kind != "outcome"
            for each in attempt.decision_ids
        ]

    def statuses(self) -> dict[str, Counter[int]]:
        """How often each status came, by kind."""
        found: dict[str, Counter[int]] = {}
        for attempt in list(self.attempts):
            found.setdefault(attempt.kind, Counter())[attempt.status] += 1
        return found

    def account(self, url: str) -> Account:
        """Hold everything against the ledger.

        Args:
            url: of the database, with everything given back to it.
        """
        with psycopg.connect(url) as connection:
            ledger: dict[str, str] = dict(
                connection.execute(
                    "SELECT decision_id::text, request_id FROM drivetrain.decisions"
                ).fetchall()
            )
            outcomes = {
                row[0]
                for row in connection.execute("SELECT decision_id::text FROM drivetrain.outcomes").fetchall()
            }
        held = Counter(ledger.values())
        asking = [attempt for attempt in self.attempts if attempt.kind != "outcome"]
        is_well = {attempt.request_id: attempt.status == 200 for attempt in asking}
        return Account(
            lost=[each for each in self.acknowledged() if each not in ledger],
            doubled=[a.request_id for a in asking if is_well[a.request_id] and held[a.request_id] > a.rows],
            torn=[a.request_id for a in asking if held[a.request_id] not in {0, a.rows}],
            outcomes_lost=[
                a.decision_ids[0]
                for a in self.attempts
                if a.kind == "outcome" and a.status == 201 and a.decision_ids[0] not in outcomes
            ],
            undocumented=[a for a in self.attempts if a.status not in DOCUMENTED | {0}],
        )


@contextmanager
def mixed_load(
    port: int,
    key: str,
    rows: Sequence[Row],
    *,
    clients: int = 6,
    seed: int = 1,
    pause_s: float = 0.0,
    files: int = _FILES_PERCENT,
) -> Iterator[MixedLoad]:
    """Ask this machine until the block ends. A connection that breaks is opened again.

    Args:
        pause_s: mean time that a client waits after an answer; 0 asks for as much as the machine can do.
        files: percent of the requests that are files; each costs a process that parses it.
    """
    load, finished = MixedLoad(), threading.Event()
    threads = [
        threading.Thread(
            target=_Client(port, key, rows, load, random.Random(f"{seed} {number}"), pause_s, files).run,
            args=(finished,),
        )
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        finished.set()
        for thread in threads:
            thread.join()


def kill_at_random(
    postgres_pid: Callable[[], int],
    worker_pids: Callable[[], Sequence[int]],
    *,
    kills: int,
    pause_s: tuple[float, float],
    draw: random.Random,
) -> list[str]:
    """Kill the database or a worker with SIGKILL, again and again, at random moments; what was killed, in order.

    Args:
        pause_s: least and most between two kills; where they come faster than a start takes, little is
            answered.
    """
    killed = []
    for number in range(kills):
        time.sleep(draw.uniform(*pause_s))
        what = "database" if number % 2 == 0 else "worker"
        try:
            victim = postgres_pid() if what == "database" else draw.choice(list(worker_pids()))
            os.kill(victim, signal.SIGKILL)
        except (AssertionError, IndexError, OSError, psutil.Error):  # it is gone already, and not back yet
            continue
        killed.append(what)
    return killed


class _Client:
    """One thread with one connection."""

    def __init__(
        self,
        port: int,
        key: str,
        rows: Sequence[Row],
        load: MixedLoad,
        draw: random.Random,
        pause_s: float,
        files: int,
    ) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"X-API-Key": key}
        self._rows = rows
        self._load = load
        self._draw = draw
        self._pause_s = pause_s
        self._weights = [68 - files, 15, files, 17]
        self._known: list[str] = []

    def run(self, finished: threading.Event) -> None:
        while not finished.is_set():
            attempt = self._attempt(time.monotonic())
            self._load.attempts.append(attempt)
            if attempt.status == 0:
                time.sleep(_PAUSE_S)
            elif attempt.kind == "one":
                self._known.extend(attempt.decision_ids)
            if self._pause_s:
                finished.wait(self._draw.expovariate(1 / self._pause_s))
        self._connection.close()

    def _attempt(self, started: float) -> Attempt:
        kind = self._draw.choices(["one", "list", "file", "outcome"], self._weights)[0]
        rows = [
            self._draw.choice(self._rows)
            for _ in range(1 if kind == "one" else self._draw.randint(2, _LONGEST_LIST))
        ]
        request_id = str(uuid4())
        if kind == "outcome" and self._known:
            decision_id = self._known.pop(self._draw.randrange(len(self._known)))
            outcome = {"name": OUTCOME, "value": 100.0}
            status, told = self._ask(f"/decisions/{decision_id}/outcome", json.dumps(outcome), request_id)
            took_s = time.monotonic() - started
            return Attempt(kind, request_id, 0, status, told.get("code"), (decision_id,), took_s)
        if kind == "list":
            status, told = self._ask("/rental/prices", json.dumps(rows), request_id)
        elif kind == "file":
            status, told = self._ask("/rental/prices/file", _csv(rows), request_id, content_type="text/csv")
        else:
            kind, rows = "one", rows[:1]
            explain = self._draw.choice(["true", "false"])
            status, told = self._ask(f"/rental/price?explain={explain}", json.dumps(rows[0]), request_id)
        answers = told.get("results", [told]) if status == 200 else []
        return Attempt(
            kind,
            request_id,
            len(rows),
            status,
            told.get("code"),
            tuple(each["decision_id"] for each in answers),
            time.monotonic() - started,
        )

    def _ask(
        self, path: str, body: str, request_id: str, *, content_type: str = "application/json"
    ) -> tuple[int, dict[str, Any]]:
        headers = {**self._headers, "X-Request-Id": request_id, "Content-Type": content_type}
        try:
            self._connection.request("POST", path, body.encode(), headers)
            response = self._connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):  # refused, reset, or cut short
            self._connection.close()
            return 0, {}


def _csv(rows: Sequence[Row]) -> str:
    names = list(rows[0])
    return "\n".join([",".join(names), *(",".join(str(row[name]) for name in names) for row in rows)]) + "\n"
