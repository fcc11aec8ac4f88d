"""Child processes: starting them, keeping them running, and ending them; in the child, ending with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Protocol

from drivetrain.core.orphans import die_with_parent

SUPERVISOR_PID = "DRIVETRAIN_SUPERVISOR_PID"

STEADY_S = 60.0
"""A child that lived this long is not in a crash loop; its next restart is immediate again."""

LONGEST_DELAY_S = 30.0

KILL_GRACE_S = 5.0
"""How long a killed child may take to be gone; one that is deep in the kernel's hands may take for ever."""


class Child(Protocol):
    """A child process, as ``subprocess.Popen`` shows it."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; ``subprocess.TimeoutExpired`` where it has not within that many seconds."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class ChildExit:
    """A kept child ended without being asked to.

    Attributes:
        pid: its process id; None when it could not even be started.
        reason: what is known about the end, for the log.
        lived_s: how long it ran, seconds.
        restart_in_s: when its successor starts, seconds from now; 0 is at once.
    """

    pid: int | None
    reason: str
    lived_s: float
    restart_in_s: float


def start_child(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    pass_fds: Sequence[int] = (),
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
    leads_group: bool = True,
) -> subprocess.Popen[bytes]:
    """Start a command, which should call ``end_with_parent`` or ``end_when_orphaned`` first.

    Args:
        environment: of the child, complete but for the pid of its parent.
        pass_fds: descriptors it inherits.
        leads_group: whether it gets a session of its own. Then Ctrl-C in a terminal reaches its parent alone, which
            ends everything in order. Without, it is killed together with the group of its parent.

    Raises:
        OSError: the command cannot be run, or memory or processes are short.
    """
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env={**environment, SUPERVISOR_PID: str(os.getpid())},
        pass_fds=pass_fds,
        start_new_session=leads_group,
    )


def end_children(children: Sequence[Child], grace_s: float) -> None:
    """Ask children to end, wait up to ``grace_s`` seconds for all together, then kill those left with their groups."""
    for child in children:
        child.terminate()
    give_up_at = time.monotonic() + grace_s
    for child in children:
        try:
            child.wait(max(0.0, give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            _kill(child)


def _kill(child: Child) -> None:
    _send_kill(child)
    with suppress(subprocess.TimeoutExpired):
        child.wait(KILL_GRACE_S)


def _send_kill(child: Child) -> None:
    # Not reaped yet, so the number is still its own.
    if os.getpgid(child.pid) == child.pid:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()


def restart_delay_s(failures: int) -> float:
    """Seconds to wait before the restart after so many failures in a row: 0, 1, 2, 4 … 30."""
    return 0.0 if failures == 0 else min(LONGEST_DELAY_S, 2.0 ** min(failures - 1, 10))


@dataclass(slots=True)
class ChildKeeper:
    """Keeps a command running, with growing pauses while it ends again and again.

    Call ``check`` and ``stop`` from one thread that lives as long as the keeper: Linux ends the child when the
    *thread* that started it ends.

    Args:
        command: should call ``end_with_parent`` first.
        environment: of the child, complete but for the pid of its parent.
        on_exit: called whenever the child ended without being asked to.
        pass_fds: descriptors it inherits.
        has_worked: whether the child got to its work; one that did is in no crash loop, and started again at once.
        start_with: starts the child in place of the command.
        monotonic_s: the clock, seconds.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    on_exit: Callable[[ChildExit], None]
    pass_fds: Sequence[int] = ()
    has_worked: Callable[[], bool] = lambda: False
    start_with: Callable[[], Child] | None = None
    monotonic_s: Callable[[], float] = time.monotonic
    child: Child | None = field(default=None, init=False)
    _started_at_s: float = field(default=0.0, init=False)
    _start_at_s: float = field(default=float("-inf"), init=False)
    _failures: int = field(default=0, init=False)
    _kill_reason: str | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the child.

        Raises:
            OSError: the command cannot be run at all.
        """
        self._started_at_s, self._kill_reason = self.monotonic_s(), None
        self.child = (self.start_with or self._run_command)()

    def check(self, *, can_start: bool = True) -> None:
        """Start the child where it does not run and the pause is over. Cheap: call it about five times a second.

        Args:
            can_start: False to take note of its end only.
        """
        if self.child is not None and (code := self.child.poll()) is not None:
            self._ended(self.child.pid, self._kill_reason or _reason(code))
        if can_start and self.child is None and self.monotonic_s() >= self._start_at_s:
            try:
                self.start()
            except (
                OSError
            ) as error:  # Out of memory or processes: as passing as a crash, so it is tried again.
                self._ended(None, f"could not be started: {error}")

    @property
    def lived_s(self) -> float:
        """Seconds since the child was started."""
        return self.monotonic_s() - self._started_at_s

    def kill(self, reason: str) -> None:
        """End a child that does not work, with its children; ``check`` sees it go and starts the next one."""
        if self.child is not None and self._kill_reason is None and self.child.poll() is None:
            self._kill_reason = reason
            _send_kill(self.child)

    def stop(self, grace_s: float) -> None:
        """Ask the child to end, and kill it with its children after ``grace_s`` seconds."""
        stop_all([self], grace_s)

    def _run_command(self) -> Child:
        return start_child(self.command, self.environment, pass_fds=self.pass_fds)

    def _ended(self, pid: int | None, reason: str) -> None:
        now_s = self.monotonic_s()
        lived_s = now_s - self._started_at_s
        if lived_s >= STEADY_S or self.has_worked():
            self._failures = 0
        delay_s = restart_delay_s(self._failures)
        self.child, self._start_at_s = None, now_s + delay_s
        self._failures += 1
        self.on_exit(ChildExit(pid, reason, lived_s, delay_s))


def stop_all(keepers: Sequence[ChildKeeper], grace_s: float) -> None:
    """Stop several at once: the grace is for all of them together."""
    running = [keeper.child for keeper in keepers if keeper.child is not None]
    for keeper in keepers:
        keeper.child = None
    end_children(running, grace_s)


def _reason(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code} ({signal.strsignal(-code)})"


def end_with_parent() -> None:
    """In a kept child, before anything else: end when the process that keeps it is gone, even by ``kill -9``."""
    die_with_parent(int(os.environ[SUPERVISOR_PID]), signal.SIGTERM)
