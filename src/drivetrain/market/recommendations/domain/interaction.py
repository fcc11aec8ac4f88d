"""What somebody did with a listing, and who it was, as far as anybody needs to know."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from drivetrain.core.access import Caller, subject_of
from drivetrain.core.errors import FieldError, InvalidInputError

MOST_AT_ONCE = 100
"""Interactions in one request."""

MOST_POSITIONS = 500
LONGEST_POLICY = 40
VISITOR_PATTERN = "[A-Za-z0-9_-]{8,64}"
_VISITOR = re.compile(VISITOR_PATTERN, re.ASCII)


class InteractionKind(StrEnum):
    """What was done."""

    VIEW = "view"
    LIKE = "like"
    DISLIKE = "dislike"
    CONTACT = "contact"
    SHARE = "share"
    COMPARE = "compare"
    IMPRESSION = "impression"


INTEREST: Mapping[InteractionKind, float] = {
    InteractionKind.VIEW: 1.0,
    InteractionKind.COMPARE: 2.0,
    InteractionKind.SHARE: 2.0,
    InteractionKind.LIKE: 3.0,
    InteractionKind.CONTACT: 4.0,
}
"""How much interest each shows, in views. A judgement: nothing has measured yet which of them come before a deal."""

OPINIONS = frozenset({InteractionKind.LIKE, InteractionKind.DISLIKE})
"""What holds until it is taken back; of several about one listing the latest counts."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whose interactions they are.

    Attributes:
        name: opaque; ``person:`` and an id, or ``visitor:`` with the key that speaks for the visitor and the id of the
            visit.
    """

    name: str


@dataclass(frozen=True, slots=True)
class SlatePlace:
    """Where a listing stood when it was shown, as the answer with the slate said it.

    Attributes:
        position: from 1.
        propensity: probability with which the policy put this listing there, in (0, 1].
    """

    slate: UUID
    position: int
    policy: str
    propensity: float


@dataclass(frozen=True, slots=True)
class Interaction:
    """Something that was done with a listing.

    Attributes:
        interaction_id: given by whoever reports it; of two of an actor with one id the first counts.
        place: None where it did not come from a slate.
    """

    interaction_id: UUID
    listing_id: UUID
    kind: InteractionKind
    place: SlatePlace | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody thinks of a listing: the latest like or dislike."""

    listing_id: UUID
    kind: InteractionKind
    at: datetime
    interaction_id: UUID


def actor_of(caller: Caller, visitor: str | None) -> Actor:
    """Whose interactions a caller reports or asks for.

    A visitor belongs to the key that speaks for the visit: the same id under another key is somebody else.

    Args:
        visitor: id of a visit, which only a key of the installation may name; None for the caller's own.

    Raises:
        InvalidInputError: ``market.visitor_of_person``; a person spoke for a visitor. ``market.no_visitor``; a key did
            not say for whom it speaks. ``market.bad_visitor``.
    """
    if caller.person is not None:
        if visitor is not None:
            raise _wrong("market.visitor_of_person", "Who is signed in has no visitor; leave it out.")
        return Actor(subject_of(caller.person))
    if visitor is None:
        raise _wrong("market.no_visitor", "A key speaks for a visitor; name the visit.")
    if not _VISITOR.fullmatch(visitor):
        raise _wrong("market.bad_visitor", "It must be 8 to 64 letters, digits, hyphens and underscores.")
    return Actor(f"visitor:{caller.subject}:{visitor}")


def _wrong(code: str, detail: str) -> InvalidInputError:
    return InvalidInputError(detail, code=code, errors=[FieldError(code, detail, pointer="/visitor")])
