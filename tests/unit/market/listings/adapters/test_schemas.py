"""A listing is written as its caller may see it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from tests.support.market import listed_car, listing_of

from drivetrain.core.access import Caller
from drivetrain.market.listings.adapters.schemas import CarAnswer, ListingAnswer, listing_as_dict
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.domain.listing import Owner

FIRM, OTHER_FIRM, NORTH, SOUTH = (UUID(int=number) for number in range(1, 5))


def test_the_answer_has_the_fields_that_the_document_names():
    answer = listing_as_dict(listing_of(listed_car(1)), Caller("ida", "c", frozenset()))
    assert answer.keys() == ListingAnswer.__annotations__.keys()
    assert answer["listing"].keys() == CarAnswer.__annotations__.keys() == set(LISTING.names)


@pytest.mark.parametrize(
    ("company", "branch", "is_shown"),
    [
        (FIRM, None, True),
        (FIRM, NORTH, True),
        (FIRM, SOUTH, False),
        (OTHER_FIRM, None, False),
        (None, None, False),
    ],
)
def test_the_dealers_own_id_is_shown_to_the_owner_alone(company, branch, is_shown):
    listing = listing_of(listed_car(1))
    listing = replace(listing, owner=Owner(FIRM, NORTH), car=replace(listing.car, reference="A-1", vin="W-1"))
    shown = listing_as_dict(listing, Caller("x", "c", frozenset(), company=company, branch=branch))["listing"]
    assert (shown["reference"], shown["vin"]) == (("A-1", "W-1") if is_shown else (None, None))
