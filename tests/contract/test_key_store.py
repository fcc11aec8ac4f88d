"""What every key store must do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete, insert, update
from tests.support.audit import audit_trail
from tests.support.fakes import FixedClock, MemoryKeyStore

from drivetrain.accounts.companies.adapters.tables import branches, companies
from drivetrain.accounts.keys.adapters.store import PostgresKeyStore
from drivetrain.accounts.people.adapters.tables import people, roles_held
from drivetrain.adapters.postgres.revisions import PostgresRevisions
from drivetrain.core.access import KeyRecord, KeyStore, PlatformScope
from drivetrain.core.errors import ConflictError, NotFoundError

CLOCK_AT = FixedClock().now()


ANN, BEN, FIRM, OTHER_FIRM, BRANCH = (UUID(int=number) for number in range(1, 6))


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

    def test_a_person_sees_and_revokes_their_own_keys_and_no_others(self, store: KeyStore) -> None:
        store.add(key("aaaaaaaaaaaa", person=ANN))
        store.add(key("bbbbbbbbbbbb", person=BEN))
        store.add(key("cccccccccccc"))
        assert [record.key_id for record in store.all(person=ANN)] == ["aaaaaaaaaaaa"]
        for foreign in ("bbbbbbbbbbbb", "cccccccccccc"):
            with pytest.raises(NotFoundError) as raised:
                store.revoke(foreign, CLOCK_AT, actor="person:ann", person=ANN)
            assert raised.value.code == "keys.not_found"
        store.revoke("aaaaaaaaaaaa", CLOCK_AT, actor="person:ann", person=ANN)
        assert {record.key_id: record.revoked_at for record in store.all()} == {
            "aaaaaaaaaaaa": CLOCK_AT,
            "bbbbbbbbbbbb": None,
            "cccccccccccc": None,
        }

    def test_a_name_is_taken_among_the_keys_of_one_owner(self, store: KeyStore) -> None:
        for key_id, person in (("aaaaaaaaaaaa", ANN), ("bbbbbbbbbbbb", BEN), ("cccccccccccc", None)):
            store.add(key(key_id, person=person))
        with pytest.raises(ConflictError):
            store.add(key("dddddddddddd", person=ANN))

    def test_uses_are_noted_for_keys_that_exist(self, store: KeyStore) -> None:
        store.add(key("aaaaaaaaaaaa", "one"))
        store.add(key("bbbbbbbbbbbb", "two"))
        store.note_uses({"aaaaaaaaaaaa", "nobody"}, CLOCK_AT)
        store.note_uses({"aaaaaaaaaaaa"}, CLOCK_AT + timedelta(minutes=1))
        uses = {record.key_id: record.last_used_at for record in store.all()}
        assert uses == {"aaaaaaaaaaaa": CLOCK_AT + timedelta(minutes=1), "bbbbbbbbbbbb": None}


class TestMemoryKeyStore(KeyStoreCases):
    @pytest.fixture
    def store(self, clock: FixedClock) -> KeyStore:
        return MemoryKeyStore(clock)


class TestPostgresKeyStore(KeyStoreCases):
    @pytest.fixture
    def store(self, engine: Engine, clock: FixedClock) -> KeyStore:
        with engine.begin() as connection:
            for person, name in ((ANN, "ann"), (BEN, "ben")):
                connection.execute(insert(people).values(person_row(person, name)))
        return PostgresKeyStore(engine, clock, audit_trail(clock))

    def test_a_deactivated_account_takes_its_keys_with_it(self, store: KeyStore, engine: Engine) -> None:
        """For good: they do not come back with the account."""
        store.add(key("aaaaaaaaaaaa", person=ANN))
        store.add(key("bbbbbbbbbbbb", person=BEN))
        before = PostgresRevisions(engine).read().keys
        ended = {"aaaaaaaaaaaa": CLOCK_AT, "bbbbbbbbbbbb": None}
        for deactivated_at in (CLOCK_AT, None):
            with engine.begin() as connection:
                of_ann = update(people).where(people.c.person_id == ANN)
                connection.execute(of_ann.values(deactivated_at=deactivated_at))
            assert {record.key_id: record.revoked_at for record in store.all()} == ended
        assert PostgresRevisions(engine).read().keys > before

    def test_an_erased_account_takes_its_keys_out_of_the_table(self, store: KeyStore, engine: Engine) -> None:
        store.add(key("aaaaaaaaaaaa", person=ANN))
        store.note_uses({"aaaaaaaaaaaa"}, CLOCK_AT)
        with engine.begin() as connection:
            connection.execute(delete(people).where(people.c.person_id == ANN))
        assert store.all() == []

    def test_a_key_loses_the_scopes_that_its_person_loses(self, store: KeyStore, engine: Engine) -> None:
        """Roles count where the key acts: on the whole platform, in its company, in its branch."""
        held = [
            ("analyst", None, None),
            ("company_admin", FIRM, None),
            ("dealer", FIRM, BRANCH),
            ("company_admin", OTHER_FIRM, None),
        ]
        roles = [
            {
                "person_id": ANN,
                "role": role,
                "company_id": company,
                "branch_id": branch,
                "granted_at": CLOCK_AT,
                "granted_by": "a test",
            }
            for role, company, branch in held
        ]
        with engine.begin() as connection:
            for company in (FIRM, OTHER_FIRM):
                firm = {"company_id": company, "name": "Firm", "created_at": CLOCK_AT, "created_by": "a test"}
                connection.execute(insert(companies).values(firm))
            branch = {"branch_id": BRANCH, "company_id": FIRM, "name": "North", "created_at": CLOCK_AT}
            connection.execute(insert(branches).values(branch))
            connection.execute(insert(roles_held), roles)
        places = {"aaaaaaaaaaaa": (None, None), "bbbbbbbbbbbb": (FIRM, None), "cccccccccccc": (FIRM, BRANCH)}
        for key_id, (company, branch) in places.items():
            store.add(key(key_id, key_id, person=ANN, company=company, branch=branch))
        assert {record.key_id: record.held_roles for record in store.all()} == {
            "aaaaaaaaaaaa": {"analyst"},
            "bbbbbbbbbbbb": {"analyst", "company_admin"},
            "cccccccccccc": {"analyst", "company_admin", "dealer"},
        }
        before = PostgresRevisions(engine).read().keys
        with engine.begin() as connection:
            connection.execute(delete(roles_held).where(roles_held.c.role == "analyst"))
        assert PostgresRevisions(engine).read().keys > before
        assert [record.held_roles for record in store.all() if record.company is None] == [frozenset()]


def person_row(person: UUID, name: str) -> dict[str, object]:
    return {
        "person_id": person,
        "email": f"{name}@example.org",
        "email_key": f"{name}@example.org",
        "name": name,
        "language": "en",
        "time_zone": "UTC",
        "created_at": CLOCK_AT,
        "created_by": "a test",
    }
