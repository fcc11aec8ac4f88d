"""The number by which the supervisor sees that a model was released, on a real database."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy import Engine, text

from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.last_release import answers, last_release


def release(engine: Engine) -> None:
    """Note a release of no version: what a model looks like that was taken back."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO drivetrain.model_releases (model, alias, action, actor, reason, by_gate, at) "
                "VALUES ('rental-price', 'champion', 'unload', 'tests', 'for the tests', false, now())"
            )
        )


def test_it_grows_with_each_release(migrated_url: str, engine: Engine) -> None:
    assert last_release(migrated_url) == 0
    release(engine)
    first = last_release(migrated_url)
    release(engine)
    second = last_release(migrated_url)
    assert first is not None and second is not None
    assert 0 < first < second == last_release(migrated_url)


def test_a_database_without_tables_gives_no_number(database_url: str) -> None:
    assert last_release(database_url) is None


def test_whether_a_database_takes_connections(postgres_server: EmbeddedPostgres) -> None:
    assert answers(postgres_server.url)
    assert answers(postgres_server.url.replace("postgresql://", "postgresql+psycopg://", 1))
    away = urlsplit(postgres_server.url)._replace(query="host=/nowhere").geturl()
    assert not answers(away) and last_release(away) is None
