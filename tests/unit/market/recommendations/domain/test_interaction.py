"""Whose interactions they are: a person's own, or those of a visitor of one key."""

from __future__ import annotations

from uuid import UUID

import pytest

from drivetrain.core.access import Caller
from drivetrain.core.errors import InvalidInputError
from drivetrain.market.recommendations.domain.interaction import actor_of

ANNA = Caller("person:x", "session", frozenset(), person=UUID(int=7))
SHOP, OTHER_SHOP = (Caller(name, name, frozenset()) for name in ("shop", "other shop"))
VISIT = "visit-0001"


def test_a_person_is_their_id_whatever_the_credential():
    assert actor_of(ANNA, None).name == f"person:{UUID(int=7)}"


def test_the_same_visitor_under_another_key_is_somebody_else():
    assert actor_of(SHOP, VISIT) != actor_of(OTHER_SHOP, VISIT)
    assert actor_of(SHOP, VISIT) == actor_of(SHOP, VISIT)


@pytest.mark.parametrize(
    ("caller", "visitor", "code"),
    [
        (ANNA, VISIT, "market.visitor_of_person"),  # nobody speaks for somebody else
        (SHOP, None, "market.no_visitor"),  # a key is nobody who looks for a car
        (SHOP, "short", "market.bad_visitor"),
        (SHOP, "x" * 65, "market.bad_visitor"),
        (SHOP, "anna@example.org", "market.bad_visitor"),  # opaque: no address
        (SHOP, "visit-0001\n", "market.bad_visitor"),
        (SHOP, "visit:shop:1", "market.bad_visitor"),  # would be another key's
    ],
)
def test_others_are_refused(caller, visitor, code):
    with pytest.raises(InvalidInputError) as refusal:
        actor_of(caller, visitor)
    assert refusal.value.code == code
