"""The bad days of a database on one machine, each one for real."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.support.postgres import make_folder

from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.embedded.postmaster import running_postmaster
from drivetrain.core.errors import UnavailableError

# Another process that starts the server, says so, and holds it until it is ended.
STARTER = """
import sys, time
from pathlib import Path
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.start(), flush=True)
time.sleep(600)
"""

ENDLESS = (
    b"SELECT count(*) FROM generate_series(1, 3000) a, generate_series(1, 3000) b, generate_series(1, 3000) c"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder for one server, which is ended whatever the test did."""
    path = make_folder()
    yield path
    EmbeddedPostgres(path).stop()
    assert _processes_on(path) == []
    shutil.rmtree(path)


@pytest.fixture
def start_elsewhere() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Starts the server of a folder from another process."""
    children: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-c", STARTER, str(folder)], stdout=subprocess.PIPE, text=True
        )
        children.append(child)
        return child

    yield start
    for child in children:
        _kill(child)


def _kill(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.wait()
    assert child.stdout is not None
    child.stdout.close()


def _said(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def _pid(folder: Path) -> int:
    postmaster = running_postmaster(folder.resolve() / "data")
    assert postmaster is not None
    return postmaster.pid


def _parent(pid: int) -> int | None:
    """Process id of the parent; None when the process has ended meanwhile, as the server's helpers come and go."""
    try:
        return psutil.Process(pid).ppid()
    except psutil.NoSuchProcess:
        return None


def _processes_on(folder: Path) -> list[int]:
    """Every living process that works in the data folder."""
    data = str(folder.resolve() / "data")
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == data and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def _write(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def _read(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT answer FROM kept").fetchone()
        assert row is not None
        return int(row[0])


def test_a_server_on_an_empty_folder_keeps_its_promises_and_its_data(folder: Path) -> None:
    """Checksums, durable commits, no TCP, a private socket; starting twice is one server; a restart keeps the data."""
    server = EmbeddedPostgres(folder)
    url = server.start()
    with psycopg.connect(url) as connection:
        settings = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())
        folded = connection.execute("SELECT lower('CITROËN')").fetchone()

    expected = {
        "data_checksums": "on",
        "fsync": "on",
        "synchronous_commit": "on",
        "listen_addresses": "",
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
        "max_connections": "100",
    }
    assert {name: settings[name] for name in expected} == expected
    assert folded == ("citroën",)
    socket_folder = Path(settings["unix_socket_directories"])
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700

    first = _pid(folder)
    assert (server.start(), _pid(folder), server.is_healthy()) == (url, first, True)

    _write(url)
    server.stop()
    assert not server.is_healthy()
    assert _processes_on(folder) == []
    assert _read(server.start()) == 42
    server.stop()


def test_stop_does_not_wait_for_a_query_and_leaves_nothing(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    connection = psycopg.connect(server.start(), autocommit=True)
    connection.pgconn.send_query(b"SELECT pg_sleep(600)")
    began = time.monotonic()
    server.stop()

    assert time.monotonic() - began < 8
    connection.close()
    assert _processes_on(folder) == []
    assert list((folder / "socket").iterdir()) == []


def test_after_kill_9_of_the_postmaster_the_next_start_recovers_even_past_a_surviving_query(
    folder: Path,
) -> None:
    """A backend deep in arithmetic does not notice that its postmaster died; it must not write beside the new server."""
    server = EmbeddedPostgres(folder)
    url = server.start()
    _write(url)
    busy = psycopg.connect(url, autocommit=True)
    busy.pgconn.send_query(ENDLESS)
    survivor = busy.info.backend_pid
    killed = _pid(folder)
    os.kill(killed, signal.SIGKILL)

    assert not server.is_healthy()
    assert _read(server.start()) == 42
    assert server.is_healthy()
    assert survivor not in _processes_on(folder)
    assert _pid(folder) != killed
    busy.close()
    server.stop()


def test_after_kill_9_of_its_starter_the_server_is_adopted_and_then_stopped(
    folder: Path, start_elsewhere: Callable[[Path], subprocess.Popen[str]]
) -> None:
    starter = start_elsewhere(folder)
    url = _said(starter)
    _write(url)
    orphan = _pid(folder)
    _kill(starter)

    server = EmbeddedPostgres(folder)
    assert (server.start(), _pid(folder), _read(url)) == (url, orphan, 42)
    server.stop()
    assert _processes_on(folder) == []


def test_kill_9_in_the_middle_of_making_the_database_leaves_no_half_made_one(
    folder: Path, start_elsewhere: Callable[[Path], subprocess.Popen[str]]
) -> None:
    starter = start_elsewhere(folder)
    while not (folder / "data.unfinished" / "PG_VERSION").exists():
        assert starter.poll() is None
        time.sleep(0.005)
    _kill(starter)
    assert not (folder / "data").exists()

    server = EmbeddedPostgres(folder)
    _write(server.start())
    assert _read(server.url) == 42
    server.stop()


def test_two_starts_at_once_give_one_server(
    folder: Path, start_elsewhere: Callable[[Path], subprocess.Popen[str]]
) -> None:
    starters = [start_elsewhere(folder) for _ in range(2)]
    urls = {_said(starter) for starter in starters}

    postmasters = [pid for pid in _processes_on(folder) if _parent(pid) in {s.pid for s in starters}]
    assert len(urls) == 1
    assert postmasters == [_pid(folder)]


def test_a_short_command_does_not_stop_the_server_under_a_running_platform(
    folder: Path, start_elsewhere: Callable[[Path], subprocess.Popen[str]]
) -> None:
    platform = start_elsewhere(folder)
    url = _said(platform)

    command = EmbeddedPostgres(folder)
    command.start()
    command.stop()
    _write(url)

    _kill(platform)
    command.stop()
    assert _processes_on(folder) == []


@pytest.mark.parametrize("pid_file", ["recycled", "empty"])
def test_a_pid_file_of_another_program_or_of_a_crash_does_not_prevent_the_start(
    folder: Path, pid_file: str
) -> None:
    """The pid belongs to a living program of the same user, in the pid file and in the lock of the socket."""
    server = EmbeddedPostgres(folder)
    _write(server.start())
    pid_path = folder / "data" / "postmaster.pid"
    socket_lock = folder / "socket" / ".s.PGSQL.5432.lock"
    lines, socket_lines = pid_path.read_text().splitlines(), socket_lock.read_text().splitlines()
    server.stop()

    owner = (folder / "data").stat().st_uid
    stranger = subprocess.Popen(["sleep", "600"], user=owner if os.geteuid() == 0 else None)
    try:
        for path, content in ((pid_path, lines), (socket_lock, socket_lines)):
            path.write_text("\n".join([str(stranger.pid), *content[1:]]) if pid_file == "recycled" else "")
            os.chown(path, owner, -1)
        assert _read(server.start()) == 42
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
    server.stop()


def test_a_home_with_a_long_name_full_of_punctuation_works(folder: Path) -> None:
    deep = folder / ("a, b'\"% " + "x" * 120)
    server = EmbeddedPostgres(deep)
    _write(server.start())

    socket_folder = Path(psycopg.conninfo.conninfo_to_dict(server.url)["host"])
    assert socket_folder.parent == Path(tempfile.gettempdir()).resolve()
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert _read(server.start()) == 42
    server.stop()
    assert not socket_folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_a_home_below_a_closed_folder_works_as_root_and_stays_unreadable(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "secret").write_text("the key")
    (closed / "secret").chmod(0o600)

    server = EmbeddedPostgres(closed / "pg")
    _write(server.start())
    server.stop()

    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, closed, closed / "secret")] == [
        0o701,
        0o701,
        0o600,
    ]
    assert stat.S_IMODE((closed / "pg" / "data").stat().st_mode) == 0o700
    assert (closed / "pg" / "data").stat().st_uid != 0


def test_a_server_that_cannot_start_quotes_its_last_words(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    server.start()
    server.stop()
    settings = folder / "data" / "postgresql.conf"
    kept = settings.read_text()
    settings.write_text(kept + "\nshared_buffers = a lot\n")

    with pytest.raises(
        UnavailableError, match=r"(?s)could not be started.*DRIVETRAIN_DATABASE_URL.*syntax error"
    ) as refused:
        server.start()
    assert refused.value.code == "database.cannot_start"

    settings.write_text(kept)
    server.start()
    server.stop()
