"""The life of a review."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from drivetrain.core.errors import ConflictError
from drivetrain.market.reviews.domain.review import (
    DealerAnswer,
    Rejection,
    Review,
    ReviewState,
    ReviewVersion,
    Ruling,
    answered,
    edited,
    ruled,
)

NOW = datetime(2026, 11, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
NEW = Review(UUID(int=1), UUID(int=2), UUID(int=3), None, (ReviewVersion(4, "Good", NOW),))
PUBLISHED = ruled(NEW, 1, Ruling(NOW, "mia"))
ANSWER = DealerAnswer("Thanks", LATER, "ann")


def test_a_moderator_publishes_or_rejects_what_they_read() -> None:
    assert NEW.state is ReviewState.PENDING
    assert PUBLISHED.state is ReviewState.PUBLISHED
    rejected = ruled(PUBLISHED, 1, Ruling(LATER, "mia", Rejection.OFFENSIVE, "No"))
    assert (rejected.state, rejected.ruling) == (
        *(ReviewState.REJECTED, Ruling(LATER, "mia", Rejection.OFFENSIVE, "No")),
    )
    with pytest.raises(ConflictError, match="at version 2"):
        ruled(edited(NEW, 1, 1, "Bad", at=LATER), 1, Ruling(LATER, "mia"))


def test_an_edit_is_read_again_and_what_was_said_before_is_kept() -> None:
    other = edited(PUBLISHED, 1, 1, "Bad", at=LATER)
    assert (other.state, other.ruling, other.version) == (ReviewState.PENDING, None, 2)
    assert [version.text for version in other.versions] == ["Good", "Bad"]
    with pytest.raises(ConflictError, match="at version 2"):
        edited(other, 1, 5, "Great", at=LATER)


def test_a_dealer_answers_a_published_review_once() -> None:
    assert answered(PUBLISHED, ANSWER).answer == ANSWER
    with pytest.raises(ConflictError, match="answered already"):
        answered(answered(PUBLISHED, ANSWER), ANSWER)
    with pytest.raises(ConflictError, match="published"):
        answered(NEW, ANSWER)
