"""Sides, read marks and what is refused in a conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, NotAllowedError
from drivetrain.market.conversations.domain.conversation import (
    Conversation,
    Party,
    Side,
    answered_by_itself,
    party_of,
    person_of,
    read_up_to,
    require_open,
    written,
)

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ANNA, BORIS = UUID(int=11), UUID(int=12)
FIRM, RIVAL, NORTH, SOUTH = (UUID(int=number) for number in (1, 2, 3, 4))
ABOUT_A_CAR = Conversation(UUID(int=9), ANNA, FIRM, NORTH, UUID(int=8), NOW, NOW)
WITH_SUPPORT = replace(ABOUT_A_CAR, company=None, branch=None, listing=None)


@pytest.mark.parametrize(
    ("party", "side", "of_support"),
    [
        (Party("p", ANNA, None), Side.BUYER, Side.BUYER),
        (Party("p", BORIS, None), None, None),
        (Party("p", BORIS, FIRM), Side.DEALER, None),
        (Party("p", BORIS, FIRM, NORTH), Side.DEALER, None),
        (Party("p", BORIS, FIRM, SOUTH), None, None),  # another branch
        (Party("p", BORIS, RIVAL), None, None),
        (Party("p", ANNA, FIRM), Side.BUYER, Side.BUYER),  # who wrote to their own company
        (Party("key", None, FIRM), Side.DEALER, None),
        (Party("p", BORIS, None, is_support=True), None, Side.SUPPORT),
        (Party("key", None, None), None, None),
    ],
)
def test_who_is_on_which_side(party: Party, side: Side | None, of_support: Side | None) -> None:
    assert (ABOUT_A_CAR.side_of(party), WITH_SUPPORT.side_of(party)) == (side, of_support)


def test_nobody_who_acts_for_a_company_is_the_support() -> None:
    scopes = frozenset({"conversations:support"})
    assert party_of(Caller("p", "c", scopes, person=ANNA)).is_support
    assert not party_of(Caller("p", "c", scopes, person=ANNA, company=FIRM)).is_support
    with pytest.raises(NotAllowedError, match="begun by people"):
        person_of(Caller("key", "c", scopes))


def test_what_a_side_writes_it_has_read_and_the_other_one_has_not() -> None:
    asked = written(ABOUT_A_CAR, Side.BUYER, at=NOW + timedelta(hours=1))
    assert (asked.unread(Side.BUYER), asked.unread(Side.DEALER)) == (0, 1)
    automatic = answered_by_itself(asked)
    assert (automatic.unread(Side.BUYER), automatic.unread(Side.DEALER)) == (1, 2)
    answered = written(automatic, Side.DEALER, at=NOW + timedelta(hours=2))
    assert (answered.unread(Side.BUYER), answered.unread(Side.DEALER)) == (2, 0)
    assert (answered.messages, answered.last_at) == (3, NOW + timedelta(hours=2))


def test_a_read_mark_never_goes_back_or_past_the_last_message() -> None:
    three = replace(ABOUT_A_CAR, messages=3)
    assert [read_up_to(three, Side.DEALER, position).read[Side.DEALER] for position in (2, 9, 0)] == [2, 3, 0]
    assert read_up_to(read_up_to(three, Side.DEALER, 2), Side.DEALER, 1).read[Side.DEALER] == 2


@pytest.mark.parametrize(
    ("blocking", "side", "code"),
    [
        ([Side.DEALER], Side.BUYER, "market.blocked"),
        ([Side.BUYER], Side.BUYER, "market.blocked_by_you"),
        ([Side.BUYER], Side.DEALER, "market.blocked"),
        ([Side.BUYER, Side.DEALER], Side.DEALER, "market.blocked_by_you"),
    ],
)
def test_nobody_writes_to_or_from_a_blocked_person(blocking: list[Side], side: Side, code: str) -> None:
    with pytest.raises(NotAllowedError) as caught:
        require_open(ABOUT_A_CAR, blocking, side)
    assert caught.value.code == code


def test_nobody_writes_where_a_moderator_ended_the_conversation() -> None:
    require_open(ABOUT_A_CAR, [], Side.BUYER)
    with pytest.raises(ConflictError, match="moderator ended"):
        require_open(replace(ABOUT_A_CAR, closed_at=NOW), [], Side.BUYER)
