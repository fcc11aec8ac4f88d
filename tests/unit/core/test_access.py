"""API keys can be told from typing errors, only a keyed hash of them is comparable, and roles are sets of scopes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.core.access import (
    PLATFORM_SCOPES,
    KeyRecord,
    PlatformScope,
    Scope,
    ScopeSet,
    mint_key,
    parse_key,
    subject_of,
)
from drivetrain.core.errors import ConflictError, InvalidInputError, UnauthenticatedError
from drivetrain.products import SCOPES

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
RECORD = KeyRecord(
    "id", "desk", frozenset({PlatformScope.PREDICT}), b"", NOW, "test", expires_at=NOW + timedelta(days=1)
)
A_KEY = "dt_local_Ab3dEf6hIj9l_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN_7bb54622"
"""Well formed, and of no installation. Always the same one, so that every test process collects the same
cases."""


def test_a_minted_key_reads_back_as_itself():
    key = mint_key("prod")
    assert parse_key(key.text) == key
    assert key.text.startswith(f"dt_prod_{key.key_id}_")


def test_two_keys_share_neither_id_nor_secret():
    texts = {mint_key("local").text for _ in range(200)}
    assert (
        len(texts)
        == len({text.split("_")[2] for text in texts})
        == len({text.split("_")[3] for text in texts})
        == 200
    )


@given(place=st.integers(0, len(A_KEY) - 1), letter=st.characters(codec="ascii"))
def test_a_key_with_one_wrong_character_is_refused_without_asking_anybody(place, letter):
    if letter == A_KEY[place]:
        return
    with pytest.raises(UnauthenticatedError):
        parse_key(A_KEY[:place] + letter + A_KEY[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dt_",
        A_KEY[:-1],  # cut
        A_KEY + "0",  # a letter too many
        A_KEY + "\n",  # copied with its line end
        " " + A_KEY,
        A_KEY.upper(),
        A_KEY.replace("dt_local", "dt_Local"),
        A_KEY.replace("_", "-"),
        A_KEY.replace("dt_local", "dt_lòcal"),
        "x" * 100_000,
    ],
)
def test_what_is_not_a_key_is_refused_and_not_repeated(text):
    with pytest.raises(UnauthenticatedError) as refused:
        parse_key(text)
    assert refused.value.code == "auth.key_malformed"
    assert len(text) < 10 or text not in refused.value.detail


def test_the_digest_depends_on_the_pepper_and_on_the_whole_key():
    key = parse_key(A_KEY)
    assert key.digest(b"one") == key.digest(b"one")
    assert key.digest(b"one") != key.digest(b"other")
    assert len(key.digest(b"one")) == 32
    assert mint_key("local").digest(b"one") != key.digest(b"one")


def test_a_key_lives_until_the_instant_it_expires():
    assert RECORD.is_live(NOW)
    assert RECORD.is_live(NOW + timedelta(days=1) - timedelta(microseconds=1))
    assert not RECORD.is_live(NOW + timedelta(days=1))


def test_a_revoked_key_is_dead_whatever_its_expiry():
    assert not replace(RECORD, revoked_at=NOW).is_live(NOW)
    assert not replace(RECORD, expires_at=None, revoked_at=NOW).is_live(NOW)


def test_a_key_without_an_end_lives_on():
    assert replace(RECORD, expires_at=None).is_live(NOW + timedelta(days=10_000))


def test_the_caller_of_a_key_has_its_name_and_scopes():
    caller = RECORD.caller()
    assert (caller.subject, caller.scopes, caller.expires_at) == (
        "desk",
        RECORD.scopes,
        RECORD.expires_at,
    )


def test_a_person_has_the_scopes_of_all_their_roles():
    assert SCOPES.of_roles(["buyer", "analyst"]) == SCOPES.roles["buyer"] | SCOPES.roles["analyst"]
    assert SCOPES.of_roles(["admin"]) == SCOPES.names


@pytest.mark.parametrize("names", [[], ["no such role"]])
def test_a_role_that_no_scope_names_gives_nothing(names):
    assert SCOPES.of_roles(names) == frozenset()


def test_a_person_stands_in_the_ledger_by_id():
    assert subject_of(UUID(int=7)) == "person:00000000-0000-0000-0000-000000000007"


def test_roles_and_scopes_add_up():
    assert SCOPES.granted(["client", "models:read"]) == SCOPES.roles["client"] | {PlatformScope.MODELS_READ}
    assert SCOPES.granted([]) == frozenset()


@pytest.mark.parametrize("name", ["", "root", "Predict", "predict ", "predict,models:read"])
def test_an_unknown_grant_is_refused_and_the_known_ones_are_named(name):
    with pytest.raises(InvalidInputError, match="models:promote") as refused:
        SCOPES.granted(["client", name])
    assert refused.value.code == "auth.unknown_scope"


def test_only_the_admin_may_manage_users_and_only_operators_change_what_is_live():
    assert [role for role, scopes in SCOPES.roles.items() if PlatformScope.USERS_ADMIN in scopes] == ["admin"]
    assert {role for role, scopes in SCOPES.roles.items() if PlatformScope.MODELS_PROMOTE in scopes} == {
        "operator",
        "admin",
    }
    assert SCOPES.roles["admin"] == SCOPES.names > frozenset(PlatformScope)


class TestJoinedScopes:
    WRITE = Scope("listings:write", frozenset({"client"}))

    def test_a_product_adds_rights_to_the_roles_and_to_the_admin(self):
        scopes = ScopeSet(*PLATFORM_SCOPES, self.WRITE)
        assert "listings:write" in scopes.roles["client"] & scopes.roles["admin"]
        assert "listings:write" not in scopes.roles["operator"] | scopes.roles["viewer"]
        assert scopes.granted(["listings:write"]) == {"listings:write"}

    @pytest.mark.parametrize(
        "scope",
        [
            Scope("predict"),  # the platform's
            WRITE,  # another product's
            Scope("viewer"),  # a role
            Scope("admin"),
        ],
    )
    def test_a_name_used_twice_is_refused(self, scope):
        with pytest.raises(ConflictError, match=scope.name) as refused:
            ScopeSet(*PLATFORM_SCOPES, self.WRITE, scope)
        assert refused.value.code == "auth.scope_taken"


def test_a_key_of_a_person_has_no_scope_that_the_person_lost():
    scopes = ScopeSet(Scope("predict", frozenset({"dealer"})), Scope("models:read", frozenset({"analyst"})))
    key = KeyRecord("a" * 12, "mine", scopes.names, b"", NOW, "test")
    assert key.within(scopes).scopes == {"predict", "models:read"}  # of the installation
    owned = replace(key, person=UUID(int=1), held_roles=frozenset({"dealer", "a role of another release"}))
    assert owned.within(scopes).scopes == {"predict"}
    assert replace(owned, held_roles=frozenset()).within(scopes).scopes == frozenset()
