"""A real PostgreSQL for tests: one server per test process, one database per test."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, text

from drivetrain.adapters.embedded.postgres import EmbeddedPostgres

PREFIX = "dt-pg-"

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """A running server of this test process (under xdist: of this worker), in a short temporary folder."""
    _remove_abandoned_servers()
    folder = make_folder()
    server = EmbeddedPostgres(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """libpq URL of a fresh, empty database, dropped after the test even if a connection was left open."""
    with fresh_database(postgres_server) as url:
        yield url


@contextmanager
def fresh_database(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The same for a block, by which tests of a module may share one."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield urlsplit(postgres_server.url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def until_somebody_waits_for_a_lock(engine: Engine) -> None:
    """Return once a connection to this database waits for a lock; fail after a minute."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ends_at = time.monotonic() + 60
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(text(query)):
            assert time.monotonic() < ends_at
            time.sleep(0.02)


def make_folder() -> Path:
    """A short temporary folder for one server, in memory where there is room: a test has no use for waiting on a disk."""
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_root()))


def _root() -> Path:
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    return memory if roomy else Path(tempfile.gettempdir())


def _remove_abandoned_servers() -> None:
    """End the servers of test processes that were killed before they could."""
    for folder in _root().glob(f"{PREFIX}*"):
        owner = re.match(rf"{PREFIX}(\d+)-", folder.name)
        if owner and not psutil.pid_exists(int(owner[1])):
            EmbeddedPostgres(folder).stop()
            shutil.rmtree(folder, ignore_errors=True)
