"""One child process that is started again when it ends, and ended with us."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from drivetrain.adapters.embedded.processes import STEADY_S, SUPERVISOR_PID, die_with_parent, restart_delay_s


def end_with_parent() -> None:
    """In the child, before anything else: end when the process that keeps it is gone."""
    die_with_parent(int(os.environ[SUPERVISOR_PID]))


@dataclass(slots=True)
class KeptProcess:
    """Keeps a command running, with growing pauses while it ends again and again.

    Args:
        command: should call ``end_with_parent`` first.
        environment: of the child, complete but for that pid.
        on_exit: told why and the seconds until the next start, whenever the child ended without being asked
            to.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    on_exit: Callable[[str, float], None]
    _process: subprocess.Popen[bytes] | None = None
    _started_at_s: float = 0.0
    _start_at_s: float = field(default_factory=time.monotonic)
    _failures: int = 0

    def check(self) -> None:
        """Start the child where it does not run and the pause is over. Call it often, from one thread."""
        now_s = time.monotonic()
        if self._process is not None and (code := self._process.poll()) is not None:
            self._ended(f"exit code {code}", now_s)
        if self._process is None and now_s >= self._start_at_s:
            try:
                self._process = self._started()
                self._started_at_s = now_s
            # out of memory or processes: as passing as a crash, so it is tried again
            except OSError as error:
                self._started_at_s = now_s
                self._ended(f"it could not be started: {error}", now_s)

    def stop(self, grace_s: float) -> None:
        """Ask the child to end, and end it after ``grace_s`` seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        environment = {**self.environment, SUPERVISOR_PID: str(os.getpid())}
        # Ctrl-C in a terminal reaches the supervisor alone, which then ends everything in order.
        return subprocess.Popen(
            list(self.command), stdin=subprocess.DEVNULL, env=environment, start_new_session=True
        )

    def _ended(self, why: str, now_s: float) -> None:
        if now_s - self._started_at_s >= STEADY_S:
            self._failures = 0
        delay_s = restart_delay_s(self._failures)
        self._process, self._start_at_s = None, now_s + delay_s
        self._failures += 1
        self.on_exit(why, delay_s)
