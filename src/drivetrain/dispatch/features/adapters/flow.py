"""The lake as a flow of a Prefect server of yours, beside the task that writes it anyway."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from drivetrain.lifecycle.kit.processes import ProcessPorts, Trigger

EVERY_MIN = 60
_CHECK_EVERY_S = 1.0
_log = structlog.get_logger("drivetrain.dispatch")


@contextmanager
def served(ports: ProcessPorts) -> Iterator[None]:
    """Serve the flow while the block runs, where the settings name a server.

    Each event is written once whoever writes it, so flow and task need not know of each other.
    """
    trigger = ports.open_trigger(
        _only_served, every_min=EVERY_MIN, grace=timedelta(minutes=EVERY_MIN), embedded=False
    )
    if trigger.name == "plain":
        yield
        return
    ending = threading.Event()
    thread = threading.Thread(target=_look_after, args=(trigger, ending), name="lake-flow", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _look_after(trigger: Trigger, ending: threading.Event) -> None:
    try:
        while not ending.is_set():
            try:
                trigger.check()
            except Exception:  # noqa: BLE001 - the edge of a job: the task writes the lake meanwhile
                _log.exception("the flow of the lake is not served")
            ending.wait(_CHECK_EVERY_S)
    finally:
        trigger.stop()


def _only_served() -> int:
    """Nothing here: the flow does its work in a process of its own, and without it the task does."""
    return 0
