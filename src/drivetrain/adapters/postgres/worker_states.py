"""What each API process serves, so that a promotion can tell who has followed it."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.tables import worker_states
from drivetrain.core.ids import new_id

ALIVE_WITHIN_S = 3
"""A worker reports at least once a second; one that was not heard of for this long is gone."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One API process and what it serves, as ``ServingProcess`` says."""

    host: str
    pid: int
    serving: Mapping[str, str]

    @property
    def name(self) -> str:
        """For answers: ``host:pid``."""
        return f"{self.host}:{self.pid}"


class PostgresWorkerStates:
    """Reports this process, and reads all that are alive.

    Times are the database's: no clock of a worker is trusted.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._id = UUID(new_id())

    def report(self, serving: Mapping[str, str]) -> None:
        """Say that this process is alive and what it serves."""
        values = {"serving": dict(serving), "seen_at": func.now()}
        own = {"worker_id": self._id, "host": socket.gethostname(), "pid": os.getpid()}
        upsert = (
            insert(worker_states)
            .values(**own, **values)
            .on_conflict_do_update(index_elements=["worker_id"], set_=values)
        )
        with transaction(self._engine) as connection:
            connection.execute(upsert)
            connection.execute(
                delete(worker_states).where(worker_states.c.seen_at < text("now() - interval '1 hour'"))
            )

    def leave(self) -> None:
        """Say that this process ends."""
        with transaction(self._engine) as connection:
            connection.execute(delete(worker_states).where(worker_states.c.worker_id == self._id))

    def alive(self) -> Sequence[WorkerState]:
        """Every process heard of within ``ALIVE_WITHIN_S`` seconds."""
        columns = worker_states.c
        recent = select(columns.host, columns.pid, columns.serving).where(
            columns.seen_at > text(f"now() - interval '{ALIVE_WITHIN_S} seconds'")
        )
        with transaction(self._engine) as connection:
            return [
                WorkerState(row.host, row.pid, row.serving)
                for row in connection.execute(recent.order_by(columns.pid))
            ]
