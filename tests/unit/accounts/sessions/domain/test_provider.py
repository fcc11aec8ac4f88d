"""Attempts at an identity provider, and whom its word is enough for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from drivetrain.accounts.people.domain.person import Address, Person, RoleHeld
from drivetrain.accounts.sessions.domain.provider import (
    ATTEMPT_LIFE,
    Claims,
    is_believed,
    language_of,
    may_be_linked_unasked,
    name_of,
    new_attempt,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ADA = Address("Ada@example.org", "ada@example.org")
CLAIMS = Claims("https://login.example.org", "1", "Ada@example.org", is_email_verified=True)
PERSON = Person(UUID(int=1), ADA, "Ada", "en", "UTC", NOW, "tests")


def test_an_attempt_has_secrets_of_its_own_and_ends() -> None:
    attempt, other = new_attempt(NOW), new_attempt(NOW)
    assert (
        len({attempt.state, attempt.nonce, attempt.verifier, other.state, other.nonce, other.verifier}) == 6
    )
    assert 43 <= len(attempt.verifier) <= 128  # RFC 7636
    assert attempt.is_answered_by(attempt.state, NOW)
    assert not attempt.is_answered_by(other.state, NOW)
    assert not attempt.is_answered_by("", NOW)
    assert not attempt.is_answered_by("\ud800", NOW)
    assert attempt.is_answered_by(attempt.state, NOW + ATTEMPT_LIFE - timedelta(seconds=1))
    assert not attempt.is_answered_by(attempt.state, NOW + ATTEMPT_LIFE)


def test_the_state_says_what_it_is_for() -> None:
    assert new_attempt(NOW, PERSON.person_id).state.startswith("link.")
    assert not new_attempt(NOW).state.startswith("link.")


@pytest.mark.parametrize(
    ("email", "is_verified", "domains", "expected"),
    [
        ("ada@example.org", True, {"example.org"}, True),
        ("ada@example.org", False, {"example.org"}, False),
        ("ada@example.org", True, set(), False),
        ("ada@sub.example.org", True, {"example.org"}, False),
        ("ada@notexample.org", True, {"example.org"}, False),
        ('"x@example.org"@evil.example', True, {"example.org"}, False),
    ],
)
def test_the_provider_is_believed_about_its_own_domains(
    email: str, is_verified: bool, domains: set[str], expected: bool
) -> None:
    claims = replace(CLAIMS, email=email, is_email_verified=is_verified)
    assert is_believed(claims, Address(email, email), domains) is expected


def test_an_account_that_can_be_signed_in_to_otherwise_is_not_linked_unasked() -> None:
    assert may_be_linked_unasked(PERSON, [], has_identity=False)
    assert may_be_linked_unasked(PERSON, [RoleHeld("dealer", UUID(int=2))], has_identity=False)
    assert not may_be_linked_unasked(replace(PERSON, password_hash="x"), [], has_identity=False)
    assert not may_be_linked_unasked(PERSON, [], has_identity=True)
    assert not may_be_linked_unasked(PERSON, [RoleHeld("admin")], has_identity=False)
    assert not may_be_linked_unasked(replace(PERSON, deactivated_at=NOW), [], has_identity=False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        (" Ada ", "Ada"),
        ("", "Ada"),
        (" ", "Ada"),
        ("x" * 101, "Ada"),
        ("a\nb", "Ada"),
    ],
)
def test_a_new_account_is_called_as_the_provider_says_where_that_can_be_a_name(
    name: str, expected: str
) -> None:
    assert name_of(replace(CLAIMS, name=name), ADA) == expected


@pytest.mark.parametrize(
    ("locale", "expected"), [("de-AT", "de"), ("fr_CA", "fr"), ("ar", "ar"), ("tlh", "en"), ("", "en")]
)
def test_a_new_account_has_a_language_of_ours(locale: str, expected: str) -> None:
    assert language_of(replace(CLAIMS, locale=locale)) == expected
