"""Fill the disk, and kill or stop workers, at random moments of a mixed load; then hold the ledger against the answers.

The checker is independent of the platform: it counts what its own clients were answered, and reads the ledger itself.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from bench.installation import MODEL, Installation, Platform
from bench.mixed import Attempt, MixedLoad, mixed_load
from bench.report import Figure, at_most, shown
from drivetrain.lifecycle.data.contracts import Row

DISK_MIB = 1536
"""Of the small disk, beside the home: the database keeps up to 1 GiB of its log, and that is no fault to be healed."""

DISK_FAULTS, WORKER_FAULTS = 200, 100
QUICK_FAULTS = 5

LONGEST_WAIT_S = 2.0
WHOLE_WITHIN_S = 2.0
FOUND_WITHIN_S = 2.0
"""How soon a worker that lives but does not answer has to be found."""

_PAUSE_S, _FILES_PERCENT = 0.1, 2
"""Of the load: some fifty requests a second. One that takes all of the machine measures the machine."""

_FULL_S = (0.2, 1.5)
_SETTLE_S = (0.1, 1.0)
_SEED = 1
_GIVE_UP_AFTER_S = 60.0
_LOOK_EVERY_S = 0.02
_LEFT_FREE = (0, 0, 1 << 12, 1 << 14, 1 << 16, 1 << 20)
"""Bytes left on a full disk: whoever writes most is hit first, and that should not always be the same one."""

_MOST_SEGMENTS = 12
"""Of the database's log that are begun while the disk is full: more than it keeps ready."""


def measure(installation: Installation, *, disk_faults: int, worker_faults: int) -> list[Figure]:
    """Harm the platform again and again; then count what was lost, and how long anybody waited."""
    draw = random.Random(_SEED)
    return [
        *(_disk_figures(installation, disk_faults, draw) if disk_faults else ()),
        *(_worker_figures(installation, worker_faults, draw) if worker_faults else ()),
    ]


def _disk_figures(installation: Installation, faults: int, draw: random.Random) -> list[Figure]:
    home_mib = sum(file.lstat().st_size for file in installation.home.folder.rglob("*")) >> 20
    try:
        with small_disk(installation.log.with_name("small-disk"), DISK_MIB + home_mib) as disk:
            subprocess.run(["cp", "-a", str(installation.home.folder), str(disk / "home")], check=True)
            on_disk = Installation(disk / "home", installation.log)
            whole_after_s = []
            with on_disk.running() as platform, _load(installation, platform) as load:
                target = _target(installation, platform)
                for _ in range(faults):
                    time.sleep(draw.uniform(*_SETTLE_S))
                    whole_after_s.append(fill_at_random(disk, target, draw, full_s=_FULL_S))
                figures = _account(load, platform, f"disk filled {faults} times")
    except CannotMountError as error:
        return [Figure("full disk", f"skipped: {error}")]
    return [*figures, *_recovery("there is room again", whole_after_s)]


def _worker_figures(installation: Installation, faults: int, draw: random.Random) -> list[Figure]:
    harmed = []
    with installation.running() as platform, _load(installation, platform) as load:
        target = _target(installation, platform)
        for _ in range(faults):
            time.sleep(draw.uniform(*_SETTLE_S))
            harmed.append(harm_a_worker(target, draw))
        figures = _account(load, platform, f"workers harmed {faults} times")
    found_after_s = [each.found_after_s for each in harmed if each.kind == "stopped"]
    return [
        *figures,
        *_recovery("the worker is gone or goes on", [each.whole_after_s for each in harmed]),
        at_most(
            f"a stopped worker was found, slowest of {len(found_after_s)}",
            [max(found_after_s, default=0.0)],
            FOUND_WITHIN_S,
            "s",
            all=found_after_s,
        ),
    ]


@contextmanager
def _load(installation: Installation, platform: Platform) -> Iterator[MixedLoad]:
    key = platform.headers["x-api-key"]
    with mixed_load(
        platform.port, key, installation.rows(200), pause_s=_PAUSE_S, files=_FILES_PERCENT
    ) as load:
        yield load


def _target(installation: Installation, platform: Platform) -> Target:
    return Target(
        platform.port,
        platform.headers["x-api-key"],
        installation.rows(1, MODEL)[0],
        lambda: platform.database_url,
        lambda: [worker.pid for worker in platform.workers()],
        len(platform.workers()),
    )


def _account(load: MixedLoad, platform: Platform, what: str) -> list[Figure]:
    """What the clients were answered, against the ledger; the load goes on meanwhile."""
    started = time.monotonic()
    while any(platform.home.spool.glob("*.jsonl")) and time.monotonic() - started < _GIVE_UP_AFTER_S:
        time.sleep(_LOOK_EVERY_S)
    seen = MixedLoad(list(load.attempts))
    account = seen.account(platform.database_url)
    waits = {
        kind: longest_wait_s([attempt for attempt in seen.attempts if attempt.kind == kind])
        for kind in ("one", "list", "file", "outcome")
    }
    return [
        at_most(
            f"{what}: acknowledged decisions lost, of {len(seen.acknowledged()):,}",
            [len(account.lost)],
            0,
            "decisions",
        ),
        at_most(
            "requests recorded more than once or in part",
            [len(account.doubled + account.torn)],
            0,
            "requests",
        ),
        at_most("acknowledged outcomes lost", [len(account.outcomes_lost)], 0, "outcomes"),
        at_most(
            "answers that are neither 2xx nor 429, 503 or 507", [len(account.undocumented)], 0, "answers"
        ),
        at_most("longest wait of any request", [max(waits.values())], LONGEST_WAIT_S, "s", by_kind=waits),
        *(
            shown(
                f"  {kind}: well, 503 or 507, broken; longest wait {waits[kind]:.2f} s",
                [count[200] + count[201]],
                f"/ {count[503] + count[507]:,} / {count[0]:,}",
            )
            for kind, count in sorted(seen.statuses().items())
        ),
    ]


def _recovery(since: str, whole_after_s: Sequence[float]) -> list[Figure]:
    late = sum(each > WHOLE_WITHIN_S for each in whole_after_s)
    return [
        at_most(
            f"whole again after {since}, slowest of {len(whole_after_s)}",
            [max(whole_after_s, default=0.0)],
            WHOLE_WITHIN_S,
            "s",
            all=list(whole_after_s),
        ),
        shown(
            f"  all of them; {late} were later than {WHOLE_WITHIN_S:g} s", list(whole_after_s) or [0.0], "s"
        ),
    ]


class CannotMountError(Exception):
    """A file system cannot be mounted by this user."""


@contextmanager
def small_disk(folder: Path, size_mib: int = DISK_MIB) -> Iterator[Path]:
    """A file system of its own at a folder, gone when the block ends.

    Raises:
        CannotMountError: only root may mount.
    """
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={size_mib}m,mode=0755"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CannotMountError("there is no mount command") from error
    if mounted.returncode:
        raise CannotMountError(mounted.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@dataclass(frozen=True, slots=True)
class Target:
    """The platform that is harmed, seen from outside.

    Attributes:
        row: of the served model, for the requests that look whether it is whole.
        database_url: of the ledger.
        worker_pids: of the API processes that run now.
        workers: how many there should be.
    """

    port: int
    key: str
    row: Row
    database_url: Callable[[], str]
    worker_pids: Callable[[], Sequence[int]]
    workers: int

    def whole_after_s(self) -> float:
        """Seconds from now until every part works and every worker serves."""
        started = time.monotonic()
        while not self._is_whole() and time.monotonic() - started < _GIVE_UP_AFTER_S:
            time.sleep(_LOOK_EVERY_S)
        return time.monotonic() - started

    def _is_whole(self) -> bool:
        """Asked over connections of their own, so that each worker is likely to be met."""
        try:
            answers_well = all(
                self._health() == "ok"
                and self._post("/rental/price", self.row) == http.HTTPStatus.OK
                and self._post("/rental/prices", [self.row]) == http.HTTPStatus.OK
                for _ in range(self.workers)
            )
            return answers_well and self._are_all_serving()
        except (OSError, http.client.HTTPException, ValueError, LookupError, psycopg.Error):
            return False

    def _are_all_serving(self) -> bool:
        pids = set(self.worker_pids())
        with psycopg.connect(self.database_url(), connect_timeout=2) as connection:
            rows = connection.execute(
                "SELECT pid FROM drivetrain.worker_states WHERE seen_at > now() - interval '3 seconds'"
            ).fetchall()
        return len(pids) == self.workers and pids <= {row[0] for row in rows}

    def _health(self) -> str:
        state: str = json.loads(self._ask("GET", "/health", None)[1])["state"]
        return state

    def _post(self, path: str, body: object) -> int:
        return self._ask("POST", path, json.dumps(body))[0]

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(
                method, path, body, {"X-API-Key": self.key, "Content-Type": "application/json"}
            )
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


def fill_at_random(disk: Path, target: Target, draw: random.Random, *, full_s: tuple[float, float]) -> float:
    """Fill the disk once, let the database's log grow where it can, and give the space back.

    Args:
        full_s: least and most time that it stays full, seconds.

    Returns:
        Seconds from the end of the shortage until the platform is whole.
    """
    ballast = disk / "ballast"
    _fill(disk, ballast, draw.choice(_LEFT_FREE))
    if draw.random() < 0.5:
        _grow_log(target.database_url)
    time.sleep(draw.uniform(*full_s))
    ballast.unlink()
    return target.whole_after_s()


def _fill(disk: Path, ballast: Path, left: int) -> None:
    with ballast.open("wb", buffering=0) as file, suppress(OSError):  # others write at the same time
        while (free := _free(disk)) > left:
            os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), max(1, min(free - left, 1 << 26)))


def _free(disk: Path) -> int:
    state = os.statvfs(disk)
    return state.f_bavail * state.f_frsize


def _grow_log(database_url: Callable[[], str]) -> None:
    """Begin segments until none can be allocated: the database then stops itself."""
    with (
        suppress(psycopg.Error, AssertionError, OSError),
        psycopg.connect(database_url(), autocommit=True, connect_timeout=2) as connection,
    ):
        for _ in range(_MOST_SEGMENTS):
            connection.execute("SELECT pg_logical_emit_message(false, 'bench', 'x'), pg_switch_wal()")


@dataclass(frozen=True, slots=True)
class WorkerFault:
    """One worker that was harmed.

    Attributes:
        kind: ``killed``; ``stopped`` for good; or ``paused``, for shorter than it takes to be replaced or not.
        found_after_s: until the stopped one was gone; 0 where it was killed or paused.
        whole_after_s: from then until the platform was whole.
    """

    kind: str
    found_after_s: float
    whole_after_s: float


def harm_a_worker(target: Target, draw: random.Random) -> WorkerFault:
    """Kill, stop or pause one worker, and wait until the platform is whole."""
    kind = draw.choice(["killed", "killed", "stopped", "paused"])
    pid = draw.choice(sorted(target.worker_pids()))
    victim = psutil.Process(pid)
    os.kill(pid, signal.SIGKILL if kind == "killed" else signal.SIGSTOP)
    found_after_s = 0.0
    if kind == "stopped":
        started = time.monotonic()
        while _lives(victim) and time.monotonic() - started < _GIVE_UP_AFTER_S:
            time.sleep(_LOOK_EVERY_S)
        found_after_s = time.monotonic() - started
    elif kind == "paused":
        time.sleep(draw.uniform(0.1, 1.0))
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    return WorkerFault(kind, found_after_s, target.whole_after_s())


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def longest_wait_s(attempts: Sequence[Attempt]) -> float:
    """The longest that a client waited for an answer or for the end of its connection, seconds."""
    return max((attempt.took_s for attempt in attempts), default=0.0)
