"""The running server of a data folder, found by its pid file and told from a stranger with a recycled pid."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

PID_FILE = "postmaster.pid"

STOP_STEPS = ((signal.SIGINT, 5.0), (signal.SIGQUIT, 3.0), (signal.SIGKILL, 3.0))
"""Signal and seconds it gets: fast shutdown (checkpoint), immediate shutdown (the next start replays the log), the end.

All three keep every committed transaction.
"""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The first process of a PostgreSQL server, as its pid file tells.

    Attributes:
        pid: process id.
        socket_folder: where its Unix socket is.
        status: ``starting``, ``ready`` or ``stopping``.
    """

    pid: int
    socket_folder: Path
    status: str


def read_pid_file(data: Path) -> Postmaster | None:
    """What the pid file says; None when there is none or when it is cut short (a crash while it was written).

    Lines: pid, data folder, start time, port, socket folder, listen address, shared memory key, status.
    """
    try:
        lines = (data / PID_FILE).read_text().splitlines()
        return Postmaster(pid=int(lines[0]), socket_folder=Path(lines[4]), status=lines[7].strip())
    except (FileNotFoundError, IndexError, ValueError):
        return None


def running_postmaster(data: Path) -> Postmaster | None:
    """The live server of this folder, whoever started it; None when its pid is dead or now belongs to another program."""
    postmaster = read_pid_file(data)
    if postmaster is None:
        return None
    try:
        process = psutil.Process(postmaster.pid)
    except psutil.NoSuchProcess:
        return None
    return postmaster if _serves(process, data) else None


def stop_postmaster(pid: int) -> None:
    """End the server with this postmaster and every process of it, within a few seconds."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for stop_signal, patience_s in STOP_STEPS:
        # The first two go to the postmaster alone, which ends its children in order.
        _send(stop_signal, family if stop_signal == signal.SIGKILL else [process])
        family = _still_alive(family, patience_s)
        if not family:
            return


def clear_remains(data: Path) -> None:
    """Make the folder safe to start on after the postmaster died without cleaning up.

    Backends of a killed postmaster end by themselves unless they are deep in a query; two generations of
    processes on one folder would corrupt it, so they are ended first. A pid file whose pid is dead is left
    for PostgreSQL, which also looks at the shared memory it names; one that PostgreSQL would take for a
    living server (the pid was recycled, the file is cut short) is removed, now that nobody is left.

    The caller holds the start lock and has found no running postmaster.
    """
    remains = [process for process in psutil.process_iter() if _serves(process, data)]
    for stop_signal in (signal.SIGQUIT, signal.SIGKILL):
        _send(stop_signal, remains)
        remains = _still_alive(remains, 3.0)
    stale = read_pid_file(data)
    if stale is None or psutil.pid_exists(stale.pid):
        (data / PID_FILE).unlink(missing_ok=True)


def _serves(process: psutil.Process, data: Path) -> bool:
    """Whether a process is a living PostgreSQL that works in this folder (every PostgreSQL process stays in its folder)."""
    try:
        return process.name() == "postgres" and _alive(process) and process.cwd() == str(data)
    except psutil.Error:
        return False


def _alive(process: psutil.Process) -> bool:
    """Whether it runs.

    A zombie does not: it only waits for its parent, which may be a platform that is busy elsewhere.
    """
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _still_alive(processes: Sequence[psutil.Process], patience_s: float) -> list[psutil.Process]:
    """Those that still run when all have ended or the patience is over."""
    give_up_at = time.monotonic() + patience_s
    while (alive := [process for process in processes if _alive(process)]) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return alive


def _send(stop_signal: signal.Signals, processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        try:
            process.send_signal(stop_signal)
        except psutil.NoSuchProcess:
            continue
