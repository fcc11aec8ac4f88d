"""Processes of the products that have little to do, on threads of the task worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import structlog
from prometheus_client import CollectorRegistry

from drivetrain.adapters.prefect.runs import Flow
from drivetrain.bootstrap.installation import LocalInstallation
from drivetrain.bootstrap.processes import copies_of
from drivetrain.bootstrap.triggers import open_trigger
from drivetrain.core.errors import DrivetrainError, UnavailableError
from drivetrain.lifecycle.kit.installation import OpenDatabase
from drivetrain.lifecycle.kit.processes import Process, ProcessPorts, StopSignal

AGAIN_S = 5.0
"""Pause before a loop that has ended begins again."""

GRACE_S = 5.0
"""How long all of them together may take to end."""

_log = structlog.get_logger("drivetrain.tasks")


def enabled_loops(processes: Sequence[Process], installation: LocalInstallation) -> Sequence[Process]:
    """Those that the settings ask for and that have so little to do."""
    return [each for each in processes if each.is_enabled(installation) and each.is_loop(installation)]


@contextmanager
def running(
    loops: Sequence[Process], installation: LocalInstallation, database: OpenDatabase
) -> Iterator[None]:
    """Have them run while the block does; each begins again where it ends."""
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=keep_running, args=(loop, installation, database, stop), name=loop.name, daemon=True
        )
        for loop in loops
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        give_up_at = time.monotonic() + GRACE_S
        for thread in threads:
            thread.join(max(0.0, give_up_at - time.monotonic()))


def keep_running(
    loop: Process, installation: LocalInstallation, database: OpenDatabase, stop: StopSignal
) -> None:
    """Run a loop again and again until asked to stop."""
    trigger = partial(open_trigger, installation.platform, installation.folder, _no_flow, loop.name)
    while not stop.is_set():
        try:
            copies = copies_of(installation.platform)
            loop.run(ProcessPorts(installation, database, stop, CollectorRegistry(), trigger, copies))
        except DrivetrainError as error:
            _log.warning("a loop cannot go on", loop=loop.name, code=error.code, why=error.detail)
        except Exception:  # noqa: BLE001 - the edge of a job: the tasks beside it go on
            _log.exception("a loop failed", loop=loop.name)
        stop.wait(AGAIN_S)


def _no_flow(work: Callable[[], int]) -> Flow:
    """A loop has no Prefect server of its own.

    Raises:
        UnavailableError: always; the clock of the loop does.
    """
    raise UnavailableError("A loop of the task worker starts no Prefect server.")
