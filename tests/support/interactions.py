"""Interactions in memory, for tests of recommendations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from drivetrain.market.recommendations.application.ports import OpinionPage, TakenInteractions
from drivetrain.market.recommendations.domain.interaction import (
    OPINIONS,
    Actor,
    Interaction,
    InteractionKind,
    Opinion,
)


class MemoryInteractions:
    """The port ``InteractionStore`` in memory; every listing is known but those in ``unknown``."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, UUID], tuple[datetime, Interaction]] = {}
        self.unknown: set[UUID] = set()

    def add(self, actor: Actor, interactions: Sequence[Interaction], at: datetime) -> TakenInteractions:
        taken = 0
        known = [each for each in interactions if each.listing_id not in self.unknown]
        for place, each in enumerate(known):
            key = (actor.name, each.interaction_id)
            taken += key not in self.kept
            self.kept.setdefault(key, (at + timedelta(microseconds=place), each))
        unknown = list({each.listing_id for each in interactions} & self.unknown)
        return TakenInteractions(taken, len(known) - taken, unknown)

    def opinions(
        self, actor: Actor, kinds: Collection[InteractionKind], after: UUID | None, most: int
    ) -> OpinionPage:
        latest = {
            each.listing_id: Opinion(each.listing_id, each.kind, at, each.interaction_id)
            for at, each in sorted(self._of(actor), key=lambda item: item[0])
            if each.kind in OPINIONS
        }
        items = sorted((each for each in latest.values() if each.kind in kinds), key=lambda each: each.at)
        return OpinionPage(items[::-1][:most], None)

    def take_back(self, actor: Actor, listing_id: UUID) -> int:
        return self._drop(
            lambda name, each: name == actor.name and each.listing_id == listing_id and each.kind in OPINIONS
        )

    def erase(self, actor: Actor) -> int:
        return self._drop(lambda name, _: name == actor.name)

    def sweep(self, before: datetime) -> int:
        raise NotImplementedError

    def _of(self, actor: Actor) -> list[tuple[datetime, Interaction]]:
        return [item for (name, _), item in self.kept.items() if name == actor.name]

    def _drop(self, is_dropped) -> int:
        dropped = [key for key, (_, each) in self.kept.items() if is_dropped(key[0], each)]
        for key in dropped:
            del self.kept[key]
        return len(dropped)
