"""The embedded Redis of a home, for as long as a test wants it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivetrain.adapters.embedded.children import ChildKeeper
from drivetrain.adapters.embedded.redis import redis_url
from drivetrain.adapters.redis.client import open_pool, open_redis, ping
from drivetrain.core.errors import UnavailableError

PATIENCE_S = 120.0


@contextmanager
def redis_server(home: Path) -> Iterator[ChildKeeper]:
    """A server of 16 MiB; its folder is ``redis`` in the home."""
    environment = {
        **os.environ,
        "DRIVETRAIN_HOME": str(home),
        "DRIVETRAIN_REDIS_MEMORY_MIB": "16",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    keeper = ChildKeeper(
        [sys.executable, "-m", "drivetrain.entrypoints.redis"], environment, lambda child_exit: None
    )
    keeper.check()
    try:
        wait_for(home / "redis")
        yield keeper
    finally:
        keeper.stop(5.0)


def wait_for(folder: Path) -> None:
    """Return when the server of a folder answers."""
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ping(open_redis(open_pool(redis_url(folder))))
        except UnavailableError:
            assert time.monotonic() < give_up_at, "Redis did not start"
            time.sleep(0.05)
