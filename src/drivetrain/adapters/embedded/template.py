"""A process that has imported a program and forks copies of itself: they start without the seconds that the imports take.

Its copies become children of the process that started it (Linux: ``PR_SET_CHILD_SUBREAPER``), which therefore waits for
them, ends them and is watched by them like any child that it runs as a program. Copies share the memory of what was
imported until they write to it.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from drivetrain.adapters.embedded.children import (
    SUPERVISOR_PID,
    Child,
    ChildExit,
    ChildKeeper,
    start_child,
)

TEMPLATE_FD = "DRIVETRAIN_TEMPLATE_FD"
TEMPLATE_NAME = "dt-template"
"""Of the process, as `ps` and `top` show it; a copy is called ``dt-copy``."""

CAN_FORK = sys.platform == "linux"

UNCLAIMED_S = 60.0
"""After this long nobody waits for a child that has ended."""

_COPY_NAME = "dt-copy"
_PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 15, 36
_READY = b"ready"
_LARGEST_MESSAGE = 1 << 16
_ANSWER_S = 5.0
"""A fork takes milliseconds; this long only where the machine is out of memory or processes."""

_ADOPTED_WITHIN_S = 1.0
_POLL_S = 0.01


class TemplateError(OSError):
    """No copy could be made."""


@dataclass(slots=True)
class Copy:
    """A forked copy, to be handled like ``subprocess.Popen``: the child of this process, although another one forked it."""

    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended.

        Raises:
            subprocess.TimeoutExpired: it has not within ``timeout`` seconds.
        """
        give_up_at = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if timeout is not None and give_up_at is not None and time.monotonic() >= give_up_at:
                raise subprocess.TimeoutExpired([_COPY_NAME], timeout)
            time.sleep(_POLL_S)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:  # not waited for yet, so the number is still its own
            os.kill(self.pid, number)


@dataclass(slots=True)
class Template:
    """Keeps the process that is copied, and asks it for copies.

    Args:
        command: a program that calls ``fork_when_asked`` when it has imported everything.
        environment: of the template and its copies, complete but for the pid of this process.
        pass_fds: descriptors that they inherit.
        on_exit: called whenever it ended without being asked to.
        monotonic_s: the clock, seconds.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    pass_fds: Sequence[int]
    on_exit: Callable[[ChildExit], None]
    monotonic_s: Callable[[], float] = time.monotonic
    _keeper: ChildKeeper = field(init=False)
    _line: socket.socket | None = field(default=None, init=False)
    _is_ready: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Nothing runs yet."""
        self._keeper = ChildKeeper(
            self.command,
            self.environment,
            self._ended,
            has_worked=lambda: self._is_ready,
            start_with=self._start,
            monotonic_s=self.monotonic_s,
        )

    def start(self) -> None:
        """Begin to import; copies can be asked for once it is ready.

        Raises:
            OSError: the command cannot be run at all.
        """
        _adopt_orphans()
        self._keeper.start()

    def is_ready(self) -> bool:
        """Whether copies can be made now. Starts one that has ended again. Cheap: call it about twenty times a second."""
        self._keeper.check()
        if not self._is_ready:
            self._is_ready = self._receive(0.0) == _READY
        return self._is_ready

    def copy(self, variables: Mapping[str, str]) -> Copy:
        """Fork.

        Args:
            variables: of the copy's environment, beside those of the template.

        Raises:
            TemplateError: it does not answer, or memory or processes are short.
        """
        if self._line is None or not self._is_ready:
            raise TemplateError("its template is not ready")
        try:
            self._line.send(json.dumps(dict(variables)).encode())
        except OSError as error:
            raise TemplateError("its template has ended") from error
        answer = self._receive(_ANSWER_S)
        if not answer.isdigit():
            self._keeper.kill(
                "could not fork"
            )  # whatever it is about to do: a late copy would be one too many
            raise TemplateError("its template could not fork")
        return Copy(int(answer))

    def stop(self) -> None:
        """End it; its copies go on."""
        self._hang_up()
        self._keeper.stop(0.0)

    def _start(self) -> Child:
        self._hang_up()
        self._line, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            environment = {**self.environment, TEMPLATE_FD: str(other.fileno())}
            return start_child(self.command, environment, pass_fds=(*self.pass_fds, other.fileno()))

    def _ended(self, child_exit: ChildExit) -> None:
        self._hang_up()
        self.on_exit(child_exit)

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line, self._is_ready = None, False

    def _receive(self, patience_s: float) -> bytes:
        """What it says; nothing when it says nothing in time or has ended."""
        if self._line is None or not select.select([self._line], [], [], patience_s)[0]:
            return b""
        try:
            return self._line.recv(_LARGEST_MESSAGE)
        except OSError:
            return b""


def fork_when_asked(preload: Callable[[], object] = lambda: None) -> None:
    """In the template, when everything is imported: fork on request, and return in each copy.

    Returns at once in a process that is no template. The template itself ends here, with the process that started it.
    It must have no threads of Python's.

    Args:
        preload: called in a template before the first fork.
    """
    number = os.environ.pop(TEMPLATE_FD, None)
    if number is None:
        return
    _name_process(TEMPLATE_NAME)
    preload()
    gc.freeze()  # what was imported stays shared: a collection in a copy does not touch it
    line = socket.socket(fileno=int(number))
    line.send(_READY)
    while request := _next_request(line):
        if _is_copy(line):
            line.close()
            os.environ.update(json.loads(request))
            return
    os._exit(0)


def _next_request(line: socket.socket) -> bytes:
    try:
        return line.recv(_LARGEST_MESSAGE)
    except OSError:  # the other end is gone
        return b""


def _is_copy(line: socket.socket) -> bool:
    """Fork twice: the one in the middle ends, so that its child goes to the process that adopts orphans."""
    supervisor = int(os.environ[SUPERVISOR_PID])
    middle = os.fork()
    if middle:
        _, status = os.waitpid(middle, 0)
        if status:
            line.send(b"cannot fork")
        return False
    try:
        if os.fork():
            os._exit(0)
    except OSError:  # out of memory or processes
        os._exit(1)
    give_up_at = time.monotonic() + _ADOPTED_WITHIN_S
    while os.getppid() != supervisor:
        if time.monotonic() > give_up_at:
            os._exit(1)
        time.sleep(_POLL_S / 10)
    os.setsid()
    _name_process(_COPY_NAME)
    line.send(str(os.getpid()).encode())
    return True


@dataclass(slots=True)
class OrphanReaper:
    """Takes note of the end of adopted orphans that nobody waits for, such as the children of a copy that was killed.

    Without it their entries stay in the system's table of processes. A child that somebody waits for is waited for
    long before.
    """

    monotonic_s: Callable[[], float] = time.monotonic
    _pid: int = field(default=0, init=False)
    _seen_at_s: float = field(default=0.0, init=False)

    def look(self) -> None:
        """Cheap: call it now and then."""
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # there are no children
            return
        pid = ended.si_pid if ended is not None else 0
        if pid != self._pid:
            self._pid, self._seen_at_s = pid, self.monotonic_s()
        elif pid and self.monotonic_s() - self._seen_at_s > UNCLAIMED_S:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _adopt_orphans() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _name_process(name: str) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NAME, name.encode())
