"""Who may sign in, and that somebody can always administer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from drivetrain.accounts.people.domain.person import (
    Address,
    Person,
    RoleHeld,
    is_platform_admin,
    keep_an_administrator,
)
from drivetrain.core.errors import ConflictError

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
ADA = Person(
    UUID(int=1),
    Address("Ada@example.org", "ada@example.org"),
    "Ada",
    "en",
    "UTC",
    NOW,
    "test",
    verified_at=NOW,
)


def test_only_the_verified_and_active_may_sign_in() -> None:
    assert ADA.may_sign_in
    assert not replace(ADA, verified_at=None).may_sign_in
    assert not replace(ADA, deactivated_at=NOW).may_sign_in


def test_a_hash_is_not_written_into_logs() -> None:
    assert "argon2" not in repr(replace(ADA, password_hash="$argon2id$..."))


def test_an_administrator_of_a_company_is_none_of_the_platform() -> None:
    assert is_platform_admin([RoleHeld("buyer"), RoleHeld("admin")])
    assert not is_platform_admin([RoleHeld("admin", company=UUID(int=3)), RoleHeld("company_admin")])


def test_the_last_administrator_stays() -> None:
    keep_an_administrator([UUID(int=1), UUID(int=2)], UUID(int=1))
    keep_an_administrator([UUID(int=2)], UUID(int=1))  # somebody else
    keep_an_administrator([], UUID(int=1))  # there was none before
    with pytest.raises(ConflictError) as refused:
        keep_an_administrator([UUID(int=1)], UUID(int=1))
    assert refused.value.code == "people.last_administrator"
