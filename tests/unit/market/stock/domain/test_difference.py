from __future__ import annotations

from uuid import UUID

import pytest

from drivetrain.market.stock.domain.difference import (
    Difference,
    RefusedCars,
    StockItem,
    difference,
)
from drivetrain.market.stock.domain.identity import Identity

NONE_REFUSED = RefusedCars()


def named(name: str) -> Identity:
    return Identity(None, name, "golf", 1_000.0)


def item(number: int, identity: Identity, digest: bytes = b"a", *, is_gone: bool = False) -> StockItem:
    return StockItem(UUID(int=number), identity, digest, is_gone)


def removing(gone: int, stock: int) -> Difference:
    return Difference(stock, [], [], [], [item(n, named(str(n))) for n in range(gone)], stock - gone, 0)


def test_a_table_is_new_changed_unchanged_back_and_gone() -> None:
    stock = [
        item(1, named("same")),
        item(2, named("changed")),
        item(3, named("gone")),
        item(4, named("back"), is_gone=True),
        item(5, named("long gone"), is_gone=True),
    ]
    table = [(named("new"), b"n"), (named("back"), b"a"), (named("changed"), b"b"), (named("same"), b"a")]
    change = difference(table, stock, NONE_REFUSED)
    assert change.stock == 3
    assert change.new == [0]
    assert [(place, each.listing_id.int) for place, each in change.back] == [(1, 4)]
    assert [(place, each.listing_id.int) for place, each in change.changed] == [(2, 2)]
    assert [each.listing_id.int for each in change.gone] == [3]
    assert (change.unchanged, change.kept) == (1, 0)


def test_the_same_table_again_changes_nothing() -> None:
    table = [(named(str(n)), b"a") for n in range(5)]
    change = difference(table, [item(n, named(str(n))) for n in range(5)], NONE_REFUSED)
    assert (change.new, change.changed, change.back, change.gone, change.unchanged) == ([], [], [], [], 5)


def test_a_car_whose_row_is_refused_is_not_gone() -> None:
    with_vin = Identity("VIN001", None, "golf", 1.0)
    nameless = Identity(None, None, "golf", 1.0)
    stock = [item(1, with_vin), item(2, named("A")), item(3, named("B")), item(4, nameless)]
    refused = RefusedCars(frozenset({"VIN001"}), frozenset({"A"}))
    change = difference([], stock, refused)
    assert ([each.listing_id.int for each in change.gone], change.kept) == ([3, 4], 2)
    change = difference([], stock, RefusedCars(has_nameless=True))
    assert ([each.listing_id.int for each in change.gone], change.kept) == ([1, 2, 3], 1)


def test_a_nameless_car_that_was_gone_does_not_come_back() -> None:
    nameless = Identity(None, None, "golf", 1_000.0)
    change = difference([(nameless, b"a")], [item(1, nameless, is_gone=True)], NONE_REFUSED)
    assert (change.new, change.back) == ([0], [])


def test_of_two_listings_of_a_car_that_is_back_the_later_one_is_meant() -> None:
    gone = [item(2, named("A"), is_gone=True), item(1, named("A"), is_gone=True)]
    change = difference([(named("A"), b"a")], gone, NONE_REFUSED)
    assert [each.listing_id.int for _, each in change.back] == [2]


@pytest.mark.parametrize(
    ("gone", "stock", "accepted", "is_held"),
    [
        (3, 10, 0, False),  # 30 % is not more than 30 %
        (4, 10, 0, True),
        (4, 10, 4, False),  # confirmed
        (5, 10, 4, True),  # but not so many
        (1, 2, 0, False),  # a single car may be sold
        (2, 2, 0, True),
        (0, 0, 0, False),
    ],
)
def test_a_table_that_removes_much_is_held(gone: int, stock: int, accepted: int, is_held: bool) -> None:
    assert removing(gone, stock).removes_too_much(accepted) is is_held
