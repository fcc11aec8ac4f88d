"""Every shared copy keeps the promises of the port, and says when it cannot be reached."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.redis import redis_server, wait_for
from tests.support.shared_copy import MemorySharedCopy

from drivetrain.adapters.embedded.children import ChildKeeper
from drivetrain.adapters.embedded.redis import redis_url
from drivetrain.adapters.redis.client import open_pool, open_redis
from drivetrain.adapters.redis.shared_copy import RedisSharedCopy
from drivetrain.core.errors import UnavailableError
from drivetrain.core.shared_copies import SharedCopy


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ChildKeeper, Path]]:
    home = tmp_path_factory.mktemp("home")
    with redis_server(home) as keeper:
        yield keeper, home / "redis"


@pytest.fixture(params=["memory", "redis"])
def copy(request: pytest.FixtureRequest) -> SharedCopy:
    if request.param == "memory":
        return MemorySharedCopy()
    _, folder = request.getfixturevalue("server")
    return RedisSharedCopy(open_redis(open_pool(redis_url(folder))), request.node.name)


def test_what_was_kept_last_is_loaded(copy: SharedCopy) -> None:
    assert copy.load() is None
    copy.keep(b"one", 600)
    copy.keep(bytes(range(256)) * 20_000, 600)  # five megabytes
    assert copy.load() == bytes(range(256)) * 20_000


def test_one_may_write_at_a_time(copy: SharedCopy) -> None:
    assert copy.claim(600)
    assert not copy.claim(600)


def test_only_what_is_there_lives_on(copy: SharedCopy) -> None:
    assert not copy.touch(600)
    copy.keep(b"one", 600)
    assert copy.touch(600)
    assert copy.load() == b"one"


def test_a_server_that_hangs_or_has_no_room_is_not_waited_for(server: tuple[ChildKeeper, Path]) -> None:
    keeper, folder = server
    copy = RedisSharedCopy(open_redis(open_pool(redis_url(folder))), "hangs")
    with pytest.raises(UnavailableError):
        copy.keep(bytes(20 << 20), 600)  # more than its memory
    assert keeper.child is not None
    os.kill(keeper.child.pid, signal.SIGSTOP)
    try:
        for ask in (copy.load, lambda: copy.claim(1), lambda: copy.touch(1), lambda: copy.keep(b"x", 1)):
            with pytest.raises(UnavailableError):
                ask()
    finally:
        os.kill(keeper.child.pid, signal.SIGCONT)
    wait_for(folder)
    assert copy.load() is None
