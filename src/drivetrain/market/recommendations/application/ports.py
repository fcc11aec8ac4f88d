"""What the use cases of recommendations need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from drivetrain.market.recommendations.domain.fit import Fit, Looks
from drivetrain.market.recommendations.domain.interaction import Actor, Interaction, InteractionKind, Opinion
from drivetrain.market.recommendations.domain.scoring import SeenCar
from drivetrain.market.search.domain.columns import ListedCar


@dataclass(frozen=True, slots=True)
class TakenInteractions:
    """What became of a batch.

    Attributes:
        taken: how many are new.
        repeated: how many were there before.
        unknown: listings that nobody may see; what was done with them is not kept.
    """

    taken: int
    repeated: int
    unknown: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class OpinionPage:
    """Opinions, newest first; ``next`` is the id of the last one's interaction where more follow."""

    items: Sequence[Opinion]
    next: UUID | None


class InteractionStore(Protocol):
    """Where interactions are kept. Blocking; every method raises UnavailableError while the database cannot be reached."""

    def add(self, actor: Actor, interactions: Sequence[Interaction], at: datetime) -> TakenInteractions:
        """Keep what is new, all or none; each a microsecond after the one before it."""
        ...

    def opinions(
        self, actor: Actor, kinds: Collection[InteractionKind], after: UUID | None, most: int
    ) -> OpinionPage:
        """The latest opinion about each listing, newest first.

        Args:
            kinds: which of them are wanted.
            after: an interaction of the actor's; those behind it.
        """
        ...

    def take_back(self, actor: Actor, listing_id: UUID) -> int:
        """Delete the opinions about a listing; how many there were."""
        ...

    def erase(self, actor: Actor) -> int:
        """Delete everything of an actor; how much there was."""
        ...

    def sweep(self, before: datetime) -> int:
        """Delete what is older, but what people like and dislike; how much there was."""
        ...


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a buyer.

    Attributes:
        seen: cars that the buyer showed interest in and does not dislike, latest first, whether or not they are still on
            sale.
        opened: ids of all listings that the buyer opened lately; 32 hexadecimal digits.
        disliked: ids of those that the buyer does not want to see again.
    """

    seen: Sequence[SeenCar] = ()
    opened: frozenset[str] = frozenset()
    disliked: frozenset[str] = frozenset()


class Profiles(Protocol):
    """Where it is read what a buyer did. Blocking."""

    def of(self, actor: Actor) -> Profile:
        """What is known of an actor.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...


class Fits(Protocol):
    """Where it is kept what was learned. Blocking.

    Every method raises UnavailableError while the database cannot be reached.
    """

    def latest_version(self) -> int:
        """The version of the latest fit; 0 where there is none."""
        ...

    def latest(self) -> Fit:
        """The latest fit; one of version 0 where there is none."""
        ...

    def looks(self, since: datetime) -> tuple[Looks, Sequence[ListedCar]]:
        """Who looked at which cars since an instant, and these cars."""
        ...
