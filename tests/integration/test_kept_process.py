"""A child that is kept: started again when it ends, with pauses, and ended with its keeper."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.support.platform import eventually, is_alive

from drivetrain.bootstrap.kept_process import KeptProcess

LIVES = """
import os, sys, time
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()} {os.environ['DRIVETRAIN_SUPERVISOR_PID']}\\n")
time.sleep(60)
"""
ENDS = LIVES.replace("time.sleep(60)", "sys.exit(3)")
STAYS = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LIVES


def kept(program: str, file: Path, told: list[tuple[str, float]]) -> KeptProcess:
    command = [sys.executable, "-c", program, str(file)]
    return KeptProcess(command, dict(os.environ), lambda why, pause_s: told.append((why, pause_s)))


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def test_a_child_that_ends_is_started_again_at_once_and_then_with_pauses(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    process = kept(ENDS, tmp_path / "lives", told)

    def has_ended_twice() -> bool:
        process.check()
        return len(told) == 2

    assert eventually(has_ended_twice, 30)
    assert told == [("exit code 3", 0.0), ("exit code 3", 1.0)]
    process.check()
    assert len(lines(tmp_path / "lives")) == 2  # the pause is not over
    process.stop(1.0)


def test_a_child_is_ended_even_when_it_does_not_listen(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    process = kept(STAYS, tmp_path / "lives", told)
    process.check()
    assert eventually(lambda: lines(tmp_path / "lives"), 30)
    pid, keeper = map(int, lines(tmp_path / "lives")[0].split())
    assert keeper == os.getpid()
    process.stop(0.2)
    assert not is_alive(pid)
    assert told == []


def test_a_command_that_cannot_be_run_is_told_and_tried_again(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    process = KeptProcess(
        [str(tmp_path / "nothing")], dict(os.environ), lambda why, pause_s: told.append((why, pause_s))
    )
    process.check()
    process.check()
    assert len(told) == 2 and "could not be started" in told[0][0]
    process.stop(1.0)
