"""A listing changes by its version, and only from state to state that follow each other."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest
from tests.support.market import listed_car, listing_of

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, NotAllowedError
from drivetrain.market.listings.domain.listing import (
    FOLLOWING,
    Listing,
    ListingState,
    Owner,
    edited,
    moved,
    owner_of,
)
from drivetrain.market.listings.domain.money import Money

LATER = datetime(2026, 12, 1, tzinfo=UTC)


def listing(state: ListingState = ListingState.LIVE) -> Listing:
    live = listing_of(listed_car(1))
    live_at = None if state is ListingState.DRAFT else live.live_at
    return Listing(
        live.listing_id,
        live.owner,
        live.car,
        live.price,
        state,
        2,
        live.created_at,
        live.changed_at,
        "a",
        live_at,
    )


@pytest.mark.parametrize(("state", "following"), list(product(ListingState, ListingState)))
def test_only_following_states_can_be_reached(state, following):
    former = listing(state)
    if following in FOLLOWING[state]:
        after = moved(former, 2, following, at=LATER, by="ann")
        assert (after.state, after.version, after.changed_by, after.changed_at) == (
            following,
            3,
            "ann",
            LATER,
        )
    else:
        with pytest.raises(ConflictError) as refused:
            moved(former, 2, following, at=LATER, by="ann")
        assert refused.value.code == "market.state_not_possible"


def test_a_listing_keeps_when_it_went_live_first():
    live = moved(listing(ListingState.DRAFT), 2, ListingState.LIVE, at=LATER, by="ann")
    assert live.live_at == LATER
    again = moved(listing(ListingState.RESERVED), 2, ListingState.LIVE, at=LATER, by="ann")
    assert again.live_at == listing().live_at


def test_a_change_of_another_version_is_a_conflict():
    former = listing()
    for change in (
        lambda: edited(former, 1, former.car, former.price, at=LATER, by="ann"),
        lambda: moved(former, 3, ListingState.SOLD, at=LATER, by="ann"),
    ):
        with pytest.raises(ConflictError) as refused:
            change()
        assert refused.value.code == "market.listing_changed"


def test_a_sold_car_is_not_edited():
    with pytest.raises(ConflictError) as refused:
        edited(listing(ListingState.SOLD), 2, listing().car, Money(1, "EUR"), at=LATER, by="ann")
    assert refused.value.code == "market.listing_sold"


def test_listings_are_kept_for_a_company():
    caller = Caller("ann", "c", frozenset(), company=UUID(int=1), branch=UUID(int=2))
    assert owner_of(caller) == Owner(UUID(int=1), UUID(int=2))
    with pytest.raises(NotAllowedError) as refused:
        owner_of(Caller("admin", "c", frozenset({"listings:write"})))
    assert refused.value.code == "market.no_company"
