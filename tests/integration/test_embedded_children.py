"""A child that is kept: started again when it ends, with pauses, and ended with its keeper."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from tests.support.platform import eventually, is_alive

from drivetrain.adapters.embedded.children import ChildExit, ChildKeeper, end_children, start_child

LIVES = """
import os, sys, time
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()} {os.environ['DRIVETRAIN_SUPERVISOR_PID']}\\n")
time.sleep(60)
"""
ENDS = LIVES.replace("time.sleep(60)", "sys.exit(3)")
STAYS = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LIVES


def keeper(program: str, file: Path, exits: list[ChildExit]) -> ChildKeeper:
    return ChildKeeper([sys.executable, "-c", program, str(file)], dict(os.environ), exits.append)


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def test_a_child_that_ends_is_started_again_at_once_and_then_with_pauses(tmp_path: Path) -> None:
    exits: list[ChildExit] = []
    process = keeper(ENDS, tmp_path / "lives", exits)

    def has_ended_twice() -> bool:
        process.check()
        return len(exits) == 2

    assert eventually(has_ended_twice, 30)
    assert [(gone.reason, gone.restart_in_s) for gone in exits] == [
        ("exit code 3", 0.0),
        ("exit code 3", 1.0),
    ]
    process.check()
    assert len(lines(tmp_path / "lives")) == 2  # the pause is not over
    process.stop(1.0)


def test_a_child_is_ended_even_when_it_does_not_listen(tmp_path: Path) -> None:
    exits: list[ChildExit] = []
    process = keeper(STAYS, tmp_path / "lives", exits)
    process.check()
    assert eventually(lambda: lines(tmp_path / "lives"), 30)
    pid, parent = map(int, lines(tmp_path / "lives")[0].split())
    assert parent == os.getpid()
    process.stop(0.2)
    assert not is_alive(pid)
    assert exits == []


def test_a_command_that_cannot_be_run_is_told_and_tried_again(tmp_path: Path) -> None:
    exits: list[ChildExit] = []
    process = ChildKeeper([str(tmp_path / "nothing")], dict(os.environ), exits.append)
    process.check()
    process.check()
    assert len(exits) == 2 and "could not be started" in exits[0].reason
    process.stop(1.0)


def test_children_that_do_not_listen_share_one_grace(tmp_path: Path) -> None:
    files = [tmp_path / str(number) for number in range(2)]
    children = [
        start_child([sys.executable, "-c", STAYS, str(file)], dict(os.environ), leads_group=number == 0)
        for number, file in enumerate(files)
    ]
    assert eventually(lambda: all(lines(file) for file in files), 30)
    began_s = time.monotonic()
    end_children(children, 0.5)
    assert 0.5 <= time.monotonic() - began_s < 5
    assert not any(is_alive(child.pid) for child in children)
