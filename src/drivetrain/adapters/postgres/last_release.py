"""Seeing that a model was released, without SQLAlchemy: the supervisor asks every few seconds and holds little."""

from __future__ import annotations

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo

_QUERY = "SELECT max(id) FROM drivetrain.model_releases"
_TIMEOUT_S = 2


def answers(url: str) -> bool:
    """Whether a database takes connections now."""
    return pq.PGconn.ping(_conninfo(url).encode()) == pq.Ping.OK


def last_release(url: str) -> int | None:
    """Number of the last release of any model, 0 before the first; None while the database cannot be asked."""
    try:
        with psycopg.connect(_conninfo(url), autocommit=True) as connection:
            row = connection.execute(_QUERY).fetchone()
    except psycopg.Error:
        return None
    return 0 if row is None or row[0] is None else int(row[0])


def _conninfo(url: str) -> str:
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return make_conninfo(plain, connect_timeout=_TIMEOUT_S, application_name="drivetrain supervisor")
