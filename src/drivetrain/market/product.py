"""The card of market: everything the product contributes, in one place.

Built so far: listings with their values, import of stock, search, similar cars and comparisons, reports, photos,
what buyers do with listings and what is recommended to them, conversations, reviews, and figures of the stock.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import SystemRandom
from typing import TYPE_CHECKING

from drivetrain.core.changes import Audience, Topic
from drivetrain.lifecycle.kit.imports import imported, when_called
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.kit.processes import Process
from drivetrain.lifecycle.kit.products import CommandGroup, ProductCard
from drivetrain.lifecycle.kit.tasks import Task
from drivetrain.market.alerts.domain.scopes import SAVED_SEARCHES, SEARCHES_SAVE
from drivetrain.market.conversations.adapters.settings import ConversationSettings
from drivetrain.market.conversations.domain.scopes import CONVERSATIONS_SUPPORT, CONVERSATIONS_WRITE
from drivetrain.market.conversations.domain.tasks import SWEEP_CONVERSATIONS
from drivetrain.market.listings.adapters.settings import ListingSettings
from drivetrain.market.listings.domain.scopes import LISTINGS_MODERATE, LISTINGS_READ, LISTINGS_WRITE
from drivetrain.market.listings.domain.tasks import EXPIRE_LISTINGS, VALUE_ALL_LISTINGS, VALUE_LISTINGS
from drivetrain.market.recommendations.adapters.settings import RecommendationSettings
from drivetrain.market.recommendations.domain.scopes import INTERACTIONS_WRITE
from drivetrain.market.reviews.domain.scopes import REVIEWS_MODERATE, REVIEWS_WRITE
from drivetrain.market.search.adapters.settings import SearchSettings
from drivetrain.market.shares.domain.share import LISTINGS_SHARE
from drivetrain.market.stock.adapters.settings import StockSettings
from drivetrain.market.stock.domain.feed import TAKE_FEED
from drivetrain.market.stock.domain.pull import PULL_STOCK

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.pictures import PictureUploads
    from drivetrain.adapters.http.ports import ServingPorts
    from drivetrain.lifecycle.kit.personal_data import PersonalData
    from drivetrain.market.listings.application.keep_listings import KeepListings
    from drivetrain.market.search.application.find_similar import FindSimilar
    from drivetrain.market.search.application.follow_listings import FollowListings
    from drivetrain.market.search.application.ports import LiveCars

NAME = "market"
_LOOK_FOR_FITS_S = 5.0
"""How old the listings may be that are recommended; laying a fit over all of them costs more than searching them."""


def _routes(ports: ServingPorts, installation: Installation) -> Sequence[APIRouter]:
    from drivetrain.adapters.postgres.event_log import PostgresEventLog  # FastAPI and SQL: only for serving
    from drivetrain.market.insight.adapters.http import insight_routes
    from drivetrain.market.insight.adapters.own_stock import PostgresOwnStock
    from drivetrain.market.insight.application.describe_own_stock import DescribeOwnStock
    from drivetrain.market.insight.application.describe_stock import DescribeStock
    from drivetrain.market.listings.adapters.http import listing_routes
    from drivetrain.market.listings.adapters.notices import SellerNotices
    from drivetrain.market.listings.adapters.report_store import PostgresReports
    from drivetrain.market.listings.adapters.reports_http import report_routes
    from drivetrain.market.listings.adapters.store import PostgresListings
    from drivetrain.market.listings.application.keep_listings import KeepListings
    from drivetrain.market.listings.application.moderate_reports import ModerateReports
    from drivetrain.market.listings.application.report_listing import ReportListing
    from drivetrain.market.search.adapters.http import compare_routes, search_routes, similar_routes
    from drivetrain.market.search.adapters.live_cars import PostgresLiveCars
    from drivetrain.market.search.adapters.map_http import map_routes
    from drivetrain.market.search.application.compare_listings import CompareListings
    from drivetrain.market.search.application.find_similar import FindSimilar
    from drivetrain.market.search.application.follow_listings import FollowListings
    from drivetrain.market.search.application.map_listings import MapListings
    from drivetrain.market.search.application.search_listings import SearchListings

    settings = installation.settings(SearchSettings)
    log, cars = PostgresEventLog(ports.engine), PostgresLiveCars(ports.engine)
    following = FollowListings(cars, log, settings.rate_table)
    ports.repeat("market listings", following.look, settings.look_every_s)
    uploads = _picture_uploads()
    store = PostgresListings(ports.engine, log, ports.queue)
    keep, reports = (
        KeepListings(store, ports.clock, installation.branches(ports.engine)),
        PostgresReports(ports.engine, store, ports.audit, SellerNotices(installation.announcements())),
    )
    similar = FindSimilar(following, cars, keep, settings.rate_table)
    return [
        listing_routes(keep),
        report_routes(
            ReportListing(keep, reports, ports.limiter, ports.clock), ModerateReports(reports, ports.clock)
        ),
        search_routes(SearchListings(following, cars, settings.rate_table), settings.currency),
        map_routes(MapListings(following), settings.currency),
        similar_routes(similar),
        _photo_routes(ports, installation, uploads),
        *_conversation_routes(ports, installation, keep, similar, uploads),
        _review_routes(ports),
        _stock_routes(ports, installation),
        *_alert_routes(ports, settings, following, keep),
        *_share_routes(ports, keep),
        insight_routes(
            DescribeStock(following, ports.clock),
            DescribeOwnStock(PostgresOwnStock(ports.engine), ports.clock),
            settings.rate_table,
            settings.currency,
        ),
        compare_routes(CompareListings(keep, settings.rate_table, settings.currency)),
        *_recommendation_routes(ports, following, cars, settings),
    ]


def _recommendation_routes(
    ports: ServingPorts, following: FollowListings, cars: LiveCars, settings: SearchSettings
) -> Sequence[APIRouter]:
    from drivetrain.market.recommendations.adapters.fits import PostgresFits
    from drivetrain.market.recommendations.adapters.http import recommendation_routes
    from drivetrain.market.recommendations.adapters.interaction_store import PostgresInteractions
    from drivetrain.market.recommendations.adapters.interactions_http import interaction_routes
    from drivetrain.market.recommendations.adapters.profiles import PostgresProfiles
    from drivetrain.market.recommendations.application.follow_fit import FollowFit
    from drivetrain.market.recommendations.application.keep_interactions import KeepInteractions
    from drivetrain.market.recommendations.application.recommend_cars import RecommendCars

    fit = FollowFit(PostgresFits(ports.engine), following)
    ports.repeat("market recommendations", fit.look, _LOOK_FOR_FITS_S)
    recommend = RecommendCars(
        fit,
        PostgresProfiles(ports.engine),
        cars,
        settings.rate_table,
        ports.clock,
        SystemRandom(),
    )
    return [
        interaction_routes(KeepInteractions(PostgresInteractions(ports.engine), ports.limiter, ports.clock)),
        recommendation_routes(recommend, settings.currency),
    ]


def _picture_uploads() -> PictureUploads:
    from drivetrain.adapters.http.pictures import PictureUploads
    from drivetrain.adapters.images.limited import LimitedPictures

    return PictureUploads(LimitedPictures())


def _conversation_routes(
    ports: ServingPorts,
    installation: Installation,
    listings: KeepListings,
    similar: FindSimilar,
    uploads: PictureUploads,
) -> Sequence[APIRouter]:
    from drivetrain.adapters.disk.objects import FolderObjects
    from drivetrain.market.conversations.adapters.http import conversation_routes
    from drivetrain.market.conversations.adapters.notices import Notices
    from drivetrain.market.conversations.adapters.photo_store import PostgresSharedPhotos
    from drivetrain.market.conversations.adapters.presence import PostgresPresence
    from drivetrain.market.conversations.adapters.report_store import PostgresConversationReports
    from drivetrain.market.conversations.adapters.reports_http import conversation_report_routes
    from drivetrain.market.conversations.adapters.similar_cars import SimilarFromIndex
    from drivetrain.market.conversations.adapters.store import PostgresConversations
    from drivetrain.market.conversations.application.keep_conversations import KeepConversations
    from drivetrain.market.conversations.application.report_conversations import ReportConversations
    from drivetrain.market.conversations.application.write_messages import WriteMessages

    store = PostgresConversations(ports.engine, Notices(installation.announcements()))
    photos = PostgresSharedPhotos(ports.engine, FolderObjects(installation.folder / "photos"))
    presence, limiter, clock = PostgresPresence(ports.engine), ports.limiter, ports.clock
    write = WriteMessages(store, listings, presence, SimilarFromIndex(similar), limiter, clock)
    keep = KeepConversations(store, photos, presence, limiter, clock)
    reports = PostgresConversationReports(ports.engine, ports.audit)
    return [
        conversation_routes(write, keep, uploads),
        conversation_report_routes(ReportConversations(keep, reports, limiter, clock)),
    ]


def _review_routes(ports: ServingPorts) -> APIRouter:
    from drivetrain.market.conversations.adapters.contacts import ConversationContacts
    from drivetrain.market.reviews.adapters.http import review_routes
    from drivetrain.market.reviews.adapters.store import PostgresReviews
    from drivetrain.market.reviews.application.moderate_reviews import ModerateReviews
    from drivetrain.market.reviews.application.read_reviews import ReadReviews
    from drivetrain.market.reviews.application.write_reviews import WriteReviews

    store, limiter, clock = PostgresReviews(ports.engine, ports.audit), ports.limiter, ports.clock
    # reviews ask for contacts, conversations know them, and neither knows the other
    write = WriteReviews(store, ConversationContacts(ports.engine), limiter, clock)
    return review_routes(write, ReadReviews(store), ModerateReviews(store, limiter, clock))


def _photo_routes(ports: ServingPorts, installation: Installation, uploads: PictureUploads) -> APIRouter:
    from drivetrain.adapters.disk.objects import FolderObjects
    from drivetrain.market.listings.adapters.photo_store import PostgresPhotos
    from drivetrain.market.listings.adapters.photos_http import photo_routes
    from drivetrain.market.listings.application.keep_photos import KeepPhotos

    photos = PostgresPhotos(ports.engine, FolderObjects(installation.folder / "photos"))
    return photo_routes(KeepPhotos(photos, ports.limiter, ports.clock), uploads)


def _alert_routes(
    ports: ServingPorts, settings: SearchSettings, following: FollowListings, keep: KeepListings
) -> Sequence[APIRouter]:
    from drivetrain.market.alerts.adapters.alert_store import PostgresAlerts
    from drivetrain.market.alerts.adapters.http import alert_routes, saved_search_routes
    from drivetrain.market.alerts.adapters.reading import SearchReader
    from drivetrain.market.alerts.adapters.search_store import PostgresSavedSearches
    from drivetrain.market.alerts.application.keep_searches import KeepSearches
    from drivetrain.market.alerts.application.read_alerts import ReadAlerts
    from drivetrain.market.search.adapters.live_cars import PostgresLiveCars

    searches, reader = PostgresSavedSearches(ports.engine), SearchReader(following, settings.currency)
    cars = PostgresLiveCars(ports.engine)
    return [
        saved_search_routes(KeepSearches(searches, reader, keep, ports.clock)),
        alert_routes(ReadAlerts(PostgresAlerts(ports.engine), cars, ports.clock)),
    ]


def _share_routes(ports: ServingPorts, keep: KeepListings) -> Sequence[APIRouter]:
    from drivetrain.market.shares.adapters.http import share_routes, shared_page_routes
    from drivetrain.market.shares.adapters.store import PostgresShares
    from drivetrain.market.shares.application.keep_shares import KeepShares
    from drivetrain.market.shares.application.open_share import OpenShare

    store = PostgresShares(ports.engine)
    return [
        share_routes(KeepShares(store, keep, ports.clock)),
        shared_page_routes(OpenShare(store, ports.limiter, ports.clock)),
    ]


def _stock_routes(ports: ServingPorts, installation: Installation) -> APIRouter:
    from drivetrain.adapters.postgres.task_desk import PostgresTaskDesk
    from drivetrain.market.stock.adapters.http import StockPorts, stock_routes
    from drivetrain.market.stock.adapters.pulls import PostgresPulls
    from drivetrain.market.stock.adapters.quarantine import StockQuarantine
    from drivetrain.market.stock.adapters.store import PostgresStock
    from drivetrain.market.stock.adapters.tasks import feed_folder
    from drivetrain.market.stock.application.keep_feeds import KeepFeeds
    from drivetrain.market.stock.application.keep_mappings import KeepMappings
    from drivetrain.market.stock.application.keep_pulls import KeepPulls

    store = PostgresStock(ports.engine, ports.queue)
    allow_loopback = installation.settings(StockSettings).allow_loopback
    return stock_routes(
        StockPorts(
            KeepFeeds(store, feed_folder(installation), ports.clock),
            KeepMappings(store, ports.clock),
            KeepPulls(store, PostgresPulls(ports.engine, ports.queue), ports.clock, allow_loopback),
            PostgresTaskDesk(ports.engine),
            ports.limits.batch_bytes,
            StockQuarantine(installation.quarantine).file_of,
        )
    )


def _personal_data() -> Sequence[PersonalData]:
    from drivetrain.adapters.postgres.personal_rows import PersonalRows  # SQL
    from drivetrain.market.alerts.adapters.tables import alerts, saved_searches
    from drivetrain.market.conversations.adapters.personal import ConversationsOfPeople
    from drivetrain.market.listings.adapters.tables import listing_reports
    from drivetrain.market.recommendations.adapters.tables import interactions
    from drivetrain.market.reviews.adapters.tables import review_reports, review_versions, reviews
    from drivetrain.market.shares.adapters.tables import listing_shares

    own = (
        *(review_reports.c.reporter, review_versions.c.author_id, reviews.c.author_id),
        *(alerts.c.person_id, saved_searches.c.person_id, listing_shares.c.person_id),
    )
    return [PersonalRows((listing_reports.c.reporter, interactions.c.actor, *own)), ConversationsOfPeople()]


CARD = ProductCard(
    name=NAME,
    summary="Which used cars are on sale, and which of them somebody is looking for.",
    routes=_routes,
    commands=(
        CommandGroup(
            "market",
            "Market: dealers' stock, demonstration stock.",
            imported("drivetrain.market.stock.adapters.commands:app"),
        ),
    ),
    tasks=(
        Task(
            name=VALUE_LISTINGS,
            summary="Value listings that have changed, and rate their prices.",
            run=when_called("drivetrain.market.listings.adapters.tasks:value_listings"),
            cron="*/5 * * * *",
        ),
        Task(
            name=VALUE_ALL_LISTINGS,
            summary="Value all listings that another version of a model valued.",
            run=when_called("drivetrain.market.listings.adapters.tasks:value_all_listings"),
            in_child=True,
        ),
        Task(
            name=EXPIRE_LISTINGS,
            summary="Withdraw live listings that their owners have not changed, and no feed has named, for long.",
            run=when_called("drivetrain.market.stock.adapters.tasks:expire_listings"),
            cron="17 * * * *",
        ),
        Task(
            name=TAKE_FEED,
            summary="Take a table of a dealer as their stock.",
            run=when_called("drivetrain.market.stock.adapters.tasks:take_feed"),
            in_child=True,
        ),
        Task(
            name=PULL_STOCK,
            summary="Fetch the table of a dealer from their server.",
            run=when_called("drivetrain.market.stock.adapters.tasks:pull_stock"),
        ),
        Task(
            name="market.pull-due",
            summary="Have the dealers' tables fetched that are due.",
            run=when_called("drivetrain.market.stock.adapters.tasks:pull_due"),
            cron="*/5 * * * *",
        ),
        Task(
            name="market.sweep-stock",
            summary="End tables of stock that nobody confirmed, and remove files that nobody needs.",
            run=when_called("drivetrain.market.stock.adapters.sweeping:sweep_stock"),
            cron="29 3 * * *",
        ),
        Task(
            name=SWEEP_CONVERSATIONS,
            summary="Delete conversations in which nobody has written for long, and files of photos that are gone.",
            run=when_called("drivetrain.market.conversations.adapters.sweeping:sweep_conversations"),
            cron="41 * * * *",
        ),
        Task(
            name="market.fit-recommendations",
            summary="Learn from what buyers looked at, for recommendations.",
            run=when_called("drivetrain.market.recommendations.adapters.tasks:fit_recommendations"),
            cron="11 */6 * * *",
            in_child=True,
        ),
        Task(
            name="market.sweep-interactions",
            summary="Forget what buyers did with listings long ago.",
            run=when_called("drivetrain.market.recommendations.adapters.tasks:sweep_interactions"),
            cron="47 3 * * *",
        ),
        Task(
            name="market.remove_old_alerts",
            summary="Remove alerts that were told long ago.",
            run=when_called("drivetrain.market.alerts.adapters.matching:remove_old"),
            cron="37 3 * * *",
        ),
        Task(
            name="market.remove_expired_shares",
            summary="Remove public links that have expired.",
            run=when_called("drivetrain.market.shares.adapters.store:remove_expired"),
            cron="43 3 * * *",
        ),
    ),
    processes=(
        Process(
            name="market-alerts",
            summary="The matching of changed listings with saved searches",
            run=when_called("drivetrain.market.alerts.adapters.matching:match_alerts"),
            is_enabled=lambda _: True,
            is_loop=lambda _: True,
        ),
    ),
    migrations=(
        "drivetrain.market.listings.adapters.migrations",
        "drivetrain.market.stock.adapters.migrations",
        "drivetrain.market.recommendations.adapters.migrations",
        "drivetrain.market.conversations.adapters.migrations",
        "drivetrain.market.reviews.adapters.migrations",
        "drivetrain.market.alerts.adapters.migrations",
        "drivetrain.market.shares.adapters.migrations",
    ),
    scopes=(
        LISTINGS_READ,
        LISTINGS_WRITE,
        LISTINGS_MODERATE,
        INTERACTIONS_WRITE,
        CONVERSATIONS_WRITE,
        CONVERSATIONS_SUPPORT,
        REVIEWS_WRITE,
        REVIEWS_MODERATE,
        SEARCHES_SAVE,
        LISTINGS_SHARE,
    ),
    topics=(
        Topic("conversations", CONVERSATIONS_WRITE.name, Audience.PERSON),
        Topic("company_conversations", CONVERSATIONS_WRITE.name, Audience.COMPANY),
        Topic("support_conversations", CONVERSATIONS_SUPPORT.name),
        Topic("reviews", REVIEWS_MODERATE.name),
        Topic(SAVED_SEARCHES, SEARCHES_SAVE.name, Audience.PERSON),
    ),
    personal_data=_personal_data,
    settings=(ListingSettings, SearchSettings, StockSettings, RecommendationSettings, ConversationSettings),
)
