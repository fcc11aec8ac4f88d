"""A session has two limits, its cookie is stored as a keyed hash, and it acts for one company or none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from drivetrain.accounts.people.domain.person import RoleHeld
from drivetrain.accounts.sessions.domain.session import (
    Session,
    SessionTerms,
    counting,
    new_secret,
    secret_digest,
    workplace,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TERMS = SessionTerms(idle=timedelta(minutes=30), absolute=timedelta(hours=12))
SESSION = Session(
    UUID(int=1), UUID(int=2), NOW, NOW, NOW + TERMS.absolute, "password", False, "127.0.0.1", "tests"
)
COMPANY, OTHER, BRANCH = UUID(int=3), UUID(int=4), UUID(int=5)


@pytest.mark.parametrize(("after", "is_live"), [(0, True), (29, True), (30, False), (13 * 60, False)])
def test_a_session_ends_when_it_is_idle(after: int, is_live: bool) -> None:
    assert SESSION.is_live(NOW + timedelta(minutes=after), TERMS) is is_live


def test_a_session_ends_also_while_it_is_used() -> None:
    from dataclasses import replace

    ends = SESSION.expires_at
    busy = replace(SESSION, last_seen_at=ends - timedelta(seconds=1))
    assert busy.is_live(ends - timedelta(seconds=1), TERMS)
    assert not busy.is_live(ends, TERMS)


def test_secrets_are_long_and_differ_and_their_hashes_need_the_key() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {43}
    secret = new_secret()
    assert secret_digest(secret, b"a" * 32) != secret_digest(secret, b"b" * 32)
    assert len(secret_digest("\udcff", b"a" * 32)) == 32  # bytes that are no text, as a header may hold them


@pytest.mark.parametrize(
    ("roles", "place"),
    [
        ([], (None, None)),
        ([RoleHeld("admin")], (None, None)),
        ([RoleHeld("buyer"), RoleHeld("dealer", COMPANY, BRANCH)], (COMPANY, BRANCH)),
        ([RoleHeld("dealer", COMPANY), RoleHeld("company_admin", COMPANY)], (COMPANY, None)),
        ([RoleHeld("dealer", COMPANY), RoleHeld("dealer", OTHER)], (None, None)),
    ],
)
def test_a_session_acts_for_the_only_company(
    roles: list[RoleHeld], place: tuple[UUID | None, UUID | None]
) -> None:
    assert workplace(roles) == place


def test_a_guarded_role_counts_with_a_second_factor_only() -> None:
    roles = ["admin", "analyst"]
    assert counting(roles, {"admin"}, has_second_factor=False) == ["analyst"]
    assert counting(roles, {"admin"}, has_second_factor=True) == roles
    assert counting(roles, (), has_second_factor=False) == roles
