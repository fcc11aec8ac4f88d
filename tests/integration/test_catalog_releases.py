"""Releases by several at once, and how those who follow learn of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Engine
from tests.support.audit import audit_trail
from tests.support.notifications import announcements

from drivetrain.accounts.keys.adapters.store import PostgresKeyStore
from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.revisions import PostgresRevisions
from drivetrain.core.access import KeyRecord, PlatformScope
from drivetrain.core.errors import ConflictError, InvalidInputError, UnavailableError
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.releasing.registry import Alias, ModelVersion, Release, ReleaseRequest

CLOCK = SystemClock()


def version(number: int, **changed: object) -> ModelVersion:
    plain = {"metrics": {}, "report": {}, "dataset": {}} | changed
    return ModelVersion(
        "m", str(number), CLOCK.now(), "somewhere", "0" * 64, is_synthetic=True, run_id="", **plain
    )


def promote(catalog: PostgresModelCatalog, number: int) -> Release:
    return catalog.release(
        ReleaseRequest("m", Alias.CHAMPION, str(number), action="promote", actor="a", reason="r")
    )


def test_promotions_at_once_form_one_chain(engine: Engine) -> None:
    """Each release names as previous what the release before it made live."""
    catalog = PostgresModelCatalog(engine, CLOCK, audit_trail(CLOCK), announcements(CLOCK))
    for number in range(1, 21):
        catalog.add_version(version(number))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: promote(catalog, number), range(1, 21)))
    history = list(reversed(catalog.history("m")))
    assert [release.previous for release in history] == [None, *(release.version for release in history[:-1])]
    assert catalog.live()["m", Alias.CHAMPION].version == history[-1].version


def test_of_many_who_promote_the_same_version_one_does(engine: Engine) -> None:
    catalog = PostgresModelCatalog(engine, CLOCK, audit_trail(CLOCK), announcements(CLOCK))
    catalog.add_version(version(1))

    def attempt(_: int) -> bool:
        try:
            promote(catalog, 1)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(attempt, range(8))) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"metrics": {"rmse_error": float("nan")}},  # JSON has no NaN
        {"report": {"note": "\x00"}},  # nor has PostgreSQL text
    ],
    ids=str,
)
def test_what_json_cannot_hold_is_refused(engine: Engine, wrong: dict[str, object]) -> None:
    catalog = PostgresModelCatalog(engine, CLOCK, audit_trail(CLOCK), announcements(CLOCK))
    with pytest.raises(InvalidInputError):
        catalog.add_version(version(1, **wrong))
    assert list(catalog.versions("m")) == []


def test_every_change_raises_its_own_revision_only(engine: Engine) -> None:
    catalog, keys, revisions = (
        PostgresModelCatalog(engine, CLOCK, audit_trail(CLOCK), announcements(CLOCK)),
        PostgresKeyStore(engine, CLOCK, audit_trail(CLOCK)),
        PostgresRevisions(engine),
    )
    key = KeyRecord(
        "aaaaaaaaaaaa", "a client", frozenset({PlatformScope.PREDICT}), bytes(32), CLOCK.now(), "an admin"
    )
    for subject, change in [
        ("models", lambda: catalog.add_version(version(1))),
        ("models", lambda: catalog.add_version(version(2))),
        ("models", lambda: promote(catalog, 1)),
        ("models", lambda: promote(catalog, 2)),
        ("models", lambda: catalog.roll_back("m", actor="a", reason="r")),
        ("keys", lambda: keys.add(key)),
        ("keys", lambda: keys.revoke(key.key_id, CLOCK.now(), actor="a test")),
    ]:
        before = revisions.read()
        change()
        after = revisions.read()
        assert (after.models > before.models, after.keys > before.keys) == (
            subject == "models",
            subject == "keys",
        )


def test_reading_raises_nothing_and_a_change_by_hand_is_seen(engine: Engine, migrated_url: str) -> None:
    revisions = PostgresRevisions(engine)
    PostgresModelCatalog(engine, CLOCK, audit_trail(CLOCK), announcements(CLOCK)).live()
    before = revisions.read()
    assert revisions.read() == before
    with psycopg.connect(migrated_url) as connection:
        connection.execute("UPDATE drivetrain.api_keys SET revoked_at = now()")
    assert revisions.read().keys > before.keys


def test_a_change_that_is_taken_back_is_never_announced(engine: Engine) -> None:
    catalog, revisions = (
        PostgresModelCatalog(engine, CLOCK, audit_trail(CLOCK), announcements(CLOCK)),
        PostgresRevisions(engine),
    )
    catalog.add_version(version(1))
    before = revisions.read()
    with pytest.raises(ConflictError):
        catalog.add_version(version(1))
    assert revisions.read() == before


def test_without_tables_it_says_what_to_run(database_url: str) -> None:
    engine = open_engine(database_url, pool_size=1)
    with pytest.raises(UnavailableError) as raised:
        PostgresRevisions(engine).read()
    engine.dispose()
    assert raised.value.code == "database.not_migrated"
