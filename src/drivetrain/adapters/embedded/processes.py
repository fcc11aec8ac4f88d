"""Worker processes that listen on one port, restarted when they end and ended with their supervisor.

Every worker has a socket of its own on the port (SO_REUSEPORT), and the kernel deals connections out among
them. On
one shared socket whichever worker wakes first takes all that wait: of 32 connections opened together one
worker was measured to get 28 to 32.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from drivetrain.adapters.embedded.children import ChildExit, ChildKeeper, stop_all
from drivetrain.core.errors import ConflictError, InvalidInputError

LISTEN_FD = "DRIVETRAIN_LISTEN_FD"
WORKER = "DRIVETRAIN_WORKER"

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
            ``inherited_listener()``.
        environment: the whole environment of the workers; three variables are added to it: the number of the
            inherited socket, the index of the worker and the pid of this process.
        listening: bound, listening sockets, one for each worker; the pool does not close them.
        on_exit: called with the index, from 0, of every worker that ended without being asked to.
        monotonic_s: the clock, seconds.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    listening: Sequence[socket.socket]
    on_exit: Callable[[int, ChildExit], None] = _nobody
    monotonic_s: Callable[[], float] = time.monotonic
    _workers: list[ChildKeeper] = field(default_factory=list, init=False)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that run, in order of their index."""
        return tuple(worker.child.pid for worker in self._workers if worker.child is not None)

    def start(self) -> None:
        """Start all workers.

        Raises:
            OSError: the command cannot be run at all.
        """
        self._workers = [self._keeper(index) for index in range(len(self.listening))]
        try:
            for worker in self._workers:
                worker.start()
        except OSError:
            self.stop(0.0)
            raise

    def check(self) -> None:
        """Replace workers that ended, as their backoff allows. Cheap: call it about five times a second."""
        for worker in self._workers:
            worker.check()

    def stop(self, grace_s: float) -> None:
        """Ask all workers to end, wait up to ``grace_s`` seconds for all together, then kill those left with their children."""
        stop_all(self._workers, grace_s)
        self._workers = []

    def _keeper(self, index: int) -> ChildKeeper:
        descriptor = self.listening[index].fileno()
        return ChildKeeper(
            self.command,
            {**self.environment, LISTEN_FD: str(descriptor), WORKER: str(index)},
            partial(self.on_exit, index),
            pass_fds=(descriptor,),
            monotonic_s=self.monotonic_s,
        )


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


def inherited_listener(environment: Mapping[str, str]) -> socket.socket:
    """In a worker: the listening socket the supervisor passed on.

    Raises:
        KeyError: not started by a ``WorkerPool``.
    """
    return socket.socket(fileno=int(environment[LISTEN_FD]))
