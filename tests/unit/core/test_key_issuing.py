"""A key is named for who holds it, never for the platform; an installation has one admin key."""

from __future__ import annotations

import pytest
from tests.support.fakes import FixedClock, MemoryKeyStore

from drivetrain.core.access import KeyRecord, mint_key
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.key_issuing import ADMIN, KeyIssuer, NewKey
from drivetrain.products import SCOPES


@pytest.fixture
def issuer() -> KeyIssuer:
    clock = FixedClock()
    return KeyIssuer(MemoryKeyStore(clock), SCOPES, b"pepper", "local", clock)


def create(issuer: KeyIssuer, name: str) -> NewKey:
    return issuer.create(name=name, grants=["viewer"], days=None, actor="admin")


def live(issuer: KeyIssuer) -> list[KeyRecord]:
    return [record for record in issuer.keys.all() if record.revoked_at is None]


@pytest.mark.parametrize(
    "name",
    [
        "up",
        " Up ",
        "guard rail",
        "GATE",
        "platform",
        "settings",
        "command line",
        "root (command line)",
        "person:0192f0c4-0000-7000-8000-000000000000",  # a person's place in the ledger
    ],
)
def test_no_key_speaks_in_the_history_as_the_platform(issuer: KeyIssuer, name: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        create(issuer, name)
    assert raised.value.code == "keys.bad_name"


@pytest.mark.parametrize("name", ["shop", "upstream", "our gate at the airport"])
def test_other_names_are_free(issuer: KeyIssuer, name: str) -> None:
    assert create(issuer, name).record.name == name


@pytest.mark.parametrize(
    ("grants", "code"),
    [([], "keys.no_grant"), (["emperor"], "auth.unknown_scope")],
)
def test_a_key_has_rights_that_exist(issuer: KeyIssuer, grants: list[str], code: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        issuer.create(name="shop", grants=grants, days=None, actor="admin")
    assert raised.value.code == code
    assert live(issuer) == []


def test_a_key_ends_after_its_days(issuer: KeyIssuer) -> None:
    record = issuer.create(name="shop", grants=["viewer"], days=2, actor="admin").record
    assert record.expires_at is not None
    assert (record.expires_at - record.created_at).days == 2


def test_only_the_hash_of_a_key_is_stored(issuer: KeyIssuer) -> None:
    key = create(issuer, "shop")
    assert key.text not in repr(issuer.keys.all())


def test_the_admin_key_is_made_once(issuer: KeyIssuer) -> None:
    key = issuer.create_admin_key()
    assert key is not None
    assert key.record.scopes == SCOPES.names
    assert issuer.create_admin_key() is None
    assert live(issuer) == [key.record]


def test_a_given_admin_key_ends_the_former_one_and_giving_it_again_changes_nothing(issuer: KeyIssuer) -> None:
    issuer.create_admin_key()
    given = mint_key("local")
    issuer.adopt_admin_key(given.text)
    issuer.adopt_admin_key(given.text)
    assert [(record.key_id, record.name, record.created_by) for record in live(issuer)] == [
        (given.key_id, ADMIN, "settings")
    ]


def test_a_malformed_admin_key_is_refused_without_repeating_it(issuer: KeyIssuer) -> None:
    with pytest.raises(InvalidInputError) as raised:
        issuer.adopt_admin_key("dt_local_secret")
    assert raised.value.code == "keys.malformed"
    assert "dt_local_secret" not in str(raised.value)
