"""What the use cases of stock need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from drivetrain.core.errors import FieldError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.data.table_profiles import TableProfile
from drivetrain.market.listings.application.change_listings import CarForSale
from drivetrain.market.listings.domain.listing import Owner
from drivetrain.market.stock.application.mapping import StockMapping
from drivetrain.market.stock.application.read_rows import StockCar
from drivetrain.market.stock.domain.difference import ChangeKind, RefusedCars, StockItem
from drivetrain.market.stock.domain.feed import Feed, StockSource


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is set aside.

    Attributes:
        row: 1-based data row.
        cells: as they were, in the order of the header.
    """

    row: int
    cells: Sequence[str]
    errors: Sequence[FieldError]


@dataclass(frozen=True, slots=True)
class StockTable:
    """A table of a dealer, read.

    Attributes:
        header: its headings, as written.
        headings: of the columns that are read of it, by our names.
        fixed: our names of columns that the mapping gives a value for all rows.
        missing: needed columns that it lacks; while there is one, no row is read.
        ignored: the first cells of its other columns, by heading.
        total: data rows.
        cars, offers: of the good rows, and what each of them says, read when it is asked for.
        refused_cars: what the refused rows say of their cars.
        unread_words: by column, words that nobody knows, most frequent first.
        warnings: what is unusual about good rows, each with the number of rows: ``field``, ``code``, ``detail``, ``rows``.
        first_rows: the first good ones, as listings have them.
        profile: what stands in its columns, as it was sent; None where nobody asked.
    """

    header: Sequence[str]
    headings: Mapping[str, str]
    fixed: Sequence[str] = ()
    missing: Sequence[str] = ()
    ignored: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    total: int = 0
    cars: Sequence[StockCar] = ()
    offers: Sequence[CarForSale] = ()
    refused: Sequence[RefusedRow] = ()
    refused_cars: RefusedCars = field(default_factory=RefusedCars)
    unread_words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    warnings: Sequence[Mapping[str, Any]] = ()
    first_rows: Sequence[Mapping[str, object]] = ()
    sheet: str | None = None
    profile: TableProfile | None = None


class ReadStock(Protocol):
    """Reads a file as a table of stock. Blocking."""

    def __call__(
        self, file: Path, mapping: StockMapping, progress: Progress, *, with_profile: bool = False
    ) -> StockTable:
        """Read every row.

        Args:
            with_profile: to see what stands in its columns, too.

        Raises:
            ContractError: a column is there twice.
            UnreadableInputError, InvalidInputError: it is no table, or has no rows.
            UnavailableError: it cannot be read now.
        """
        ...


class SetAside(Protocol):
    """Keeps refused rows where a person will look."""

    def __call__(self, feed_id: UUID, table: StockTable) -> None:
        """Keep the refused rows of a table; without any, nothing.

        Raises:
            UnavailableError: they cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What a feed changes about a car of the stock.

    Attributes:
        item: the car after it.
        former: the listing that it had before; None for a new one.
    """

    kind: ChangeKind
    item: StockItem
    former: UUID | None = None


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Feeds, newest first; ``next`` is the id of the last one where more follow."""

    items: Sequence[Feed]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """What a feed changed, by listing; ``next`` is the id of the last one where more follow."""

    items: Sequence[tuple[UUID, ChangeKind]]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """A version of a source's mapping, >= 1."""

    version: int
    mapping: StockMapping
    created_at: datetime
    created_by: str


class StockStore(Protocol):
    """Where the stock of dealers is kept. Blocking; every method raises UnavailableError while it cannot be reached.

    ``connection`` is one of SQLAlchemy, in a transaction. What is out of an owner's reach is not found, exactly like what
    does not exist.
    """

    def source(self, owner: Owner, name: str) -> StockSource:
        """The source of this name, which is made where there is none.

        Raises:
            ConflictError: ``market.too_many_sources``; the owner has as many as may be.
        """
        ...

    def known_source(self, owner: Owner, name: str) -> StockSource | None:
        """The source of this name; None where there is none: looking at one makes none."""
        ...

    def sources(self, owner: Owner) -> Sequence[StockSource]:
        """The owner's own sources, by name."""
        ...

    def add_feed(self, feed: Feed) -> Feed:
        """Keep a feed that waits, and have a task take it.

        Raises:
            TooManyRequestsError: ``market.feeds_waiting``; as many feeds of this source wait as may.
        """
        ...

    def note_feed(self, feed: Feed) -> None:
        """Keep a feed that no task is to take."""
        ...

    def feed(self, feed_id: UUID, owner: Owner | None) -> Feed:
        """One feed.

        Args:
            owner: whose it must be; None for anybody's.

        Raises:
            NotFoundError: ``market.unknown_feed``.
        """
        ...

    def feeds(self, owner: Owner, before: UUID | None, most: int) -> FeedPage:
        """Feeds of an owner, newest first."""
        ...

    def last_feed(self, source_id: UUID) -> Feed | None:
        """The newest feed of a source that is no preview; None before the first."""
        ...

    def confirm(self, feed: Feed) -> Feed:
        """Have a task take a held feed again.

        Raises:
            ConflictError: ``market.feed_not_held``; somebody was faster.
        """
        ...

    def changes(self, feed_id: UUID, kind: ChangeKind | None, after: UUID | None, most: int) -> ChangePage:
        """What a feed changed."""
        ...

    def mapping(self, source: StockSource, version: int) -> MappingVersion:
        """A version of a mapping.

        Raises:
            NotFoundError: ``market.unknown_mapping``.
        """
        ...

    def add_mapping(self, source: StockSource, new: MappingVersion) -> None:
        """Keep the next version of a mapping.

        Raises:
            ConflictError: ``market.mapping_changed``; it is not the next one.
        """
        ...

    def confirm_source(self, source_id: UUID, at: datetime) -> None:
        """Note that the cars of a source are for sale still, although no feed of it was taken."""
        ...

    def lock_source(self, connection: Any, source_id: UUID) -> StockSource:
        """A source, whose stock nobody else changes until the transaction ends."""
        ...

    def items(self, connection: Any, source_id: UUID) -> Sequence[StockItem]:
        """The stock of a source, with the cars that are gone."""
        ...

    def change_items(
        self, connection: Any, source_id: UUID, feed_id: UUID, changes: Sequence[ItemChange]
    ) -> None:
        """Change the stock of a source, each change with its line in the history of the feed."""
        ...

    def end_feed(self, connection: Any, feed: Feed) -> None:
        """Note what came of a feed; one that was taken is the last of its source, and says that its cars are for sale still."""
        ...
