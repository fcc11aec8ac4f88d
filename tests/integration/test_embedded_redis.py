"""The embedded Redis: reached by its socket alone, kept nowhere, gone with the process that keeps it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivetrain.adapters.embedded.children import ChildExit, ChildKeeper
from drivetrain.adapters.embedded.redis import redis_socket, redis_url
from drivetrain.adapters.redis.client import open_pool, open_redis, ping
from drivetrain.core.errors import InvalidInputError, UnavailableError

WITHIN_S = 20.0


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[ChildKeeper]:
    exits: list[ChildExit] = []
    environment = {
        **os.environ,
        "DRIVETRAIN_HOME": str(tmp_path),
        "DRIVETRAIN_REDIS_MEMORY_MIB": "8",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    keeper = ChildKeeper([sys.executable, "-m", "drivetrain.entrypoints.redis"], environment, exits.append)
    keeper.check()
    yield keeper
    keeper.stop(5.0)


def wait_until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(0.05)


def answers(folder: Path) -> bool:
    try:
        ping(open_redis(open_pool(redis_url(folder))))
    except UnavailableError:
        return False
    return True


def test_it_answers_its_user_alone_and_comes_back_empty(keeper: ChildKeeper, tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    wait_until(lambda: answers(folder))
    socket = redis_socket(folder)
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert (folder / "redis.log").exists()  # and nothing of it on the screen
    redis = open_redis(open_pool(redis_url(folder)))
    redis.set("kept", "no")
    assert redis.config_get("maxmemory")["maxmemory"] == str(8 << 20)
    assert redis.config_get("port")["port"] == "0"
    assert keeper.child is not None
    keeper.child.kill()
    keeper.child.wait()

    def comes_back() -> bool:
        keeper.check()
        return answers(folder)

    wait_until(comes_back)
    assert redis.get("kept") is None
    keeper.stop(5.0)
    assert list(folder.rglob("*.rdb")) == [] and list(folder.rglob("*.aof")) == []


def test_a_long_path_does_not_hinder_it(tmp_path: Path) -> None:
    folder = tmp_path / ("long-" * 25) / "redis"
    assert len(str(redis_socket(folder))) < 104


def test_it_ends_with_the_process_that_keeps_it(tmp_path: Path) -> None:
    program = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'drivetrain.entrypoints.redis'],"
        " env={**os.environ, 'DRIVETRAIN_SUPERVISOR_PID': str(os.getpid())})\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = {
        **os.environ,
        "DRIVETRAIN_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    keeper = subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE)
    assert keeper.stdout is not None
    keeper.stdout.readline()
    wait_until(lambda: answers(tmp_path / "redis"))
    keeper.kill()
    keeper.wait()
    wait_until(lambda: not answers(tmp_path / "redis"))


def test_a_url_that_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(InvalidInputError) as refused:
        open_pool("https://user:secret@host")
    assert "secret" not in refused.value.detail
