"""The sealed cookie of an attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from drivetrain.accounts.sessions.adapters.attempts import AttemptSeal
from drivetrain.accounts.sessions.domain.provider import Attempt, Claims, new_attempt

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SEAL = AttemptSeal(b"k" * 32)
ATTEMPT = new_attempt(NOW, UUID(int=1))
CLAIMS = Claims("https://login.example.org", "1", "ada@example.org", True, "Ädä", "de")


@pytest.mark.parametrize("attempt", [ATTEMPT, replace(ATTEMPT, person=None), replace(ATTEMPT, claims=CLAIMS)])
def test_an_attempt_comes_back_as_it_was(attempt: Attempt) -> None:
    assert SEAL.open(SEAL.close(attempt)) == attempt


def test_the_longest_attempt_fits_into_a_cookie() -> None:
    claims = replace(CLAIMS, subject="s" * 255, email="e" * 320, name="n" * 320, locale="l" * 320)
    assert len(SEAL.close(replace(ATTEMPT, claims=claims))) < 3500


@pytest.mark.parametrize(
    "change", ["", "x", "\ud800", SEAL.close(ATTEMPT)[:-4] + "AAA=", "gAAAAA" + "A" * 94]
)
def test_what_was_not_sealed_here_is_nothing(change: str) -> None:
    assert SEAL.open(change) is None
    assert AttemptSeal(b"o" * 32).open(SEAL.close(ATTEMPT)) is None
