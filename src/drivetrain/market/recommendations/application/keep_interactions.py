"""Taking in what people and visitors do with listings, showing it to them, and forgetting it when they say so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.limits import RateLimiter, RateRule, require_room
from drivetrain.core.time import Clock
from drivetrain.market.recommendations.application.ports import (
    InteractionStore,
    OpinionPage,
    TakenInteractions,
)
from drivetrain.market.recommendations.domain.interaction import Actor, Interaction, InteractionKind

BATCHES_A_MINUTE = RateRule("market.interactions.minute", hits=60, window_s=60)
BATCHES_A_DAY = RateRule("market.interactions.day", hits=3_000, window_s=86_400)


@dataclass(frozen=True, slots=True)
class KeepInteractions:
    """Keeps the interactions of one actor at a time; nobody reaches those of others."""

    store: InteractionStore
    limiter: RateLimiter
    clock: Clock

    def record(self, actor: Actor, interactions: Sequence[Interaction]) -> TakenInteractions:
        """Keep what is new. The instant is ours: the clocks of clients are wrong.

        Raises:
            TooManyRequestsError: ``limits.too_many_requests``.
            UnavailableError: the database cannot be reached.
        """
        require_room(self.limiter, [(BATCHES_A_MINUTE, actor.name), (BATCHES_A_DAY, actor.name)])
        return self.store.add(actor, interactions, self.clock.now())

    def opinions(
        self, actor: Actor, kinds: Collection[InteractionKind], *, after: UUID | None, most: int
    ) -> OpinionPage:
        """What the actor likes and dislikes, newest first."""
        return self.store.opinions(actor, kinds, after, most)

    def take_back(self, actor: Actor, listing_id: UUID) -> None:
        """Neither like nor dislike a listing any more; one without an opinion changes nothing."""
        self.store.take_back(actor, listing_id)

    def forget(self, actor: Actor) -> int:
        """Erase everything the actor did; how much there was."""
        return self.store.erase(actor)
