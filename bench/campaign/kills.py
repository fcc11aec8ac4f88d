"""Killing what a running platform consists of: workers, the process of dispatch, Redis and PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from drivetrain.adapters.embedded.postmaster import running_postmaster
from drivetrain.adapters.embedded.template import TEMPLATE_NAME


class Parts:
    """The processes of a platform, by what they are.

    Args:
        supervisor: process id of ``drivetrain up``.
        home: its folder.
    """

    def __init__(self, supervisor: int, home: Path) -> None:
        self._supervisor = supervisor
        self._home = home

    def pids(self, kind: str) -> list[int]:
        """Those that run now; of the database the first process."""
        if kind == "database":
            postmaster = running_postmaster(self._home / "postgres" / "data")  # never a stranger with its pid
            return [] if postmaster is None else [postmaster.pid]
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(self._supervisor).children(recursive=True)
            return sorted(child.pid for child in children if _kind_of(child) == kind)
        return []

    def worker_of(self, port: int, client_port: int) -> int | None:
        """The worker that holds a connection; None while it is not known."""
        for pid in self.pids("worker"):
            with suppress(psutil.Error):
                for each in psutil.Process(pid).net_connections("tcp"):
                    if each.raddr and (each.laddr.port, each.raddr.port) == (port, client_port):
                        return pid
        return None


def _kind_of(process: psutil.Process) -> str:
    try:
        name, command = process.name(), process.cmdline()
    except psutil.Error:  # it has just ended
        return ""
    return kind_of(name, command)


def kind_of(name: str, command: Sequence[str]) -> str:
    """What a process of the platform is, by its name and command line; empty for others."""
    if "drivetrain.entrypoints.api" in command:
        return "" if name == TEMPLATE_NAME else "worker"
    if "drivetrain.entrypoints.process" in command and command[-1] == "dispatch":
        return "dispatch"
    return "redis" if any("valkey-server" in part for part in command) else ""


async def kill_at_random(
    pids: Callable[[str], Sequence[int]],
    draw: random.Random,
    killed: Counter[str],
    *,
    pause_s: tuple[float, float],
    is_over: asyncio.Event,
    is_due: Callable[[], bool],
    weights: Mapping[str, int],
) -> None:
    """Kill one after the other with SIGKILL until it is over.

    Args:
        killed: counts them by kind.
        pause_s: least and most seconds between two.
        is_due: whether the next one may be killed; asked after each pause.
        weights: how often each kind has its turn, before all of them come again in another order.
    """
    turns: list[str] = []
    while not is_over.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(is_over.wait(), draw.uniform(*pause_s))
            return
        if not is_due():
            continue
        if not turns:
            turns = [kind for kind, weight in weights.items() for _ in range(weight)]
            draw.shuffle(turns)
        kind = turns.pop()
        victims = await asyncio.to_thread(pids, kind)
        if not victims:  # it was killed a moment ago
            continue
        with suppress(ProcessLookupError):
            os.kill(draw.choice(list(victims)), signal.SIGKILL)
            killed[kind] += 1
