"""Worker processes that listen on one port, restarted when they end and ended with their supervisor.

Every worker has a socket of its own on the port (SO_REUSEPORT), and the kernel deals connections out among them. On
one shared socket whichever worker wakes first takes all that wait: of 32 connections opened together one worker was
measured to get 28 to 32. The kernel goes on dealing to a worker that is dead or stopped, so every worker inherits all
sockets: the others accept on its socket until it answers again.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from drivetrain.adapters.embedded.children import ChildExit, ChildKeeper, stop_all
from drivetrain.adapters.embedded.template import CAN_FORK, OrphanReaper, Template
from drivetrain.adapters.embedded.worker_board import WorkerBoard, share
from drivetrain.core.errors import ConflictError, InvalidInputError

LISTEN_FDS = "DRIVETRAIN_LISTEN_FDS"
BOARD_FD = "DRIVETRAIN_BOARD_FD"
WORKER = "DRIVETRAIN_WORKER"

UNRESPONSIVE_S = 1.5
"""A worker whose loop has not turned for this long is replaced: nothing that it does holds the loop for a tenth of it."""

PUNCTUAL_S = 0.5
"""Where ``check`` itself comes later than this after the last one, the machine was busy or suspended: nobody is judged
by that time."""

BACKLOG = 2048
"""Connections the kernel keeps while all workers are busy or restarting; Linux caps it at
``net.core.somaxconn``."""


def _nobody(index: int, child_exit: ChildExit) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class WorkerPool:
    """One copy of a command for each listening socket.

    The sockets are bound before any worker exists and stay open here, so a connection that arrives while a
    worker is being replaced waits in the backlog instead of being refused.

    Args:
        command: program and arguments; it should call ``end_with_parent`` first and serve on
            ``inherited_port()``.
        environment: the whole environment of the workers; added to it are the numbers of the inherited sockets and of
            the board, the index of the worker and the pid of this process.
        listening: bound, listening sockets, one for each worker; the pool does not close them.
        start_patience_s: longest time until a worker first beats; None where they do not beat.
        on_exit: called with the index, from 0, of every worker that ended without being asked to.
        on_template_exit: where the workers are to be copies of one process that has imported the program, if the system
            can do that: called when that process ended without being asked to. None to run each as a program.
        monotonic_s: the clock, seconds.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    listening: Sequence[socket.socket]
    on_exit: Callable[[int, ChildExit], None] = _nobody
    start_patience_s: float | None = None
    on_template_exit: Callable[[ChildExit], None] | None = None
    monotonic_s: Callable[[], float] = time.monotonic
    _workers: list[ChildKeeper] = field(default_factory=list, init=False)
    _board_fd: int = field(default=-1, init=False)
    _board: WorkerBoard = field(init=False)
    _template: Template | None = field(default=None, init=False)
    _reaper: OrphanReaper = field(default_factory=OrphanReaper, init=False)
    _checked_at_s: float = field(default=0.0, init=False)
    _punctual_since_s: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        """Make the board that supervisor and workers share."""
        self._board_fd = share(len(self.listening))
        self._board = WorkerBoard(self._board_fd, len(self.listening))
        if self.on_template_exit is not None and CAN_FORK:
            self._template = Template(
                self.command,
                self._inherited(),
                self._descriptors(),
                self.on_template_exit,
                monotonic_s=self.monotonic_s,
            )

    @property
    def keepers(self) -> Sequence[ChildKeeper]:
        """The workers, for whoever stops them together with others."""
        return self._workers

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that run, in order of their index."""
        return tuple(worker.child.pid for worker in self._workers if worker.child is not None)

    def start(self) -> None:
        """Start all workers, or what they are copied from: then ``check`` starts them when that is ready.

        Raises:
            OSError: the command cannot be run at all.
        """
        self._workers = [self._keeper(index) for index in range(len(self.listening))]
        if self._template is not None:
            self._template.start()
            return
        try:
            for worker in self._workers:
                worker.start()
        except OSError:
            self.stop(0.0)
            raise

    def check(self) -> None:
        """Replace workers that ended, as their backoff allows, and those that live and do not answer.

        Cheap: call it about twenty times a second, since the others cover a worker once it is known to have ended.
        """
        now_s = self.monotonic_s()
        if now_s - self._checked_at_s > PUNCTUAL_S:
            self._punctual_since_s = now_s
        self._checked_at_s = now_s
        can_start = self._template is None or self._template.is_ready()
        self._reaper.look()
        for index, worker in enumerate(self._workers):
            worker.check(can_start=can_start)
            self._replace_silent(index, worker, now_s - self._punctual_since_s)

    def is_serving(self) -> bool:
        """Whether any worker serves; one that is only slow does."""
        return any(
            self._board.has_served(index) and self._board.silent_s(index) <= UNRESPONSIVE_S
            for index in range(len(self.listening))
        )

    def stop(self, grace_s: float) -> None:
        """Ask all workers to end, wait up to ``grace_s`` seconds for all together, then kill those left with their children."""
        stop_all(self._workers, grace_s)
        self._workers = []
        if self._template is not None:
            self._template.stop()

    def close(self) -> None:
        """Let go of what the workers share, once they are stopped."""
        if self._template is not None:
            self._template.stop()
        os.close(self._board_fd)

    def _replace_silent(self, index: int, worker: ChildKeeper, punctual_s: float) -> None:
        if self._board.has_served(index):
            if min(self._board.silent_s(index), punctual_s) > UNRESPONSIVE_S:
                worker.kill(f"did not answer for {UNRESPONSIVE_S:g} s")
        elif self.start_patience_s and min(worker.lived_s, punctual_s) > self.start_patience_s:
            worker.kill(f"did not serve within {self.start_patience_s:g} s")

    def _keeper(self, index: int) -> ChildKeeper:
        own = {WORKER: str(index)}
        return ChildKeeper(
            self.command,
            {**self._inherited(), **own},
            partial(self._ended, index),
            pass_fds=self._descriptors(),
            has_worked=partial(self._board.has_served, index),
            start_with=None if self._template is None else partial(self._template.copy, own),
            monotonic_s=self.monotonic_s,
        )

    def _descriptors(self) -> tuple[int, ...]:
        return (*(listening.fileno() for listening in self.listening), self._board_fd)

    def _inherited(self) -> dict[str, str]:
        """The environment of all workers."""
        *listening, board = map(str, self._descriptors())
        return {**self.environment, LISTEN_FDS: ",".join(listening), BOARD_FD: board}

    def _ended(self, index: int, child_exit: ChildExit) -> None:
        self._board.leave(index)
        self.on_exit(index, child_exit)


def bind(host: str, port: int, *, count: int = 1) -> list[socket.socket]:
    """Sockets listening on the address, one for each worker. Port 0 takes any free one.

    Raises:
        ConflictError: ``port.in_use``.
        InvalidInputError: ``host.unknown`` or ``port.not_allowed``.
    """
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise _unknown_host(host, error) from error
    # ``localhost`` has two addresses; people and probes mean 127.0.0.1.
    family, kind, protocol, _, address = min(addresses, key=lambda entry: entry[0] != socket.AF_INET)
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
        for listening in sockets:
            listening.close()
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
            f"Port {port} on {host} is in use by another program; stop it or set DRIVETRAIN_PORT to a free port.",
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
        f"{host!r} is not an address of this machine ({error.strerror}); set DRIVETRAIN_HOST to one, for example 127.0.0.1.",
        code="host.unknown",
    )


@dataclass(frozen=True, slots=True)
class InheritedPort:
    """What a worker has of the port.

    Attributes:
        worker: its index.
        listening: its own socket.
        neighbors: those of the others, by index, to accept on while they do not answer.
    """

    worker: int
    listening: socket.socket
    neighbors: Mapping[int, socket.socket]
    board: WorkerBoard


def inherited_port(environment: Mapping[str, str]) -> InheritedPort:
    """In a worker: the listening sockets and the board that the supervisor passed on.

    Raises:
        KeyError: not started by a ``WorkerPool``.
    """
    worker = int(environment[WORKER])
    descriptors = environment[LISTEN_FDS].split(",")
    sockets = {index: socket.socket(fileno=int(number)) for index, number in enumerate(descriptors)}
    own = sockets.pop(worker)
    return InheritedPort(worker, own, sockets, WorkerBoard(int(environment[BOARD_FD]), len(descriptors)))
