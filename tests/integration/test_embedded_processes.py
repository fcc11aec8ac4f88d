"""Workers on one port: each with its socket, replaced, and never left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from drivetrain.adapters.embedded.children import ChildExit
from drivetrain.adapters.embedded.processes import WorkerPool, bind
from drivetrain.core.errors import ConflictError

# Says its index and pid to everybody who connects.
WORKER = """
import os
from drivetrain.adapters.embedded.children import end_with_parent
from drivetrain.adapters.embedded.processes import inherited_port
end_with_parent()
listener = inherited_port(os.environ).listening
while True:
    connection, _ = listener.accept()
    connection.sendall(f"{os.environ['DRIVETRAIN_WORKER']} {os.getpid()}".encode())
    connection.close()
"""

SUPERVISOR = """
import os, sys, time
from drivetrain.adapters.embedded.processes import WorkerPool, bind
listening = bind("127.0.0.1", 0, count=2)
pool = WorkerPool([sys.executable, "-c", sys.argv[1]], os.environ, listening)
pool.start()
print(listening[0].getsockname()[1], *pool.pids, flush=True)
time.sleep(600)
"""

# Ignores SIGTERM, and so does its child; tells both pids.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "600"])
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def listening() -> Iterator[list[socket.socket]]:
    bound = bind("127.0.0.1", 0, count=2)
    yield bound
    for each in bound:
        each.close()


def _ask(port: int) -> tuple[int, int]:
    """Index and pid of the worker that answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        index, pid = connection.makefile().read().split()
    return int(index), int(pid)


def _until(condition: Callable[[], bool], patience_s: float = 15.0) -> None:
    give_up_at = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.02)


def _is_free(port: int) -> bool:
    try:
        bind("127.0.0.1", port)[0].close()
    except ConflictError:
        return False
    return True


def _gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_every_worker_answers_on_the_port_and_a_killed_one_is_replaced(
    listening: list[socket.socket],
) -> None:
    exits: list[tuple[int, ChildExit]] = []
    pool = WorkerPool(
        [sys.executable, "-c", WORKER], os.environ, listening, on_exit=lambda *exit_: exits.append(exit_)
    )
    port = listening[0].getsockname()[1]
    pool.start()
    try:
        answered: set[tuple[int, int]] = set()
        _until(lambda: answered.add(_ask(port)) or answered == set(enumerate(pool.pids)))

        victim = pool.pids[1]
        os.kill(victim, signal.SIGKILL)
        _until(lambda: pool.check() or bool(exits))
        index, gone = exits[0]
        assert (index, gone.pid, gone.restart_in_s) == (1, victim, 0.0)
        assert "9" in gone.reason

        replaced: set[tuple[int, int]] = set()
        _until(lambda: replaced.add(_ask(port)) or replaced == set(enumerate(pool.pids)))
        assert victim not in pool.pids
    finally:
        pids = pool.pids
        pool.stop(5.0)
    assert all(_gone(pid) for pid in pids)


def test_a_worker_that_keeps_ending_waits_longer_each_time_and_starts_afresh_after_a_steady_minute(
    listening: list[socket.socket],
) -> None:
    """Real processes on a clock that only moves when the test says so."""
    now_s = 0.0
    exits: list[ChildExit] = []
    command = [sys.executable, "-S", "-c", "raise SystemExit(3)"]
    pool = WorkerPool(
        command,
        os.environ,
        listening[:1],
        on_exit=lambda _, gone: exits.append(gone),
        monotonic_s=lambda: now_s,
    )
    pool.start()
    for expected in range(1, 5):
        _until(lambda count=expected: pool.check() or len(exits) == count)
        now_s += exits[-1].restart_in_s
        pool.check()
    assert [told.restart_in_s for told in exits] == [0, 1, 2, 4]
    assert {told.reason for told in exits} == {"exit code 3"}

    now_s += 61
    _until(lambda: pool.check() or len(exits) == 5)
    assert (exits[-1].lived_s, exits[-1].restart_in_s) == (61, 0)
    pool.stop(5.0)


# Serves for a moment, then lives on without turning its loop, unless it was replaced.
SILENT = """
import os, time
from drivetrain.adapters.embedded.children import end_with_parent
from drivetrain.adapters.embedded.processes import inherited_port
end_with_parent()
port = inherited_port(os.environ)
port.board.beat(port.worker)
time.sleep(600)
"""


def test_a_worker_that_lives_and_does_not_answer_is_replaced_at_once_however_often(
    listening: list[socket.socket],
) -> None:
    exits: list[ChildExit] = []
    pool = WorkerPool(
        [sys.executable, "-c", SILENT], os.environ, listening[:1], on_exit=lambda _, gone: exits.append(gone)
    )
    pool.start()
    try:
        _until(lambda: pool.check() or len(exits) == 3)
    finally:
        pool.stop(5.0)
    assert {gone.reason for gone in exits} == {"did not answer for 1.5 s"}
    assert {gone.restart_in_s for gone in exits} == {0.0}  # it had served: no crash loop


def test_a_stopped_worker_is_killed_and_one_that_never_serves_too(listening: list[socket.socket]) -> None:
    exits: list[ChildExit] = []
    pool = WorkerPool(
        [sys.executable, "-c", WORKER],  # does not beat
        os.environ,
        listening[:1],
        on_exit=lambda _, gone: exits.append(gone),
        start_patience_s=0.3,
    )
    pool.start()
    victim = pool.pids[0]
    os.kill(victim, signal.SIGSTOP)
    try:
        _until(lambda: pool.check() or bool(exits))
    finally:
        pool.stop(5.0)
    assert exits[0].pid == victim and exits[0].reason == "did not serve within 0.3 s"
    assert _gone(victim)


def test_nobody_is_judged_by_a_time_in_which_the_supervisor_itself_stood_still(
    listening: list[socket.socket],
) -> None:
    """The machine was suspended, or too busy to run anybody."""
    now_s = [0.0]
    exits: list[ChildExit] = []
    pool = WorkerPool(
        [sys.executable, "-c", WORKER],
        os.environ,
        listening[:1],
        on_exit=lambda _, gone: exits.append(gone),
        start_patience_s=5.0,
        monotonic_s=lambda: now_s[0],
    )
    pool.start()
    try:
        for now_s[0] in (0.1, 100.0, 100.1):
            pool.check()
        assert exits == [] and len(pool.pids) == 1
        pid = pool.pids[0]
        for step in range(60):
            now_s[0] = 100.1 + step / 10
            pool.check()
        _until(lambda: _gone(pid))
    finally:
        pool.stop(5.0)


def test_during_its_backoff_a_worker_is_not_restarted(listening: list[socket.socket]) -> None:
    now_s = 0.0
    exits: list[ChildExit] = []
    pool = WorkerPool(
        [sys.executable, "-S", "-c", ""],
        os.environ,
        listening[:1],
        on_exit=lambda _, gone: exits.append(gone),
        monotonic_s=lambda: now_s,
    )
    pool.start()
    _until(lambda: pool.check() or len(exits) == 2)
    now_s = 0.99
    pool.check()
    assert pool.pids == ()
    now_s = 1.0
    pool.check()
    assert len(pool.pids) == 1
    pool.stop(5.0)


def test_workers_end_when_the_supervisor_is_killed_and_the_port_is_free_again() -> None:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, WORKER], stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout is not None
    port, *pids = [int(number) for number in supervisor.stdout.readline().split()]
    answered: set[int] = set()
    _until(lambda: answered.add(_ask(port)[1]) or answered == set(pids))

    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()

    _until(lambda: all(_gone(pid) for pid in pids))
    # The last thread of a dead worker may hold the socket an instant longer than its process shows.
    _until(lambda: _is_free(port))


@pytest.mark.parametrize(
    "call",
    [
        "die_with_parent(2**22 + 1, signal.SIGTERM)",  # the supervisor died before the worker could ask
        "_end_when_orphaned(2**22 + 1)",  # systems without the kernel's signal: the watching thread alone
    ],
)
def test_a_worker_whose_supervisor_is_already_gone_ends_by_sigterm(call: str) -> None:
    code = f"import signal; from drivetrain.core.orphans import _end_when_orphaned, die_with_parent; {call}"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == -signal.SIGTERM


def test_stop_kills_a_worker_that_will_not_end_and_its_children(
    listening: list[socket.socket], capfd: pytest.CaptureFixture[str]
) -> None:
    pool = WorkerPool([sys.executable, "-c", STUBBORN], os.environ, listening[:1])
    pool.start()
    told = ""

    def has_spoken() -> bool:
        nonlocal told
        told += capfd.readouterr().out
        return told.endswith("\n")

    _until(has_spoken)
    worker, child = pool.pids[0], int(told)

    began = time.monotonic()
    pool.stop(0.3)
    assert 0.3 <= time.monotonic() - began < 5
    assert _gone(worker)
    _until(lambda: _gone(child), patience_s=2.0)


def test_a_command_that_cannot_run_at_all_fails_at_the_start(listening: list[socket.socket]) -> None:
    pool = WorkerPool(["/does/not/exist"], os.environ, listening)
    with pytest.raises(FileNotFoundError):
        pool.start()
    assert pool.pids == ()


def test_a_taken_port_is_refused_with_the_setting_to_change(listening: list[socket.socket]) -> None:
    with pytest.raises(ConflictError, match="DRIVETRAIN_PORT") as refused:
        bind("127.0.0.1", listening[0].getsockname()[1])
    assert refused.value.code == "port.in_use"


def test_localhost_is_reachable_on_127_0_0_1() -> None:
    with bind("localhost", 0)[0] as bound:
        assert bound.getsockname()[0] == "127.0.0.1"


def test_connections_opened_together_are_dealt_out_among_the_sockets(listening: list[socket.socket]) -> None:
    """32 of them all on one side by chance: less than once in a thousand million runs."""
    clients = [socket.create_connection(listening[0].getsockname()) for _ in range(32)]
    waiting = []
    for each in listening:
        each.setblocking(False)
        accepted = []
        while True:
            try:
                accepted.append(each.accept()[0])
            except BlockingIOError:
                break
        waiting.append(len(accepted))
        for connection in accepted:
            connection.close()
    for client in clients:
        client.close()
    assert sum(waiting) == 32
    assert min(waiting) > 0
