"""Waking readers of the log by NOTIFY: after the commit and at most once a second, because NOTIFY serializes commits."""

from __future__ import annotations

import time
from contextlib import closing, suppress

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from drivetrain.adapters.postgres.database import conninfo, translating
from drivetrain.core.errors import DrivetrainError
from drivetrain.lifecycle.kit.processes import StopSignal

NOTIFY_EVERY_S = 1.0
"""A reader looks often for longer than that after each event, so it needs no more."""

WAKE_EVERY_S = 0.5
"""How soon a reader that waits notices that its process ends."""

NOTIFY_AGAIN_S = 10.0
"""After a failure: where the pool is busy, each attempt costs the sender as long as it waits for a connection."""

_RETRY_S = 1.0
EVENTS_CHANNEL = "drivetrain_events"
"""A name in lower case: it stands in statements as it is."""


class PostgresEventNotifier:
    """The port ``EventNotifier``. Called by one thread at a time, outside of transactions."""

    def __init__(self, engine: Engine, channel: str = EVENTS_CHANNEL) -> None:
        self._notify = text(f"NOTIFY {channel}")
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._rest_until = float("-inf")

    def notify(self) -> None:
        """Wake readers, unless this process has just done so. A lost notice costs them one pause between two looks."""
        if time.monotonic() < self._rest_until:
            return
        rest_s = NOTIFY_AGAIN_S
        # The edge of events that are committed: whatever PostgreSQL says of a notice, they must not be sent again.
        with suppress(DrivetrainError, SQLAlchemyError, psycopg.Error), translating():
            with self._engine.connect() as connection:
                connection.execute(self._notify)
            rest_s = NOTIFY_EVERY_S
        self._rest_until = time.monotonic() + rest_s


class PostgresEventListener:
    """The port ``EventListener``, used by one thread.

    It has a connection of its own from its first wait on.

    Args:
        url: of the database.
        ending: set when the process is asked to stop.
    """

    def __init__(self, url: str, ending: StopSignal, channel: str = EVENTS_CHANNEL) -> None:
        self._dsn = conninfo(url, application="listener")
        self._listen = f"LISTEN {channel}"
        self._ending = ending
        self._connection: psycopg.Connection | None = None

    def wait(self, timeout_s: float) -> None:
        """Return after a notice or the time; at once after a new connection, because nobody listened before."""
        give_up_at = time.monotonic() + timeout_s
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._dsn, autocommit=True)
                self._connection.execute(self._listen)
                return
            while not self._ending.is_set() and (left_s := give_up_at - time.monotonic()) > 0:
                if _is_notified(self._connection, min(left_s, WAKE_EVERY_S)):
                    return
        except psycopg.Error:
            self.close()
            self._ending.wait(max(0.0, min(_RETRY_S, give_up_at - time.monotonic())))

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _is_notified(connection: psycopg.Connection, timeout_s: float) -> bool:
    with closing(connection.notifies(timeout=timeout_s, stop_after=1)) as notices:
        return any(True for _ in notices)
