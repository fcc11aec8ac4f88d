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

from bench.mixed import Attempt
from drivetrain.lifecycle.data.contracts import Row

DISK_MIB = 512
"""Of the small disk: a home takes some 60 MiB, and the database's log grows to twice that before it is used again."""

LONGEST_WAIT_S = 2.0
WHOLE_WITHIN_S = 2.0
FOUND_WITHIN_S = 2.0
"""How soon a worker that lives but does not answer has to be found."""

_GIVE_UP_AFTER_S = 60.0
_LOOK_EVERY_S = 0.02
_LEFT_FREE = (0, 0, 1 << 12, 1 << 14, 1 << 16, 1 << 20)
"""Bytes left on a full disk: whoever writes most is hit first, and that should not always be the same one."""

_MOST_SEGMENTS = 12
"""Of the database's log that are begun while the disk is full: more than it keeps ready."""


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
        except (OSError, http.client.HTTPException, ValueError, psycopg.Error):
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
