"""Making the tables: on an empty database, again, by two at once, and on one that is ahead of the code."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, Table, inspect, text

import drivetrain
from drivetrain.adapters.postgres.database import ping
from drivetrain.adapters.postgres.migrate import (
    MIGRATIONS,
    Migrations,
    known_migrations,
    migrate,
    migrations_of,
)
from drivetrain.adapters.postgres.tables import SCHEMA, metadata
from drivetrain.core.errors import ConflictError, UnavailableError
from drivetrain.products import MIGRATIONS as PACKAGES

NOTHING_TO_DO = """
import sys
from drivetrain.adapters.postgres.migrate import migrate
assert migrate(sys.argv[1]) == []
assert "alembic" not in sys.modules
"""


def test_an_empty_database_gets_everything_once(database_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert migrate(database_url) == known_migrations()
    assert migrate(database_url) == []
    assert capfd.readouterr() == ("", "")


def test_the_tables_are_those_that_the_code_works_with(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": _is_ours,
                "version_table_schema": SCHEMA,
                "compare_server_default": True,
            },
        )
        modules = [import_module(name) for name in _modules_of_tables()]
        assert modules
        # of one house
        assert all(
            value.metadata is metadata
            for module in modules
            for value in vars(module).values()
            if isinstance(value, Table)
        )
        assert compare_metadata(context, metadata) == []


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a comparison looks at it: not at other schemas, nor at what tells how far a chain has come."""
    if kind == "schema":
        return name == SCHEMA
    return kind != "table" or not (name or "").startswith("alembic_version")


def _modules_of_tables() -> list[str]:
    source = Path(drivetrain.__file__).parent
    files = sorted(source.glob("*/*/adapters/tables.py"))
    return [".".join(("drivetrain", *file.relative_to(source).with_suffix("").parts)) for file in files]


def test_every_chain_has_its_migrations() -> None:
    """A folder without ``__init__.py`` is no package, and would be passed over in silence."""
    assert PACKAGES
    assert [package for package in PACKAGES if not migrations_of(package).names] == []


def test_mlflow_gets_an_empty_schema(engine: Engine) -> None:
    assert "mlflow" in inspect(engine).get_schema_names()
    assert inspect(engine).get_table_names("mlflow") == []


def test_of_two_at_once_one_works_and_the_other_waits(database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(migrate, [database_url] * 4))
    assert sorted(done) == [[], [], [], known_migrations()]


def test_with_nothing_to_do_nothing_is_built(migrated_url: str) -> None:
    """A second start must be fast: Alembic is not even imported."""
    subprocess.run([sys.executable, "-c", NOTHING_TO_DO, migrated_url], check=True)


def test_a_database_ahead_of_the_code_is_refused_and_left_alone(migrated_url: str) -> None:
    with psycopg.connect(migrated_url) as connection:
        connection.execute("UPDATE drivetrain.alembic_version SET version_num = 'm9999'")
    with pytest.raises(ConflictError) as raised:
        migrate(migrated_url)
    assert raised.value.code == "database.newer_than_code"
    assert "m9999" in raised.value.detail


def test_a_migration_that_fails_leaves_nothing_behind(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE SCHEMA drivetrain; CREATE TABLE drivetrain.revisions (in_the_way int)")
    with pytest.raises(Exception, match="revisions"):
        migrate(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("DROP TABLE drivetrain.revisions")
    assert migrate(database_url) == known_migrations()


def test_what_was_made_can_be_taken_back(engine: Engine) -> None:
    chains = [Migrations(MIGRATIONS / "versions"), *map(migrations_of, PACKAGES)]
    with engine.begin() as connection:
        for chain in reversed(chains):
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.set_main_option("path_separator", "newline")
            config.set_main_option("version_locations", str(chain.folder))
            config.attributes.update(connection=connection, version_table=chain.version_table)
            command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names(SCHEMA)) == {chain.version_table for chain in chains}
    assert migrate(engine, *PACKAGES) == [name for chain in chains for name in chain.names]


def test_a_database_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        migrate("postgresql://nobody@/nowhere?host=/no/such/folder")


def test_a_ping_is_answered(engine: Engine) -> None:
    ping(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "30s"
