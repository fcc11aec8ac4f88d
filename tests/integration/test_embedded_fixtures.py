"""The database every other integration test gets."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import create_engine, text
from tests.support.postgres import database_url, postgres_server

__all__ = ["database_url", "postgres_server"]


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database_of_its_own(database_url: str, turn: int) -> None:
    """Both turns make the same table; the second would fail on a shared database."""
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE mine ()")


def test_the_url_also_serves_sqlalchemy(database_url: str) -> None:
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_database()")).startswith("test_")
    engine.dispose()
