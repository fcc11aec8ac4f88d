"""Reading the pid file, and not believing it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivetrain.adapters.embedded.postmaster import (
    Postmaster,
    clear_remains,
    read_pid_file,
    running_postmaster,
)

PID_FILE = "{pid}\n/srv/data\n1795190205\n5432\n/srv/socket\n\n  2179084        14\nready   \n"


def test_the_pid_file_names_process_socket_and_status(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(PID_FILE.format(pid=5493))

    assert read_pid_file(tmp_path) == Postmaster(5493, Path("/srv/socket"), "ready")


@pytest.mark.parametrize(
    "text",
    [
        None,  # no server was ever here
        "",  # a crash before the first line was written
        "5493\n/srv/data\n1795190205\n5432\n",  # a crash before the socket was made
        "pid\n" * 8,  # not a pid file
    ],
)
def test_a_pid_file_that_cannot_be_read_tells_nothing(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "postmaster.pid").write_text(text)

    assert read_pid_file(tmp_path) is None


def test_a_living_process_that_is_not_postgres_is_no_server_and_its_pid_file_is_removed(
    tmp_path: Path,
) -> None:
    (tmp_path / "postmaster.pid").write_text(PID_FILE.format(pid=os.getpid()))

    assert running_postmaster(tmp_path) is None
    clear_remains(tmp_path)
    assert not (tmp_path / "postmaster.pid").exists()


def test_a_pid_file_of_a_dead_process_is_left_to_postgres_and_its_shared_memory_check(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(PID_FILE.format(pid=2**22 + 1))

    assert running_postmaster(tmp_path) is None
    clear_remains(tmp_path)
    assert (tmp_path / "postmaster.pid").exists()
