"""The background tasks of stock: taking a feed, fetching tables, and withdrawing what neither feed nor owner looks after."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from drivetrain.adapters.outgoing.public_http import PublicHttp
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.core.errors import NotFoundError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts
from drivetrain.market.listings.adapters.batches import PostgresListingBatches
from drivetrain.market.listings.adapters.notices import SellerNotices
from drivetrain.market.listings.adapters.settings import ListingSettings
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.application.change_listings import ChangeListings
from drivetrain.market.listings.application.expire_listings import ExpireListings
from drivetrain.market.stock.adapters.download import HttpDownload
from drivetrain.market.stock.adapters.freshness import UnconfirmedListings
from drivetrain.market.stock.adapters.pulls import PostgresPulls
from drivetrain.market.stock.adapters.quarantine import StockQuarantine
from drivetrain.market.stock.adapters.reading import StockTableReader
from drivetrain.market.stock.adapters.settings import StockSettings
from drivetrain.market.stock.adapters.store import PostgresStock
from drivetrain.market.stock.application.keep_feeds import KeepFeeds
from drivetrain.market.stock.application.keep_pulls import KeepPulls, PullStock
from drivetrain.market.stock.application.take_feed import TakeFeed
from drivetrain.market.stock.domain.feed import FeedState

MOST_ROWS = 250_000
"""Of one feed: its cars are in memory until they are written. A larger dealer has several sources."""


def take_feed(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result:
    """Take a feed that waits; its file is removed, unless the feed is held.

    Raises:
        UnavailableError: the file or the database cannot be reached now; nothing was changed.
    """
    installation, database = ports.installation, ports.database
    store = PostgresStock(database.engine, ports.queue)
    keep = KeepFeeds(store, feed_folder(installation), installation.clock)
    feed = store.feed(UUID(arguments["feed_id"]), None)
    if feed.state is not FeedState.WAITING:
        return {"feed_id": str(feed.feed_id), "state": feed.state.value}
    take = feed_taker(installation, database)
    table = take.prepare(feed, keep.file_of(feed), progress)
    with ports.effect({"feed_id": str(feed.feed_id)}) as connection:
        ended = take(connection, feed, table, progress)
    if ended.state is not FeedState.HELD:
        keep.forget(feed)
    return {"feed_id": str(feed.feed_id), "state": ended.state.value}


def pull_due(ports: TaskPorts, _: Arguments, __: Progress) -> Result:
    """Have the tables fetched that are due."""
    pulls = PostgresPulls(ports.database.engine, ports.queue)
    return {"pulls": pulls.defer_due(ports.installation.clock.now())}


def pull_stock(ports: TaskPorts, arguments: Arguments, _: Progress) -> Result:
    """Fetch the table of a source; one that is another than the last is taken by a task of its own.

    Raises:
        UnavailableError: the database cannot be reached, or the disk is full.
    """
    installation, engine = ports.installation, ports.database.engine
    settings = installation.settings(StockSettings)
    stock, clock = PostgresStock(engine, ports.queue), installation.clock
    http = PublicHttp(allow_loopback=settings.allow_loopback, total_s=settings.timeout_s)
    pull = PullStock(
        KeepPulls(stock, PostgresPulls(engine, ports.queue), clock, settings.allow_loopback),
        KeepFeeds(stock, feed_folder(installation), clock),
        HttpDownload(http, settings.most_bytes),
    )
    try:
        feed = pull(UUID(arguments["source_id"]))
    except NotFoundError:  # it was removed meanwhile
        return {"feed_id": None}
    return {"feed_id": None if feed is None else str(feed.feed_id)}


def expire_listings(ports: TaskPorts, _: Arguments, __: Progress) -> Result:
    """Withdraw live listings that nobody has changed, and no feed has named, for long; how many there were."""
    installation, engine = ports.installation, ports.database.engine
    notices = SellerNotices(installation.announcements())
    store = UnconfirmedListings(PostgresListings(engine, PostgresEventLog(engine)), notices)
    after = timedelta(days=installation.settings(ListingSettings).listing_days)
    return {"expired": ExpireListings(store, installation.clock, after)()}


def feed_taker(installation: Installation, database: OpenDatabase) -> TakeFeed:
    """What takes feeds in this process."""
    limits = ParseLimits(
        rows=min(MOST_ROWS, installation.limits.rows), wall_s=installation.limits.parse_timeout_s
    )
    return TakeFeed(
        StockTableReader(limits),
        PostgresStock(database.engine),
        ChangeListings(PostgresListingBatches(PostgresEventLog(database.engine))),
        StockQuarantine(installation.quarantine),
        installation.clock,
    )


def feed_folder(installation: Installation) -> Path:
    """Where the files of feeds wait."""
    return installation.uploads / "stock"
