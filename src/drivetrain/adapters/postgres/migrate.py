"""Bringing the database to the tables this code needs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, text

from drivetrain.adapters.postgres.database import open_engine, transaction
from drivetrain.adapters.postgres.tables import SCHEMA
from drivetrain.core.errors import ConflictError

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK = 0x64726976_65747261  # "drivetra"; any number does, as long as every process takes the same


def migrate(database: Engine | str) -> list[str]:
    """Apply what is missing, in one transaction; of several processes at once, one works and the others wait.

    Args:
        database: an open engine, or a URL as in ``open_engine``.

    Returns:
        The migrations applied, in order; empty when there was nothing to do.

    Raises:
        ConflictError: the database was made by a newer version of this package.
        UnavailableError: the database cannot be reached; nothing was changed.
    """
    if isinstance(database, Engine):
        return _migrate(database)
    engine = open_engine(database, pool_size=1)
    try:
        return _migrate(engine)
    finally:
        engine.dispose()


def known_migrations() -> list[str]:
    """The migrations of this package, oldest first. File names tell them, so nothing is imported to look."""
    return sorted(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("m*.py"))


def _migrate(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        if not _missing(connection):
            return []
    with transaction(engine) as connection:
        # another process may be migrating for long
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        missing = _missing(connection)  # looked at again: the other process may have done it
        if missing:
            _upgrade(connection)
        return missing


def _missing(connection: Connection) -> list[str]:
    known, present = known_migrations(), _present(connection)
    if present is None:
        return known
    if present not in known:
        raise ConflictError(
            f"The database is at migration {present}, which this version of drivetrain does not know. "
            "Install the version that created it, or a newer one.",
            code="database.newer_than_code",
        )
    return known[known.index(present) + 1 :]


def _present(connection: Connection) -> str | None:
    # Not by to_regclass: it would believe what the session remembers from before it waited for the lock.
    made = text(
        "SELECT FROM pg_catalog.pg_tables WHERE schemaname = :schema AND tablename = 'alembic_version'"
    )
    if connection.execute(made, {"schema": SCHEMA}).one_or_none() is None:
        return None
    # a constant
    present: str | None = connection.scalar(text(f"SELECT version_num FROM {SCHEMA}.alembic_version"))
    return present


def _upgrade(connection: Connection) -> None:
    from alembic import command  # a quarter of a second that a migrated database need not pay
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    command.upgrade(config, "head")
