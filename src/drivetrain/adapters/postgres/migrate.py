"""Bringing the database to the tables this code needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from drivetrain.adapters.postgres.database import open_engine, transaction
from drivetrain.adapters.postgres.tables import SCHEMA
from drivetrain.core.errors import ConflictError

MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK = 0x64726976_65747261  # "drivetra"; any number does, as long as every process takes the same


@dataclass(frozen=True, slots=True)
class Migrations:
    """One chain of migrations: a folder of ``m0001_what.py``, and the table that says how far a database has come."""

    folder: Path
    version_table: str = "alembic_version"

    @property
    def names(self) -> list[str]:
        """Of the migrations, oldest first. File names tell them, so nothing is imported to look."""
        return sorted(file.stem.partition("_")[0] for file in self.folder.glob("m*.py"))


def migrations_of(package: str) -> Migrations:
    """The chain of a capability, for example ``drivetrain.parking.visits.adapters.migrations``."""
    _, product, capability, *_ = package.split(".")
    return Migrations(Path(str(files(package))), f"alembic_version_{product}_{capability}")


def refuse_unknown(present: Mapping[str, str], *packages: str) -> None:
    """Check that this release knows every migration of a database.

    Args:
        present: the newest migration of each chain, by its version table.
        packages: chains of products, beside the platform's own.

    Raises:
        ConflictError: ``database.newer_than_code``.
    """
    known = {chain.version_table: chain.names for chain in _chains(packages)}
    for version_table, name in present.items():
        if name not in known.get(version_table, ()):
            raise _unknown(name)


def migrate(database: Engine | str, *packages: str) -> list[str]:
    """Apply what is missing, in one transaction; of several processes at once, one works and the others wait.

    Args:
        database: an open engine, or a URL as in ``open_engine``.
        packages: chains of products, applied after the platform's own in this order.

    Returns:
        The migrations applied, in order; empty when there was nothing to do.

    Raises:
        ConflictError: the database was made by a newer version of this package.
        UnavailableError: the database cannot be reached; nothing was changed.
    """
    chains = _chains(packages)
    if isinstance(database, Engine):
        return _migrate(database, chains)
    engine = open_engine(database, pool_size=1)
    try:
        return _migrate(engine, chains)
    finally:
        engine.dispose()


def known_migrations() -> list[str]:
    """The platform's own migrations, oldest first."""
    return Migrations(MIGRATIONS / "versions").names


def _migrate(engine: Engine, chains: Sequence[Migrations]) -> list[str]:
    with transaction(engine) as connection:
        if not any(_missing(connection, chain) for chain in chains):
            return []
    with transaction(engine) as connection:
        # another process may be migrating for long
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        applied = []
        for chain in chains:
            missing = _missing(connection, chain)  # looked at again: the other process may have done it
            if missing:
                _upgrade(connection, chain)
            applied += missing
        return applied


def _missing(connection: Connection, chain: Migrations) -> list[str]:
    names, present = chain.names, _present(connection, chain.version_table)
    if present is None:
        return names
    if present not in names:
        raise _unknown(present)
    return names[names.index(present) + 1 :]


def _chains(packages: Sequence[str]) -> list[Migrations]:
    return [Migrations(MIGRATIONS / "versions"), *map(migrations_of, packages)]


def _unknown(migration: str) -> ConflictError:
    return ConflictError(
        f"The database is at migration {migration}, which this version of drivetrain does not know. "
        "Install the version that created it, or a newer one.",
        code="database.newer_than_code",
    )


def _present(connection: Connection, version_table: str) -> str | None:
    # Not by to_regclass: it would believe what the session remembers from before it waited for the lock.
    query = text("SELECT FROM pg_catalog.pg_tables WHERE schemaname = :schema AND tablename = :table")
    if connection.execute(query, {"schema": SCHEMA, "table": version_table}).one_or_none() is None:
        return None
    # names of packages
    present: str | None = connection.scalar(text(f'SELECT version_num FROM {SCHEMA}."{version_table}"'))
    return present


def _upgrade(connection: Connection, chain: Migrations) -> None:
    from alembic import command  # a quarter of a second that a migrated database need not pay
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _escaped(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped(chain.folder))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = chain.version_table
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    command.upgrade(config, "head")


def _escaped(folder: Path) -> str:
    """As a file of settings writes a percent sign."""
    return str(folder).replace("%", "%%")
