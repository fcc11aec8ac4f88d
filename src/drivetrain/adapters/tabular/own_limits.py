"""Limits of this process while it reads a file that a stranger gave: for processes that end after it."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.core.errors import UnreadableInputError


@contextmanager
def own_limits(limits: ParseLimits) -> Iterator[None]:
    """Let the block take so much memory, processor and time, beyond what the process has taken before.

    Code that does not come back to Python, or cannot bear to get no memory, ends the process. Main thread only.

    Raises:
        UnreadableInputError: the file took too long (``input.parse_timeout``) or too much memory
            (``input.parse_failed``).
    """

    def too_long(_number: int, _frame: FrameType | None) -> None:
        raise UnreadableInputError(
            f"The table took more than {limits.wall_s:g} s to read; split it into smaller files.",
            code="input.parse_timeout",
        )

    former = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, limits.wall_s)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used_s = int(usage.ru_utime + usage.ru_stime) + 1
    try:
        with (
            _soft_limit(resource.RLIMIT_DATA, _data_bytes() + limits.memory_bytes),
            _soft_limit(resource.RLIMIT_CPU, used_s + limits.cpu_s),
        ):
            yield
    except MemoryError as error:
        raise UnreadableInputError(
            "The table could not be read within the memory of one upload; split it into smaller files.",
            code="input.parse_failed",
        ) from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


@contextmanager
def _soft_limit(what: int, most: int) -> Iterator[None]:
    """Lower a soft limit for the block; one that is lower already stays."""
    soft, hard = resource.getrlimit(what)
    bounds = [most, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(what, (min(bounds), hard))
    try:
        yield
    finally:
        resource.setrlimit(what, (soft, hard))


def _data_bytes() -> int:
    """Private memory that the process has mapped, as ``RLIMIT_DATA`` counts it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmData:")]
    return int(line.split()[1]) << 10
