"""Starting twice, on a taken home or port, and ending: what `drivetrain up` says and leaves behind."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.support.load import load_on
from tests.support.platform import (
    EXAMPLE,
    count_decisions,
    drivetrain,
    eventually,
    free_port,
    is_alive,
    launch,
    running,
)

from drivetrain.core.access import mint_key

pytestmark = pytest.mark.slow


def test_a_second_start_repeats_nothing(new_home: Callable[[], Path]) -> None:
    """No table is generated, no model trained, no key made, no file of an earlier start touched."""
    home = new_home()
    kept = [home / name for name in ("datasets", "artifacts", "secrets", "admin.key")]
    before = [state_of(path) for path in kept]
    with running(home) as platform:
        assert eventually(lambda: "Ready after" in platform.said(), 20)  # `up` looks a moment after we do
        said = platform.said()
        with platform.client() as client:
            assert client.post("/rental/price", json=dict(EXAMPLE)).status_code == 200
    assert [state_of(path) for path in kept] == before
    for word in ("Training", "generate", "Admin key", "Creating", "alembic"):
        assert word not in said
    assert drivetrain(home, "models", "versions", "rental-price", "--json").json()[0]["version"] == "2"


def test_a_second_up_on_the_same_home_says_so_and_ends(new_home: Callable[[], Path]) -> None:
    with running(new_home()) as platform:
        said = drivetrain(platform.home, "up", PORT=str(free_port()))
        assert said.code == 1
        assert f"process {platform.process.pid}" in said.err and "already running" in said.err
        assert "Traceback" not in said.err
        assert platform.ask("/health/ready").status_code == 200


def test_a_taken_port_is_named_with_the_setting_that_changes_it(new_home: Callable[[], Path]) -> None:
    """Nothing is started for it: no database runs afterwards."""
    home = new_home()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = drivetrain(home, "up", PORT=str(port))
    assert said.code == 1
    assert str(port) in said.err and "DRIVETRAIN_PORT" in said.err and "Traceback" not in said.err
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("WORKERS", "0"),
        ("ADMIN_KEY", "secret"),
        ("DATA_DIR", "/nowhere/at/all"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_repeated_where_secret(
    new_home: Callable[[], Path], setting: str, value: str
) -> None:
    said = drivetrain(new_home(), "up", **{"PORT": str(free_port()), setting: value})
    assert said.code in {1, 2}
    assert f"DRIVETRAIN_{setting}" in said.err and "Traceback" not in said.err
    assert setting != "ADMIN_KEY" or value not in said.err


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_every_child_under_load_and_loses_nothing(
    new_home: Callable[[], Path], signum: int
) -> None:
    """`stop` fails when a process is left; requests on their way are answered first."""
    home = new_home()
    platform = launch(home)
    platform.wait_ready()
    with load_on(platform) as load:
        load.wait_for(more=200)
        assert platform.stop(signum) == 0
    assert "Stopped." in platform.said() and platform.failures() == []
    assert set(load.statuses()) <= {200, 503}
    with running(home) as again:
        assert set(load.acknowledged()) <= count_decisions(again.database_url).keys()


def test_ctrl_c_in_the_middle_of_the_first_training_ends_it(empty_home: Path) -> None:
    """An empty home without real tables: what is generated is called synthetic at once; no process is left."""
    platform = launch(empty_home)
    assert eventually(lambda: "Training rental-price" in platform.said(), 60)
    assert eventually(lambda: len(psutil.Process(platform.process.pid).children(recursive=True)) > 1, 10)
    assert platform.stop() == 0
    said = platform.said()
    assert "SYNTHETIC rows were generated" in said and "DRIVETRAIN_DATA_DIR" in said and "failed" not in said
    key = empty_home / "admin.key"
    assert key.read_text() in said and stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not (empty_home / "postgres" / "data" / "postmaster.pid").exists()


def test_a_stopped_terminal_session_takes_everything_along(new_home: Callable[[], Path]) -> None:
    """Ctrl-C reaches the whole foreground group of a terminal, not the supervisor alone."""
    platform = launch(new_home())
    platform.wait_ready()
    everybody = [platform.process.pid, *platform.worker_pids(), platform.postgres_pid()]
    os.killpg(platform.process.pid, signal.SIGINT)
    assert platform.process.wait(40) == 0
    assert not any(is_alive(pid) for pid in everybody)


def test_another_terminal_sees_how_the_platform_is_and_stops_it(new_home: Callable[[], Path]) -> None:
    home = new_home()
    platform = launch(home)
    platform.wait_ready()
    found = drivetrain(home, "status", "--json").json()
    assert found["pid"] == platform.process.pid
    assert found["address"] == f"http://127.0.0.1:{platform.port}"  # also where DRIVETRAIN_PORT is not set
    assert {part["name"] for part in found["health"]["dependencies"]} >= {"database"}
    stopped = drivetrain(home, "stop")
    assert stopped.code == 0, stopped.err
    assert str(platform.process.pid) in stopped.out and platform.process.wait(1) == 0
    again = drivetrain(home, "status")
    assert again.code == 1 and "`drivetrain up` starts one" in again.err


def test_the_admin_key_of_the_settings_replaces_the_generated_one(new_home: Callable[[], Path]) -> None:
    home = new_home()
    former, given = (home / "admin.key").read_text(), mint_key("local").text
    with running(home, ADMIN_KEY=given) as platform:
        assert given not in platform.said()
        with platform.client(given) as client:
            assert client.get("/validate-token").json()["subject"] == "admin"
        with platform.client(former) as client:
            assert client.get("/validate-token").json()["code"] == "auth.key_ended"


def state_of(path: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file; locks are opened by every start and hold nothing."""
    files = (
        [path]
        if path.is_file()
        else [file for file in path.rglob("*") if file.is_file() and file.suffix != ".lock"]
    )
    return {
        str(file): (file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.name != ".lock"
    }
