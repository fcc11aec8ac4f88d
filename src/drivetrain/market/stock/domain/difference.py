"""What a table changes in the stock of its dealer: new cars, changed ones, those that are gone, and those that are back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from drivetrain.market.stock.domain.identity import Identity, matches

MOST_REMOVED = 0.3
"""Share of a stock that a table may remove by itself: more is a table that was cut, or of another branch."""


class ChangeKind(StrEnum):
    """What became of a car."""

    NEW = "new"
    CHANGED = "changed"
    BACK = "back"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class StockItem:
    """A car of the stock, as the tables so far have it.

    Attributes:
        digest: of all that the last table with the car says of it.
        is_gone: whether the last table has it no more.
    """

    listing_id: UUID
    identity: Identity
    digest: bytes
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class RefusedCars:
    """What is known of the cars whose rows were refused: they are still there.

    Attributes:
        vins, references: as they are compared.
        has_nameless: whether there are rows that name no car.
    """

    vins: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    has_nameless: bool = False

    def may_be(self, identity: Identity) -> bool:
        """Whether a refused row may stand for a car."""
        if identity.vin in self.vins or identity.reference in self.references:
            return True
        return self.has_nameless and not identity.is_named


@dataclass(frozen=True, slots=True)
class Difference:
    """A table beside the stock of before; cars of the table by their places.

    Attributes:
        stock: how many cars were there before.
        new: cars that nobody knew.
        changed: cars of which the table says something else than the last one.
        back: cars that were gone.
        gone: cars of the stock that the table has no more.
        unchanged: how many cars are as they were.
        kept: how many cars of the stock are not among the good rows, and may be among the refused ones.
    """

    stock: int
    new: Sequence[int]
    changed: Sequence[tuple[int, StockItem]]
    back: Sequence[tuple[int, StockItem]]
    gone: Sequence[StockItem]
    unchanged: int
    kept: int

    def removes_too_much(self, accepted: int) -> bool:
        """Whether somebody must confirm first; a single car may always be sold.

        Args:
            accepted: how many removals were confirmed, >= 0.
        """
        removed = len(self.gone)
        return removed > max(1, accepted) and removed > MOST_REMOVED * self.stock


def difference(
    cars: Sequence[tuple[Identity, bytes]], items: Sequence[StockItem], refused: RefusedCars
) -> Difference:
    """Compare a table with the stock.

    Args:
        cars: identity and digest of each good row; no two of one VIN, or of one id.
        items: the stock, with the cars that are gone.
    """
    identities = [identity for identity, _ in cars]
    present = [item for item in items if not item.is_gone]
    pairs = matches(identities, [item.identity for item in present])
    known = [(place, present[other]) for place, other in pairs.items()]
    unknown = [place for place in range(len(cars)) if place not in pairs]
    back = _returned(unknown, identities, [item for item in items if item.is_gone])
    again = {place for place, _ in back}
    changed = [(place, item) for place, item in known if cars[place][1] != item.digest]
    missing = _without(present, set(pairs.values()))
    gone = [item for item in missing if not refused.may_be(item.identity)]
    return Difference(
        stock=len(present),
        new=[place for place in unknown if place not in again],
        changed=changed,
        back=back,
        gone=gone,
        unchanged=len(known) - len(changed),
        kept=len(missing) - len(gone),
    )


def _returned(
    places: Sequence[int], identities: Sequence[Identity], gone: Sequence[StockItem]
) -> list[tuple[int, StockItem]]:
    """Those that the dealer names as cars that were gone; a nameless one that is alike is another car by now."""
    named_places = [place for place in places if identities[place].is_named]
    named_gone = _last_of_each([item for item in gone if item.identity.is_named])
    pairs = matches([identities[place] for place in named_places], [item.identity for item in named_gone])
    return [(named_places[place], named_gone[other]) for place, other in pairs.items()]


def _last_of_each(gone: Sequence[StockItem]) -> list[StockItem]:
    """Of cars with one VIN, or without VIN of one id, the one that was made last."""
    by_name = {item.identity.vin or item.identity.reference: item for item in _by_age(gone)}
    return list(by_name.values())


def _by_age(items: Sequence[StockItem]) -> list[StockItem]:
    return sorted(items, key=lambda item: item.listing_id)


def _without(items: Sequence[StockItem], places: Collection[int]) -> list[StockItem]:
    return [item for place, item in enumerate(items) if place not in places]
