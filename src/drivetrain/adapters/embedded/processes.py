"""Worker processes that listen on one port, restarted when they end and ended with their supervisor.

Every worker has a socket of its own on the port (SO_REUSEPORT), and the kernel deals connections out among
them. On
one shared socket whichever worker wakes first takes all that wait: of 32 connections opened together one
worker was measured to get 28 to 32.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from drivetrain.core.errors import ConflictError, InvalidInputError

LISTEN_FD = "DRIVETRAIN_LISTEN_FD"
WORKER = "DRIVETRAIN_WORKER"
SUPERVISOR_PID = "DRIVETRAIN_SUPERVISOR_PID"

BACKLOG = 2048
"""Connections the kernel keeps while all workers are busy or restarting; Linux caps it at
``net.core.somaxconn``."""

STEADY_S = 60.0
"""A worker that lived this long is not in a crash loop; its next restart is immediate again."""

LONGEST_DELAY_S = 30.0

ORPHAN_GRACE_S = 10.0
"""How long an orphaned worker may take to end by SIGTERM before it ends itself the hard way."""

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class WorkerExit:
    """One worker ended without being asked to.

    Attributes:
        index: which worker, from 0.
        pid: its process id; None when it could not even be started.
        reason: what is known about the end, for the log.
        lived_s: how long it ran, seconds.
        restart_in_s: when its successor starts, seconds from now; 0 is at once.
    """

    index: int
    pid: int | None
    reason: str
    lived_s: float
    restart_in_s: float


@dataclass(slots=True)
class _Slot:
    """The place of one worker, filled by one process after another."""

    index: int
    process: subprocess.Popen[bytes] | None = None
    started_at_s: float = 0.0
    restart_at_s: float = 0.0
    failures: int = 0


def restart_delay_s(failures: int) -> float:
    """Seconds to wait before the restart after so many failures in a row: 0, 1, 2, 4 … 30."""
    return 0.0 if failures == 0 else min(LONGEST_DELAY_S, 2.0 ** min(failures - 1, 10))


@dataclass(slots=True)
class WorkerPool:
    """One copy of a command for each listening socket.

    The sockets are bound before any worker exists and stay open here, so a connection that arrives while a
    worker is being replaced waits in the backlog instead of being refused.

    Call ``start``, ``check`` and ``stop`` from one thread that lives as long as the pool: Linux ends the
    workers when the *thread* that started them ends.

    Args:
        command: program and arguments; it should call ``die_with_parent`` first and serve on
            ``inherited_listener()``.
        environment: the whole environment of the workers; three variables are added to it: the number of the
            inherited socket, the index of the worker and the pid to pass to ``die_with_parent``.
        listening: bound, listening sockets, one for each worker; the pool does not close them.
        on_exit: told about every worker that ended without being asked to.
        monotonic_s: the clock, seconds.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    listening: Sequence[socket.socket]
    on_exit: Callable[[WorkerExit], None] = lambda _: None
    monotonic_s: Callable[[], float] = time.monotonic
    _slots: list[_Slot] = field(default_factory=list, init=False)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that run, in order of their index."""
        return tuple(slot.process.pid for slot in self._slots if slot.process is not None)

    def start(self) -> None:
        """Start all workers.

        Raises:
            OSError: the command cannot be run at all.
        """
        self._slots = [_Slot(index) for index in range(len(self.listening))]
        try:
            for slot in self._slots:
                self._fill(slot)
        except OSError:
            self.stop(0.0)
            raise

    def check(self) -> None:
        """Replace workers that ended, as their backoff allows. Cheap: call it about five times a second."""
        for slot in self._slots:
            if slot.process is not None and (code := slot.process.poll()) is not None:
                self._vacate(slot, slot.process.pid, _reason(code))
            if slot.process is None and self.monotonic_s() >= slot.restart_at_s:
                self._refill(slot)

    def stop(self, grace_s: float) -> None:
        """Ask all workers to end, wait up to ``grace_s`` seconds for all together, then kill those left with their children."""
        running = [slot.process for slot in self._slots if slot.process is not None]
        self._slots = []
        for process in running:
            process.terminate()
        give_up_at = time.monotonic() + grace_s
        for process in running:
            try:
                process.wait(max(0.0, give_up_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                # Its own session makes it the leader of a group; not reaped yet, so the number is still its
                # own.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _fill(self, slot: _Slot) -> None:
        descriptor = self.listening[slot.index].fileno()
        slot.process = subprocess.Popen(
            list(self.command),
            stdin=subprocess.DEVNULL,
            env={
                **self.environment,
                LISTEN_FD: str(descriptor),
                WORKER: str(slot.index),
                SUPERVISOR_PID: str(os.getpid()),
            },
            pass_fds=(descriptor,),
            # Ctrl-C in a terminal reaches the supervisor alone, which then ends everything in order.
            start_new_session=True,
        )
        slot.started_at_s = self.monotonic_s()

    def _refill(self, slot: _Slot) -> None:
        try:
            self._fill(slot)
        except OSError as error:  # Out of memory or processes: as passing as a crash, so it is tried again.
            slot.started_at_s = self.monotonic_s()
            self._vacate(slot, None, f"could not be started: {error}")

    def _vacate(self, slot: _Slot, pid: int | None, reason: str) -> None:
        now_s = self.monotonic_s()
        lived_s = now_s - slot.started_at_s
        if lived_s >= STEADY_S:
            slot.failures = 0
        delay_s = restart_delay_s(slot.failures)
        slot.process = None
        slot.restart_at_s = now_s + delay_s
        slot.failures += 1
        self.on_exit(WorkerExit(slot.index, pid, reason, lived_s, delay_s))


def _reason(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code} ({signal.strsignal(-code)})"


def bind(host: str, port: int, *, count: int = 1) -> list[socket.socket]:
    """Sockets listening on the address, one for each worker. Port 0 takes any free one.

    Raises:
        ConflictError: ``port.in_use``.
        InvalidInputError: ``host.unknown`` or ``port.not_allowed``.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise _unknown_host(host, error) from error
    # ``localhost`` has two addresses; people and probes mean 127.0.0.1.
    family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    sockets: list[socket.socket] = []
    try:
        # A socket that shares its port would also join one of somebody else who does: first ask for it alone.
        with socket.socket(family, kind, protocol) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind(address)
            address = (address[0], alone.getsockname()[1], *address[2:])
        for _ in range(count):
            sockets.append(_listen(socket.socket(family, kind, protocol), address))
    except OSError as error:
        for each in sockets:
            each.close()
        raise _cannot_listen(host, port, error) from error
    return sockets


def _listen(listening: socket.socket, address: tuple[object, ...]) -> socket.socket:
    # Without SO_REUSEADDR a restart would have to wait a minute for connections of the former process to
    # expire.
    for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
        listening.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _cannot_listen(host: str, port: int, error: OSError) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return ConflictError(
            f"Port {port} on {host} is taken by another program; stop it or set DRIVETRAIN_PORT to a free port.",
            code="port.in_use",
        )
    if error.errno == errno.EACCES:
        return InvalidInputError(
            f"This user may not listen on port {port}; set DRIVETRAIN_PORT to 1024 or more.",
            code="port.not_allowed",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return _unknown_host(host, error)
    return error


def _unknown_host(host: str, error: OSError) -> InvalidInputError:
    return InvalidInputError(
        f"{host!r} is no address of this machine ({error.strerror}); set DRIVETRAIN_HOST to one, for example 127.0.0.1.",
        code="host.unknown",
    )


def inherited_listener(environment: Mapping[str, str]) -> socket.socket:
    """In a worker: the listening socket the supervisor passed on.

    Raises:
        KeyError: not started by a ``WorkerPool``.
    """
    return socket.socket(fileno=int(environment[LISTEN_FD]))


def die_with_parent(parent_pid: int) -> None:
    """In a worker, before anything else: end when the supervisor is gone, even by ``kill -9``.

    On Linux the kernel sends SIGTERM the moment the supervisor dies. A daemon thread looks once a second as
    well: for other systems, and to end a worker that has not finished ``ORPHAN_GRACE_S`` after its SIGTERM.
    Set by the child itself, because ``preexec_fn`` may deadlock in a supervisor that has threads.

    Args:
        parent_pid: of the supervisor; compared because it may have died before this call.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGTERM)
    end_when_orphaned(parent_pid)


def end_when_orphaned(parent_pid: int) -> None:
    """In a child process that any thread of its parent may have started: end within a second or so of the parent.

    The kernel's signal would come when that thread ends, and threads of a pool end before their process.
    """
    threading.Thread(
        target=_end_when_orphaned, args=(parent_pid,), name="die-with-parent", daemon=True
    ).start()


def _end_when_orphaned(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_GRACE_S)
    os._exit(1)
