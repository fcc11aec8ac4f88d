"""A company's listings: made as drafts, seen by others once live, changed by nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock
from tests.support.market import MemoryListings

from drivetrain.core.access import Caller
from drivetrain.core.errors import ContractError, NotAllowedError, NotFoundError
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.listing import Listing, ListingState, Owner

FIRM, OTHER_FIRM, NORTH, SOUTH = (UUID(int=number) for number in range(1, 5))
NOW = datetime(2026, 12, 1, tzinfo=UTC)
NORTHERN = Caller("ann", "c", frozenset(), company=FIRM, branch=NORTH)
SOUTHERN = Caller("bob", "c", frozenset(), company=FIRM, branch=SOUTH)
HEAD = Caller("eve", "c", frozenset(), company=FIRM)
RIVAL = Caller("joe", "c", frozenset(), company=OTHER_FIRM)
BUYER = Caller("ida", "c", frozenset())


class HarborBranches:
    """The port ``Branches``: the first company has the branch 7."""

    def has(self, company: UUID, branch: UUID) -> bool:
        return (company, branch) == (UUID(int=1), UUID(int=7))


@pytest.fixture
def keep() -> KeepListings:
    return KeepListings(MemoryListings(), FixedClock(NOW), HarborBranches())


def draft(keep: KeepListings) -> Listing:
    return keep.create(LISTING.example(), NORTHERN)[0]


def test_a_draft_belongs_to_the_company_and_branch_of_who_made_it(keep):
    listing = draft(keep)
    assert (listing.owner.company, listing.owner.branch) == (FIRM, NORTH)
    assert (listing.state, listing.version, listing.changed_by) == (ListingState.DRAFT, 1, "ann")
    assert [change.since for change in listing.prices] == [NOW]


@pytest.mark.parametrize(
    ("caller", "is_seen"), [(NORTHERN, True), (HEAD, True), (SOUTHERN, False), (RIVAL, False), (BUYER, False)]
)
def test_a_draft_is_seen_within_its_branch_and_a_live_listing_by_everybody(keep, caller, is_seen):
    listing = draft(keep)
    if is_seen:
        assert keep.find(listing.listing_id, caller) == listing
    else:
        with pytest.raises(NotFoundError):
            keep.find(listing.listing_id, caller)
    keep.move(listing.listing_id, 1, ListingState.LIVE, NORTHERN)
    assert keep.find(listing.listing_id, caller).state is ListingState.LIVE


@pytest.mark.parametrize("caller", [SOUTHERN, RIVAL])
def test_nobody_else_changes_a_listing_though_they_see_it(keep, caller):
    listing = draft(keep)
    keep.move(listing.listing_id, 1, ListingState.LIVE, NORTHERN)
    for change in (
        lambda: keep.edit(listing.listing_id, 2, LISTING.example(), caller),
        lambda: keep.move(listing.listing_id, 2, ListingState.SOLD, caller),
    ):
        with pytest.raises(NotFoundError) as refused:
            change()
        assert refused.value.code == "market.unknown_listing"


def test_whoever_acts_for_no_company_keeps_no_listings(keep):
    listing = draft(keep)
    for use in (
        lambda: keep.create(LISTING.example(), BUYER),
        lambda: keep.edit(listing.listing_id, 1, LISTING.example(), BUYER),
        lambda: keep.move(listing.listing_id, 1, ListingState.LIVE, BUYER),
        lambda: keep.own(BUYER, state=None, before=None, most=1),
    ):
        with pytest.raises(NotAllowedError):
            use()


def test_another_price_goes_into_the_history_and_the_same_one_does_not(keep):
    listing = draft(keep)
    keep.edit(listing.listing_id, 1, {**LISTING.example(), "color": "red"}, HEAD)
    keep.edit(listing.listing_id, 2, {**LISTING.example(), "price": 13_500}, HEAD)
    prices = [change.price.amount for change in keep.find(listing.listing_id, HEAD).prices]
    assert prices == [14_990.0, 13_500.0]


def test_own_listings_come_newest_first_page_by_page(keep):
    ids = [draft(keep).listing_id for _ in range(5)]
    keep.move(ids[0], 1, ListingState.LIVE, HEAD)
    first = keep.own(NORTHERN, state=None, before=None, most=3)
    rest = keep.own(NORTHERN, state=None, before=first.next, most=3)
    assert [each.listing_id for each in (*first.items, *rest.items)] == sorted(ids, reverse=True)
    assert rest.next is None
    live = keep.own(HEAD, state=ListingState.LIVE, before=None, most=3)
    assert [each.listing_id for each in live.items] == [ids[0]]
    assert keep.own(SOUTHERN, state=None, before=None, most=3).items == []


def test_who_acts_for_a_whole_company_may_name_a_branch_of_it(keep):
    whole = Caller("ann", "key", frozenset(), company=UUID(int=1))
    listing, _ = keep.create(LISTING.example(), whole, UUID(int=7))
    assert listing.owner == Owner(UUID(int=1), UUID(int=7))
    for caller, branch in (
        (whole, UUID(int=8)),  # of no company
        (replace(whole, company=UUID(int=2)), UUID(int=7)),  # of another company
        (replace(whole, branch=UUID(int=8)), UUID(int=7)),  # the caller acts for another branch
    ):
        with pytest.raises(ContractError) as refused:
            keep.create(LISTING.example(), caller, branch)
        assert (refused.value.errors[0].code, refused.value.errors[0].pointer) == (
            *("market.unknown_branch", "/branch_id"),
        )
    own = replace(whole, branch=UUID(int=8))
    assert keep.create(LISTING.example(), own, UUID(int=8))[0].owner.branch == UUID(int=8)
