"""What is done with listings is kept once, and forgotten when its actor says so."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.support.interactions import MemoryInteractions
from tests.support.limits import MemoryRateLimiter

from drivetrain.core.errors import TooManyRequestsError
from drivetrain.core.time import SystemClock
from drivetrain.market.recommendations.application.keep_interactions import (
    BATCHES_A_MINUTE,
    KeepInteractions,
)
from drivetrain.market.recommendations.domain.interaction import (
    OPINIONS,
    Actor,
    Interaction,
    InteractionKind,
)

ANNA, BEN = Actor("person:anna"), Actor("person:ben")


@pytest.fixture
def keep() -> KeepInteractions:
    return KeepInteractions(MemoryInteractions(), MemoryRateLimiter(), SystemClock())


def done(number: int, kind: InteractionKind, listing: int = 1) -> Interaction:
    return Interaction(UUID(int=number), UUID(int=listing), kind)


def liked(keep: KeepInteractions, actor: Actor) -> list[tuple[int, str]]:
    return [
        (each.listing_id.int, each.kind) for each in keep.opinions(actor, OPINIONS, after=None, most=9).items
    ]


def test_a_batch_that_is_sent_again_is_taken_once(keep):
    batch = [done(1, InteractionKind.VIEW), done(2, InteractionKind.LIKE)]
    assert keep.record(ANNA, batch).taken == 2
    again = keep.record(ANNA, batch)
    assert (again.taken, again.repeated) == (0, 2)
    assert keep.record(BEN, batch).taken == 2, "the ids of one actor are not those of another"


def test_the_later_opinion_of_a_batch_counts_until_it_is_taken_back(keep):
    keep.record(ANNA, [done(1, InteractionKind.LIKE), done(2, InteractionKind.DISLIKE)])
    keep.record(BEN, [done(1, InteractionKind.LIKE)])
    assert liked(keep, ANNA) == [(1, "dislike")]
    keep.take_back(ANNA, UUID(int=1))
    assert (liked(keep, ANNA), liked(keep, BEN)) == ([], [(1, "like")])


def test_one_who_forgets_forgets_nobody_else(keep):
    for actor in (ANNA, BEN):
        keep.record(actor, [done(1, InteractionKind.LIKE), done(2, InteractionKind.VIEW)])
    assert keep.forget(ANNA) == 2
    assert (liked(keep, ANNA), liked(keep, BEN)) == ([], [(1, "like")])


def test_an_actor_sends_so_many_batches_and_no_more(keep):
    for number in range(BATCHES_A_MINUTE.hits):
        keep.record(ANNA, [done(number, InteractionKind.VIEW)])
    with pytest.raises(TooManyRequestsError):
        keep.record(ANNA, [done(10_000, InteractionKind.VIEW)])
    assert keep.record(BEN, [done(1, InteractionKind.VIEW)]).taken == 1
