"""Which workers of a pool answer: one word for each, in memory that the supervisor and all workers share."""

from __future__ import annotations

import mmap
import os
import tempfile
import time
from collections.abc import Callable

ANSWERS_WITHIN_S = 0.5
"""A worker that has not beaten for this long is covered by the others. It costs nothing if it was only slow."""

_WORD_BYTES = 8


class WorkerBoard:
    """The time of each worker's last beat, from when it serves until it ends.

    Args:
        descriptor: of the shared memory, as ``share`` gave it; closed by whoever opened it.
        workers: how many there are.
        monotonic_ns: a clock that all processes of the machine share, nanoseconds.
    """

    def __init__(
        self, descriptor: int, workers: int, *, monotonic_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._beats = memoryview(mmap.mmap(descriptor, workers * _WORD_BYTES)).cast("q")
        self._monotonic_ns = monotonic_ns

    def beat(self, worker: int) -> None:
        """Say that a worker serves; called by itself, from the loop that answers."""
        self._beats[worker] = self._monotonic_ns()

    def leave(self, worker: int) -> None:
        """Say that a worker no longer serves; called by itself, or by the supervisor once it has ended."""
        self._beats[worker] = 0

    def has_served(self, worker: int) -> bool:
        """Whether it has beaten since it began."""
        return self._beats[worker] != 0

    def answers(self, worker: int) -> bool:
        """Whether it has beaten a moment ago."""
        return self.has_served(worker) and self.silent_s(worker) <= ANSWERS_WITHIN_S

    def silent_s(self, worker: int) -> float:
        """Seconds since its last beat."""
        return (self._monotonic_ns() - self._beats[worker]) / 1e9


def share(workers: int) -> int:
    """The descriptor of memory for the beats of so many workers, all silent. Children inherit it when it is passed on."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("drivetrain-workers")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.write(descriptor, bytes(workers * _WORD_BYTES))
    return descriptor
