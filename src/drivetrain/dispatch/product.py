"""The card of dispatch: everything the product contributes, in one place.

Built so far: events, state, features, matching one by one and in windows, the sweeper of rides, the board, and a
synthetic city, and policies beside each other in simulated ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from drivetrain.dispatch.events.adapters.settings import EventSettings, KafkaSettings
from drivetrain.dispatch.features.adapters.settings import FeatureSettings
from drivetrain.dispatch.matching.adapters.settings import MatchSettings
from drivetrain.dispatch.matching.domain.scopes import DISPATCH_MATCH
from drivetrain.dispatch.state.adapters.settings import StateSettings
from drivetrain.dispatch.state.domain.scopes import DISPATCH_READ
from drivetrain.lifecycle.kit.imports import imported, when_called
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.kit.processes import Process
from drivetrain.lifecycle.kit.products import CommandGroup, ProductCard
from drivetrain.lifecycle.kit.tasks import Task

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts
    from drivetrain.core.event_log import EventLog
    from drivetrain.dispatch.features.adapters.parity_store import PostgresParityReports
    from drivetrain.dispatch.features.application.follow_steps import FollowSteps
    from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
    from drivetrain.dispatch.state.application.ports import DeadEvents

NAME = "dispatch"

_BREATH_S = 0.02
"""Between two looks of those who follow the log, whatever they say of pauses."""

_USE_EVERY_S = 1.0
_PARITY_LOOK_S = 60.0
"""How soon a worker shows a new report of parity."""


def _routes(ports: ServingPorts, installation: Installation) -> Sequence[APIRouter]:
    from drivetrain.adapters.disk.process_report import ProcessReport
    from drivetrain.adapters.postgres.event_log import PostgresEventLog  # FastAPI and SQL: only for serving
    from drivetrain.adapters.postgres.event_notices import PostgresEventNotifier
    from drivetrain.dispatch.board.adapters.http import board_routes
    from drivetrain.dispatch.board.adapters.rides import PostgresRideBoard
    from drivetrain.dispatch.board.application.count_cells import CountCells
    from drivetrain.dispatch.board.application.read_board import ReadBoard
    from drivetrain.dispatch.events.adapters.groups import GroupedEvents
    from drivetrain.dispatch.events.adapters.http import event_routes
    from drivetrain.dispatch.events.adapters.metrics import EventMetrics
    from drivetrain.dispatch.events.adapters.store import PostgresEventStore
    from drivetrain.dispatch.events.application.ingest_events import IngestEvents
    from drivetrain.dispatch.events.domain.events import REQUESTS_CHANNEL
    from drivetrain.dispatch.features.adapters.http import feature_routes
    from drivetrain.dispatch.features.adapters.parity_store import PostgresParityReports
    from drivetrain.dispatch.matching.adapters.metrics import RideMetrics
    from drivetrain.dispatch.matching.adapters.policy_http import policy_routes
    from drivetrain.dispatch.matching.adapters.policy_store import PostgresPolicyReleases
    from drivetrain.dispatch.matching.adapters.rides import PostgresRideStore
    from drivetrain.dispatch.matching.adapters.rides_http import ride_routes
    from drivetrain.dispatch.matching.application.release_policy import ReleasePolicy
    from drivetrain.dispatch.simulation.adapters.league_http import league_routes
    from drivetrain.dispatch.simulation.adapters.league_store import PostgresLeagues
    from drivetrain.dispatch.state.adapters.dead_events import PostgresDeadEvents
    from drivetrain.dispatch.state.adapters.dead_events_http import dead_event_routes
    from drivetrain.dispatch.state.adapters.http import driver_routes
    from drivetrain.dispatch.state.application.show_drivers import ShowDrivers

    log = PostgresEventLog(ports.engine)
    keeper = GroupedEvents(
        PostgresEventStore(ports.engine, log),
        PostgresEventNotifier(ports.engine),
        PostgresEventNotifier(ports.engine, REQUESTS_CHANNEL),
    )
    ingest = IngestEvents(keeper, installation.settings(EventSettings).limits, ports.clock)
    dead, rides = PostgresDeadEvents(ports.engine), PostgresRideBoard(ports.engine)
    following = _follow(ports, installation, log, dead)
    parity, leagues = PostgresParityReports(ports.engine), PostgresLeagues(ports.engine)
    features = _follow_steps(ports, installation, log, parity)
    cities = installation.settings(EventSettings).limits.cities
    if _takes_in_topic(installation):
        ports.add_condition(ProcessReport(installation.folder / "run", "kafka").condition)
    return [
        event_routes(ingest, ports.limits, EventMetrics(ports.registry)),
        driver_routes(ShowDrivers(following)),
        dead_event_routes(dead),
        board_routes(ReadBoard(rides, following, log, cities), rides, CountCells(following)),
        _match_routes(ports, installation, log, following, features),
        feature_routes(parity.newest),
        league_routes(leagues),
        policy_routes(ReleasePolicy(PostgresPolicyReleases(ports.engine, ports.audit), leagues, ports.clock)),
        ride_routes(
            PostgresRideStore(ports.engine, log, ride_s=installation.settings(MatchSettings).ride_s),
            RideMetrics(ports.registry),
        ),
    ]


def _takes_in_topic(installation: Installation) -> bool:
    return installation.settings(KafkaSettings).servers is not None


def _match_routes(
    ports: ServingPorts,
    installation: Installation,
    log: EventLog,
    following: FollowDrivers,
    features: FollowSteps | None,
) -> APIRouter:
    from drivetrain.dispatch.features.adapters.metrics import FeatureUseMetrics
    from drivetrain.dispatch.matching.adapters.holds import PostgresHolder
    from drivetrain.dispatch.matching.adapters.http import match_routes
    from drivetrain.dispatch.matching.adapters.metrics import MatchMetrics
    from drivetrain.dispatch.matching.adapters.overdue import PostgresExpiredOffers
    from drivetrain.dispatch.matching.application.match_rider import MatchRider
    from drivetrain.dispatch.matching.application.offer_ride import OfferRide
    from drivetrain.dispatch.matching.domain.policy import PickUpPolicy

    settings = installation.settings(MatchSettings)
    match = MatchRider(
        following, PickUpPolicy(), ports.clock, settings.radius_km, ports.decisions, features=features
    )
    ports.repeat("use of features", partial(FeatureUseMetrics(ports.registry).show, match.use), _USE_EVERY_S)
    holder = PostgresHolder(
        ports.database_url, offer_s=settings.offer_s, end_offers=PostgresExpiredOffers(ports.engine, log)
    )
    cities = installation.settings(EventSettings).limits.cities
    return match_routes(
        match, OfferRide(match, holder, settings.offer_s), tuple(cities), MatchMetrics(ports.registry)
    )


def _follow(
    ports: ServingPorts, installation: Installation, log: EventLog, dead: DeadEvents
) -> FollowDrivers:
    """The state of drivers in this worker, kept in step with the log from now on."""
    from drivetrain.adapters.postgres.event_notices import PostgresEventListener
    from drivetrain.dispatch.state.adapters.decoding import decode_updates
    from drivetrain.dispatch.state.adapters.metrics import StateMetrics
    from drivetrain.dispatch.state.adapters.packing import pack, unpack
    from drivetrain.dispatch.state.application.follow_drivers import FollowDrivers
    from drivetrain.dispatch.state.application.keep_copy import LOOK_EVERY_S as COPY_LOOK_EVERY_S
    from drivetrain.dispatch.state.application.keep_copy import KeepCopy, load_copy
    from drivetrain.dispatch.state.application.staleness import Staleness
    from drivetrain.dispatch.state.application.wait_for_news import wait_for_news

    fresh_s = installation.settings(StateSettings).fresh_s
    shared = ports.shared_copy("dispatch.drivers")
    following = FollowDrivers(
        log,
        decode_updates,
        ports.clock,
        fresh_s=fresh_s,
        set_aside=dead.set_aside,
        load_copy=None if shared is None else partial(load_copy, shared, unpack),
    )
    metrics = StateMetrics(ports.registry)

    listener = PostgresEventListener(ports.database_url, ports.ending)

    def follow() -> None:
        wait_for_news(following, listener, ports.ending)
        try:
            following.look()
        finally:
            metrics.show(following)

    ports.repeat("drivers", follow, _BREATH_S)
    ports.add_condition(Staleness(following))
    if shared is not None:
        keep = KeepCopy(following, shared, pack)
        ports.repeat("copy of drivers", keep, COPY_LOOK_EVERY_S)
        ports.add_condition(keep.condition)
    return following


def _follow_steps(
    ports: ServingPorts, installation: Installation, log: EventLog, parity: PostgresParityReports
) -> FollowSteps | None:
    """The features of drivers in this worker, kept in step with the log from now on; None where there are none."""
    from drivetrain.dispatch.features.adapters.following import follow_steps
    from drivetrain.dispatch.features.adapters.metrics import FeatureMetrics
    from drivetrain.dispatch.features.adapters.packing import pack, unpack
    from drivetrain.dispatch.features.application.follow_steps import COPY_EVERY_S, LOOK_EVERY_S
    from drivetrain.dispatch.state.application.keep_copy import LOOK_EVERY_S as COPY_LOOK_EVERY_S
    from drivetrain.dispatch.state.application.keep_copy import KeepCopy, load_copy

    shared = ports.shared_copy("dispatch.features")
    load = None if shared is None else partial(load_copy, shared, unpack)
    following, metrics = follow_steps(installation, log, load), FeatureMetrics(ports.registry)
    if following is None:
        return None

    def follow() -> None:
        try:
            following.look()
        finally:
            metrics.show(following)

    ports.repeat("features", follow, LOOK_EVERY_S)
    ports.repeat("parity of features", lambda: metrics.show_parity(parity.newest()), _PARITY_LOOK_S)
    if shared is not None:
        keep = KeepCopy(
            following,
            shared,
            pack,
            of="features",
            without="counts days of the log instead",
            every_s=COPY_EVERY_S,
        )
        ports.repeat("copy of features", keep, COPY_LOOK_EVERY_S)
        ports.add_condition(keep.condition)
    return following


CARD = ProductCard(
    name=NAME,
    summary="Which driver gets which rider, now.",
    routes=_routes,
    commands=(
        CommandGroup(
            "dispatch",
            "Dispatch: drive the platform with a synthetic city, write features of the past, choose the policy of windows.",
            imported("drivetrain.dispatch.simulation.adapters.commands:app"),
        ),
        CommandGroup(
            "simulate",
            "Try dispatch policies in simulated cities.",
            imported("drivetrain.dispatch.simulation.adapters.simulate_commands:app"),
        ),
    ),
    processes=(
        Process(
            name="dispatch",
            summary="The matcher of waiting riders and sweeper of rides",
            run=when_called("drivetrain.dispatch.matching.adapters.background:run"),
            is_enabled=lambda installation: installation.settings(MatchSettings).has_process,
            is_loop=lambda installation: installation.settings(MatchSettings).policy == "request",
            work_once=when_called("drivetrain.dispatch.features.adapters.tasks:keep_lake_once"),
        ),
        Process(
            name="dispatch-kafka",
            summary="Taking in events of dispatch from Kafka",
            run=when_called("drivetrain.dispatch.events.adapters.kafka_source:take_in_topic"),
            is_enabled=_takes_in_topic,
        ),
    ),
    tasks=(
        Task(
            name="dispatch.remove_old",
            summary="Remove events, requests of riders and offers that are older than they are kept.",
            run=when_called("drivetrain.dispatch.matching.adapters.retention:remove_old"),
            cron="41 3 * * *",
        ),
        Task(
            name="dispatch.keep_lake",
            summary="Write what the log got of rides to Parquet.",
            run=when_called("drivetrain.dispatch.features.adapters.tasks:keep_lake"),
            cron="7 * * * *",
            in_child=True,
        ),
        Task(
            name="dispatch.check_parity",
            summary="Compare the features of the last decisions with the log.",
            run=when_called("drivetrain.dispatch.features.adapters.tasks:check_parity"),
            cron="23 * * * *",
            in_child=True,
        ),
        Task(
            name="dispatch.remove_old_lake",
            summary="Remove Parquet files and reports of parity that are older than they are kept.",
            run=when_called("drivetrain.dispatch.features.adapters.tasks:remove_old"),
            cron="51 3 * * *",
        ),
    ),
    migrations=(
        "drivetrain.dispatch.events.adapters.migrations",
        "drivetrain.dispatch.state.adapters.migrations",
        "drivetrain.dispatch.features.adapters.migrations",
        "drivetrain.dispatch.matching.adapters.migrations",
        "drivetrain.dispatch.simulation.adapters.migrations",
    ),
    scopes=(DISPATCH_READ, DISPATCH_MATCH),
    settings=(EventSettings, KafkaSettings, StateSettings, FeatureSettings, MatchSettings),
)
