"""Copies of a process that has imported its program: children like any other, at once there, and independent of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psutil
import pytest

from drivetrain.adapters.embedded.children import ChildExit
from drivetrain.adapters.embedded.processes import WorkerPool, bind
from drivetrain.adapters.embedded.template import (
    CAN_FORK,
    TEMPLATE_NAME,
    UNCLAIMED_S,
    Copy,
    OrphanReaper,
    Template,
    TemplateError,
)

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="only Linux lets a process adopt orphans")

PROGRAM = """
import os, signal, sys, time
from drivetrain.adapters.embedded.children import end_with_parent
from drivetrain.adapters.embedded.template import fork_when_asked
fork_when_asked()
end_with_parent()
with open(sys.argv[1], "a") as file:
    file.write(f"{os.environ['NUMBER']} {os.getpid()} {os.getppid()}\\n")
if os.environ["NUMBER"] == "orphan":
    if os.fork():
        time.sleep(60)
    os.execvp("sleep", ["sleep", "60"])
time.sleep(60)
"""

WORKER = """
import os
from drivetrain.adapters.embedded.children import end_with_parent
from drivetrain.adapters.embedded.processes import inherited_port
from drivetrain.adapters.embedded.template import fork_when_asked
fork_when_asked()
end_with_parent()
port = inherited_port(os.environ)
while True:
    connection, _ = port.listening.accept()
    connection.sendall(f"{os.environ['DRIVETRAIN_WORKER']} {os.getpid()}".encode())
    connection.close()
"""


@pytest.fixture
def exits() -> list[ChildExit]:
    return []


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


@pytest.fixture
def template(notes: Path, exits: list[ChildExit]) -> Iterator[Template]:
    template = Template([sys.executable, "-c", PROGRAM, str(notes)], os.environ, (), exits.append)
    template.start()
    yield template
    template.stop()


@pytest.fixture
def copies(template: Template) -> Iterator[Callable[[str], Copy]]:
    made: list[Copy] = []

    def copy(number: str) -> Copy:
        _until(template.is_ready)
        made.append(template.copy({"NUMBER": number}))
        return made[-1]

    yield copy
    for each in made:
        each.kill()
        each.wait(10)


def _until(condition: Callable[[], object], patience_s: float = 15.0) -> None:
    give_up_at = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < give_up_at, "waited in vain"
        time.sleep(0.02)


def _written(notes: Path) -> list[list[str]]:
    return [line.split() for line in notes.read_text().splitlines()] if notes.exists() else []


def test_a_copy_is_a_child_of_this_process_with_variables_of_its_own(
    notes: Path, copies: Callable[[str], Copy]
) -> None:
    first, second = copies("1"), copies("2")
    _until(lambda: len(_written(notes)) == 2)
    assert sorted(_written(notes)) == [
        ["1", str(first.pid), str(os.getpid())],
        ["2", str(second.pid), str(os.getpid())],
    ]
    assert os.getpgid(first.pid) == first.pid  # it can be ended with its children
    assert psutil.Process(first.pid).name() != TEMPLATE_NAME


def test_a_copy_is_ended_and_waited_for_like_a_program(copies: Callable[[str], Copy]) -> None:
    copy = copies("1")
    assert copy.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        copy.wait(0.05)
    copy.kill()
    assert copy.wait(10) == -signal.SIGKILL
    copy.kill()  # its number may be somebody else's by now
    assert copy.poll() == -signal.SIGKILL


def test_copies_go_on_without_their_template_which_is_started_again(
    template: Template, exits: list[ChildExit], copies: Callable[[str], Copy]
) -> None:
    copy = copies("1")
    (victim,) = [each for each in psutil.Process().children() if each.name() == TEMPLATE_NAME]
    victim.kill()
    _until(lambda: template.is_ready() and exits)
    assert [each.pid for each in exits] == [victim.pid]
    assert exits[0].restart_in_s == 0.0
    assert copy.poll() is None
    assert copies("2").poll() is None


def test_without_a_ready_template_there_is_no_copy(notes: Path) -> None:
    template = Template([sys.executable, "-c", PROGRAM, str(notes)], os.environ, (), lambda _: None)
    with pytest.raises(TemplateError, match="not ready"):
        template.copy({})


def test_a_template_that_was_stopped_by_a_debugger_or_a_freezer_is_replaced(
    template: Template, exits: list[ChildExit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivetrain.adapters.embedded.template._ANSWER_S", 0.2)
    _until(template.is_ready)
    (victim,) = [each for each in psutil.Process().children() if each.name() == TEMPLATE_NAME]
    victim.suspend()
    with pytest.raises(TemplateError, match="could not fork"):
        template.copy({"NUMBER": "1"})
    _until(lambda: template.is_ready() and exits)
    assert (exits[0].pid, exits[0].reason) == (victim.pid, "could not fork")


def test_the_template_ends_with_the_process_that_asks_it(notes: Path) -> None:
    program = (
        "import os, sys, time\n"
        "from drivetrain.adapters.embedded.template import Template\n"
        "template = Template([sys.executable, '-c', sys.argv[1], sys.argv[2]], os.environ, (), print)\n"
        "template.start()\n"
        "while not template.is_ready(): time.sleep(0.02)\n"
        "print(template.copy({'NUMBER': '1'}).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, PROGRAM, str(notes)], stdout=subprocess.PIPE, text=True
    ) as asking:
        assert asking.stdout is not None
        copy = int(asking.stdout.readline())
        family = [each.pid for each in psutil.Process(asking.pid).children()]
        assert copy in family and len(family) == 2
        asking.kill()
    _until(lambda: not any(psutil.pid_exists(pid) and not _is_zombie(pid) for pid in family))


def _is_zombie(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_an_orphan_leaves_no_entry_in_the_table_of_processes(
    notes: Path, copies: Callable[[str], Copy]
) -> None:
    copy = copies("orphan")
    _until(lambda: len(psutil.Process(copy.pid).children()) == 1)
    (orphan,) = psutil.Process(copy.pid).children()
    os.kill(copy.pid, signal.SIGKILL)
    copy.wait(10)
    _until(lambda: orphan.ppid() == os.getpid())
    orphan.kill()
    _until(lambda: _is_zombie(orphan.pid))
    clock = count(step=UNCLAIMED_S + 1)
    reaper = OrphanReaper(lambda: next(clock))
    _until(lambda: reaper.look() or not psutil.pid_exists(orphan.pid))


def test_a_child_that_somebody_waits_for_keeps_its_exit_code_for_a_minute() -> None:
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as child:
        _until(lambda: _is_zombie(child.pid))
        clock = count(step=UNCLAIMED_S / 10)
        reaper = OrphanReaper(lambda: next(clock))
        for _ in range(5):
            reaper.look()
        assert child.wait() == 3


def test_workers_of_a_pool_are_copies_and_a_killed_one_is_copied_again() -> None:
    listening = bind("127.0.0.1", 0, count=2)
    port = listening[0].getsockname()[1]
    exits: list[tuple[int, ChildExit]] = []
    pool = WorkerPool(
        [sys.executable, "-c", WORKER],
        os.environ,
        listening,
        on_exit=lambda *exit_: exits.append(exit_),
        on_template_exit=lambda _: None,
    )
    pool.start()
    try:
        _until(lambda: pool.check() or len(pool.pids) == 2)
        answered: set[tuple[int, int]] = set()
        _until(lambda: answered.add(_ask(port)) or answered == set(enumerate(pool.pids)))
        victim = pool.pids[1]
        os.kill(victim, signal.SIGKILL)
        _until(lambda: pool.check() or (exits and len(pool.pids) == 2))
        assert [(index, gone.pid) for index, gone in exits] == [(1, victim)]
        answered.clear()
        _until(lambda: answered.add(_ask(port)) or answered == set(enumerate(pool.pids)))
    finally:
        pool.stop(5)
        pool.close()
        for each in listening:
            each.close()
    assert not [each for each in psutil.Process().children() if each.name() == TEMPLATE_NAME]


def _ask(port: int) -> tuple[int, int]:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        index, pid = connection.makefile().read().split()
    return int(index), int(pid)
