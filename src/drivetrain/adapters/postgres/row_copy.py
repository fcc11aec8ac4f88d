"""Storing and changing many rows of any types by COPY, in the transaction of the caller.

Each statement takes some thousand rows: one for all of them would pass the longest time that a statement may take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from psycopg import sql
from sqlalchemy import Connection

from drivetrain.adapters.postgres.database import translating

ROWS_AT_ONCE = 10_000

Rows = Iterable[Mapping[str, Any]]
"""Rows, each with a value for every column."""


def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Rows) -> None:
    """Store rows, all or none.

    Args:
        connection: in a transaction.
        table: its qualified name.

    Raises:
        UnavailableError: the server cannot be reached.
        InvalidInputError: a value that PostgreSQL cannot store.
    """
    with translating(), _driver(connection).cursor() as cursor:
        for part in _parts(rows):
            _copy(cursor, _named(table), columns, part)


def update_rows(connection: Connection, table: str, columns: Sequence[str], key: str, rows: Rows) -> None:
    """Change rows that are there, from a staging table that is gone with the transaction.

    Args:
        connection: in a transaction.
        table: its qualified name.
        columns: those that change, and the key.
        key: name of the column that tells the rows apart.

    Raises:
        UnavailableError: the server cannot be reached.
        InvalidInputError: a value that PostgreSQL cannot store.
    """
    staging, target = sql.Identifier(f"staged_{table.rpartition('.')[2]}"), _named(table)
    changed = [sql.Identifier(name) for name in columns if name != key]
    make = sql.SQL("CREATE TEMP TABLE IF NOT EXISTS {} (LIKE {}) ON COMMIT DROP").format(staging, target)
    take_over = sql.SQL(
        "UPDATE {} AS kept SET ({}) = ROW({}) FROM {} AS staged WHERE kept.{} = staged.{}"
    ).format(
        target,
        sql.SQL(", ").join(changed),
        sql.SQL(", ").join(sql.SQL("staged.{}").format(name) for name in changed),
        staging,
        sql.Identifier(key),
        sql.Identifier(key),
    )
    with translating(), _driver(connection).cursor() as cursor:
        for part in _parts(rows):
            cursor.execute(make)
            _copy(cursor, staging, columns, part)
            cursor.execute(take_over)
            cursor.execute(sql.SQL("TRUNCATE {}").format(staging))


def _driver(connection: Connection) -> Any:
    raw = connection.connection.driver_connection
    if raw is None:
        raise AssertionError("a connected connection has one of the driver")
    return raw


def _named(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def _parts(rows: Rows) -> Iterator[list[Mapping[str, Any]]]:
    waiting = iter(rows)
    while part := list(islice(waiting, ROWS_AT_ONCE)):
        yield part


def _copy(cursor: Any, table: sql.Identifier, columns: Sequence[str], rows: Rows) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, names)) as copy:
        for row in rows:
            copy.write_row([row[name] for name in columns])
