"""Correcting how the tables of a dealer are read; each correction is a version, and feeds say by which they were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drivetrain.core.access import Caller
from drivetrain.core.errors import NotFoundError
from drivetrain.core.time import Clock
from drivetrain.market.listings.domain.listing import Owner, owner_of
from drivetrain.market.stock.application.mapping import StockMapping, read_mapping
from drivetrain.market.stock.application.ports import MappingVersion, StockStore
from drivetrain.market.stock.domain.feed import StockSource


@dataclass(frozen=True, slots=True)
class KeepMappings:
    """The mappings of a dealer's sources."""

    store: StockStore
    clock: Clock

    def present(self, source: str, caller: Caller, version: int | None = None) -> MappingVersion:
        """The mapping by which the next feed is read, or one of before; version 0, empty, where there is none yet.

        Raises:
            NotAllowedError: ``market.no_company``.
            NotFoundError: ``market.unknown_mapping``.
        """
        known = self.store.known_source(owner_of(caller), source)
        present = 0 if known is None else known.mapping_version
        chosen = present if version is None else version
        if chosen == 0:
            return MappingVersion(0, StockMapping(), self.clock.now(), caller.subject)
        if known is None:
            raise NotFoundError(
                f"There is no version {version} of the mapping.", code="market.unknown_mapping"
            )
        return self.store.mapping(known, chosen)

    def sources(self, caller: Caller) -> Sequence[StockSource]:
        """The sources that the caller's company, or branch, has named so far.

        Raises:
            NotAllowedError: ``market.no_company``.
        """
        return self.store.sources(owner_of(caller))

    def replace(self, source: str, version: int, plain: Mapping[str, Any], caller: Caller) -> MappingVersion:
        """Make the next version, unless it would say what the present one says.

        Args:
            version: the present one, on which the correction was made; 0 for the first.

        Raises:
            NotAllowedError: ``market.no_company``.
            InvalidInputError: ``data.bad_mapping``.
            ConflictError: ``market.mapping_changed``.
        """
        owner = owner_of(caller)
        return self._next(self.store.source(owner, source), version, read_mapping(plain), caller.subject)

    def extend(
        self, source: str, owner: Owner, columns: Mapping[str, str], fixed: Mapping[str, str], by: str
    ) -> MappingVersion:
        """Add headings and values of all rows to the present mapping of an owner; those of before give way.

        Raises:
            InvalidInputError: ``data.bad_mapping``.
            ConflictError: ``market.mapping_changed``.
        """
        known = self.store.source(owner, source)
        plain = self._mapping_of(known, known.mapping_version).as_dict()
        taken = {*columns.values(), *fixed}
        kept = {heading: name for heading, name in plain["columns"].items() if name not in taken}
        plain["columns"] = {**kept, **columns}
        values = {name: value for name, value in plain["fixed"].items() if name not in columns.values()}
        plain["fixed"] = {**values, **fixed}
        return self._next(known, known.mapping_version, read_mapping(plain), by)

    def _next(self, known: StockSource, version: int, mapping: StockMapping, by: str) -> MappingVersion:
        """The next version; the present one where it says the same."""
        if version == known.mapping_version and mapping == self._mapping_of(known, version):
            return MappingVersion(version, mapping, self.clock.now(), by)
        new = MappingVersion(version + 1, mapping, self.clock.now(), by)
        self.store.add_mapping(known, new)
        return new

    def _mapping_of(self, known: StockSource, version: int) -> StockMapping:
        return self.store.mapping(known, version).mapping if version else StockMapping()
