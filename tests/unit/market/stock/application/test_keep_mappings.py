from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.support.fakes import FixedClock

from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, NotAllowedError, NotFoundError
from drivetrain.market.listings.domain.listing import Owner
from drivetrain.market.stock.application.keep_mappings import KeepMappings
from drivetrain.market.stock.application.ports import MappingVersion
from drivetrain.market.stock.domain.feed import StockSource

FIRM = Owner(UUID(int=1))
DEALER = Caller("ann", "key", frozenset(), company=FIRM.company)


class MemoryMappings:
    """The part of the port ``StockStore`` that keeps mappings."""

    def __init__(self) -> None:
        self.known = StockSource(UUID(int=7), FIRM, "main")
        self.versions: list[MappingVersion] = []

    def source(self, owner: Owner, name: str) -> StockSource:
        return self.known

    def known_source(self, owner: Owner, name: str) -> StockSource | None:
        return self.known if name == self.known.name else None

    def mapping(self, source: StockSource, version: int) -> MappingVersion:
        return self.versions[version - 1]

    def add_mapping(self, source: StockSource, new: MappingVersion) -> None:
        if new.version != self.known.mapping_version + 1:
            raise ConflictError("changed", code="market.mapping_changed")
        self.versions.append(new)
        self.known = replace(self.known, mapping_version=new.version)


@pytest.fixture
def keep() -> KeepMappings:
    store: Any = MemoryMappings()
    return KeepMappings(store, FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))


def test_each_correction_is_a_version_and_those_of_before_stay(keep: KeepMappings) -> None:
    assert keep.present("main", DEALER).version == 0
    keep.replace("main", 0, {"columns": {"Preis": "price"}}, DEALER)
    keep.replace("main", 1, {"columns": {"VK": "price"}}, DEALER)
    assert keep.present("main", DEALER).mapping.columns.as_dict() == {"VK": "price"}
    first = keep.present("main", DEALER, 1)
    assert (first.mapping.columns.as_dict(), first.created_by) == ({"Preis": "price"}, "ann")


def test_looking_at_a_source_that_nobody_named_yet_is_no_mapping(keep: KeepMappings) -> None:
    assert keep.present("trial", DEALER).version == 0
    with pytest.raises(NotFoundError):
        keep.present("trial", DEALER, 1)


def test_a_correction_of_an_old_version_is_a_conflict(keep: KeepMappings) -> None:
    keep.replace("main", 0, {"columns": {"Preis": "price"}}, DEALER)
    with pytest.raises(ConflictError):
        keep.replace("main", 0, {"columns": {"VK": "price"}}, DEALER)


def test_what_says_the_same_is_no_new_version(keep: KeepMappings) -> None:
    plain = {"fixed": {"currency": "EUR"}}
    assert keep.replace("main", 0, plain, DEALER).version == 1
    assert keep.replace("main", 1, plain, DEALER).version == 1
    assert keep.extend("main", FIRM, {}, {"currency": "EUR"}, "console").version == 1


def test_what_is_added_takes_the_place_of_what_it_contradicts(keep: KeepMappings) -> None:
    words = {"fuel": {"Benziner": "petrol"}}
    plain = {"columns": {"Preis": "price", "Währung": "currency"}, "words": words, "fixed": {"year": "2020"}}
    keep.replace("main", 0, plain, DEALER)
    extended = keep.extend("main", FIRM, {"VK": "price", "Jahr": "year"}, {"currency": "EUR"}, "console")
    assert extended.mapping.as_dict() == {
        "columns": {"VK": "price", "Jahr": "year"},
        "words": words,
        "fixed": {"currency": "EUR"},
    }


def test_who_acts_for_no_company_has_no_mapping(keep: KeepMappings) -> None:
    with pytest.raises(NotAllowedError):
        keep.present("main", Caller("ann", "key", frozenset()))
