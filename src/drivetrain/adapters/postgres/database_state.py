"""What a backup has to say of a database: its server, how far its migrations are, and how many rows were kept for good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from drivetrain.adapters.postgres.database import conninfo, translating
from drivetrain.adapters.postgres.tables import SCHEMA

_VERSION_TABLES = "alembic\\_version%"
_APPEND_ONLY = """
    SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgname = 'append_only' AND relnamespace = to_regnamespace(%s) ORDER BY relname
"""


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """A database at one instant.

    Attributes:
        server_version: major version of the server.
        size_bytes: of the database on the disk of its server.
        migrations: the newest applied one, by the table that says so.
        kept_rows: number of rows, by append-only table; it can only grow.
    """

    server_version: int
    size_bytes: int
    migrations: Mapping[str, str]
    kept_rows: Mapping[str, int]


def read_database_state(url: str) -> DatabaseState:
    """Read it in one snapshot; counting takes a second per several million rows.

    Raises:
        UnavailableError: the database cannot be reached.
    """
    with _snapshot(url) as connection:
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return DatabaseState(
            server_version=connection.info.server_version // 10_000,
            size_bytes=0 if size is None else int(size[0]),
            migrations=dict(_migrations(connection)),
            kept_rows=dict(_kept_rows(connection)),
        )


@contextmanager
def exported_snapshot(url: str) -> Iterator[str]:
    """The name of a snapshot of the database for as long as the block runs, for ``pg_dump``.

    Raises:
        UnavailableError: the database cannot be reached.
    """
    with _snapshot(url) as connection:
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        yield "" if row is None else str(row[0])


def has_tables(url: str) -> bool:
    """Whether the database has a schema of ours.

    Raises:
        UnavailableError: the database cannot be reached.
    """
    with _snapshot(url) as connection:
        return connection.execute("SELECT to_regnamespace(%s)", [SCHEMA]).fetchone() != (None,)


@contextmanager
def _snapshot(url: str) -> Iterator[psycopg.Connection]:
    with (
        translating(),
        psycopg.connect(conninfo(url, application="backup", statement_timeout_s=None)) as connection,
    ):
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def _migrations(connection: psycopg.Connection) -> Iterator[tuple[str, str]]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename LIKE %s ORDER BY tablename"
    for (table,) in connection.execute(query, [SCHEMA, _VERSION_TABLES]).fetchall():
        query_row = sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(SCHEMA, table))
        if (row := connection.execute(query_row).fetchone()) is not None:
            yield table, str(row[0])


def _kept_rows(connection: psycopg.Connection) -> Iterator[tuple[str, int]]:
    for (table,) in connection.execute(_APPEND_ONLY, [SCHEMA]).fetchall():
        row = connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(SCHEMA, table))
        ).fetchone()
        yield table, 0 if row is None else int(row[0])
