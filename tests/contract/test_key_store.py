"""What every key store must do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from tests.support.audit import audit_trail
from tests.support.fakes import FixedClock, MemoryKeyStore

from drivetrain.adapters.postgres.keys import PostgresKeyStore
from drivetrain.core.access import KeyRecord, KeyStore, PlatformScope
from drivetrain.core.errors import ConflictError, NotFoundError

CLOCK_AT = FixedClock().now()


def key(key_id: str = "aaaaaaaaaaaa", name: str = "a client", **changed: object) -> KeyRecord:
    scopes = frozenset({PlatformScope.PREDICT, PlatformScope.MODELS_READ})
    return replace(KeyRecord(key_id, name, scopes, bytes(range(32)), CLOCK_AT, "an admin"), **changed)


class KeyStoreCases:
    """The suite; a subclass gives the fixture ``store``."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock()

    def test_a_record_comes_back_as_it_was(self, store: KeyStore) -> None:
        record = key(expires_at=CLOCK_AT + timedelta(days=1, microseconds=1))
        store.add(record)
        assert store.all() == [record]

    def test_a_key_without_scopes_comes_back_without(self, store: KeyStore) -> None:
        store.add(key(scopes=frozenset()))
        assert store.all()[0].scopes == frozenset()

    def test_records_are_listed_newest_first(self, store: KeyStore) -> None:
        for day, key_id in enumerate(["bbbbbbbbbbbb", "aaaaaaaaaaaa", "cccccccccccc"]):
            store.add(key(key_id, f"client {day}", created_at=CLOCK_AT + timedelta(days=day)))
        assert [record.key_id for record in store.all()] == ["cccccccccccc", "aaaaaaaaaaaa", "bbbbbbbbbbbb"]

    def test_a_live_name_is_not_given_twice(self, store: KeyStore) -> None:
        store.add(key("aaaaaaaaaaaa"))
        with pytest.raises(ConflictError) as raised:
            store.add(key("bbbbbbbbbbbb"))
        assert raised.value.code == "keys.name_taken"
        assert len(store.all()) == 1

    def test_an_id_is_not_given_twice(self, store: KeyStore) -> None:
        store.add(key(name="one"))
        with pytest.raises(ConflictError):
            store.add(key(name="two"))

    def test_a_revoked_key_gives_up_its_name(self, store: KeyStore) -> None:
        store.add(key("aaaaaaaaaaaa"))
        store.revoke("aaaaaaaaaaaa", CLOCK_AT, actor="an admin")
        store.add(key("bbbbbbbbbbbb"))
        assert len(store.all()) == 2

    def test_an_expired_key_gives_up_its_name(self, store: KeyStore, clock: FixedClock) -> None:
        expiry = CLOCK_AT + timedelta(hours=1)
        store.add(key("aaaaaaaaaaaa", expires_at=expiry))
        clock.advance(minutes=59)
        with pytest.raises(ConflictError):
            store.add(key("bbbbbbbbbbbb"))
        clock.advance(minutes=1)
        store.add(key("bbbbbbbbbbbb"))
        assert {record.key_id: record.revoked_at for record in store.all()} == {
            "aaaaaaaaaaaa": expiry,
            "bbbbbbbbbbbb": None,
        }

    def test_revoking_again_keeps_the_first_instant(self, store: KeyStore) -> None:
        store.add(key())
        first = store.revoke("aaaaaaaaaaaa", CLOCK_AT, actor="an admin")
        assert first == key(revoked_at=CLOCK_AT)
        assert store.revoke("aaaaaaaaaaaa", CLOCK_AT + timedelta(days=1), actor="an admin") == first
        assert store.all() == [first]

    def test_an_unknown_key_cannot_be_revoked(self, store: KeyStore) -> None:
        with pytest.raises(NotFoundError):
            store.revoke("nobody", CLOCK_AT, actor="an admin")


class TestMemoryKeyStore(KeyStoreCases):
    @pytest.fixture
    def store(self, clock: FixedClock) -> KeyStore:
        return MemoryKeyStore(clock)


class TestPostgresKeyStore(KeyStoreCases):
    @pytest.fixture
    def store(self, engine: Engine, clock: FixedClock) -> KeyStore:
        return PostgresKeyStore(engine, clock, audit_trail(clock))
