"""A database with our tables in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.products import MIGRATIONS


@pytest.fixture
def migrated_url(database_url: str) -> str:
    """libpq URL of a fresh database with all migrations applied and nothing stored."""
    migrate(database_url, *MIGRATIONS)
    return database_url


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    """An engine on the migrated database."""
    engine = open_engine(migrated_url, pool_size=4)
    yield engine
    engine.dispose()
