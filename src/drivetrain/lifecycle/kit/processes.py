"""Processes of a product that run as long as the platform does: what one is given, and what wakes its scheduled work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from drivetrain.core.shared_copies import OpenSharedCopy
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase


class StopSignal(Protocol):
    """Set when the process shall end."""

    def is_set(self) -> bool:
        """True once it shall."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait so many seconds, or until it shall end; then True."""
        ...


class Trigger(Protocol):
    """What wakes scheduled work beside the clock of its process.

    Attributes:
        name: as status pages show it.
        why: why it does not do its part; empty when it does.
        grace: how long it may take before the process does without it.
    """

    name: str
    grace: timedelta

    @property
    def why(self) -> str: ...  # noqa: D102

    def run(self) -> bool:
        """Have the work done; False when it is left to the process."""
        ...

    def check(self) -> None:
        """Look after what it is made of."""
        ...

    def stop(self) -> None:
        """End what it is made of."""
        ...


class OpenTrigger(Protocol):
    """Opens the trigger that the settings ask for."""

    def __call__(
        self, work: Callable[[], int], *, every_min: int, grace: timedelta, embedded: bool = True
    ) -> Trigger:
        """Open it.

        Args:
            work: what is to be done; may be done again at once by somebody else.
            every_min: minutes between two times that the work is due; divides 60.
            grace: how long after that a trigger outside this process may take.
            embedded: whether a server beside this process may be started for it; one process has it.
        """
        ...


@dataclass(frozen=True, slots=True)
class ProcessPorts:
    """The ports of one process.

    Attributes:
        registry: its Prometheus metrics. Typed loosely because this layer knows no metrics library.
    """

    installation: Installation
    database: OpenDatabase
    stop: StopSignal
    registry: Any
    open_trigger: OpenTrigger
    shared_copy: OpenSharedCopy


def _never(_: Installation) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Process:
    """A process that ``up`` starts, and starts again when it ends.

    Attributes:
        name: in ``python -m drivetrain.entrypoints.process NAME``, and of the flow of its scheduled work.
        summary: begins the sentence that says that it ended.
        run: works until asked to stop; gives the exit code.
        is_enabled: whether the settings ask for it.
        work_once: the scheduled work, done once, for a trigger that starts a process of its own; gives how much
            was done. None where there is no such work.
        is_loop: whether there is so little to do that the task worker does it on a thread, where that serves all
            queues: a process of its own would take a hundred megabytes.
    """

    name: str
    summary: str
    run: Callable[[ProcessPorts], int]
    is_enabled: Callable[[Installation], bool]
    work_once: Callable[[ProcessPorts], int] | None = None
    is_loop: Callable[[Installation], bool] = _never
