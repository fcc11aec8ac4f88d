"""One API worker: the application wired to the database, following what is live.

Imports neither MLflow nor LightGBM's package, polars, pandas or scikit-learn: a worker is small and starts in
a second.
"""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from drivetrain.adapters.disk.last_good import LastGood
from drivetrain.adapters.disk.set_up_report import SetUpReport
from drivetrain.adapters.disk.spool import DecisionSpool
from drivetrain.adapters.embedded.children import end_with_parent
from drivetrain.adapters.embedded.processes import WORKER, inherited_port
from drivetrain.adapters.embedded.template import fork_when_asked
from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.adapters.http.addresses import TrustedProxies
from drivetrain.adapters.http.arrival import BodyPace
from drivetrain.adapters.http.connections import ConnectionLimits, bounded_connections
from drivetrain.adapters.http.covering import CoveringServer
from drivetrain.adapters.http.decision_lists import decision_list_routes
from drivetrain.adapters.http.decisions import decision_routes
from drivetrain.adapters.http.direct import ShortWay
from drivetrain.adapters.http.documentation import add_documentation
from drivetrain.adapters.http.edge import Edge, LogRequest
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.event_streams import EventStreams
from drivetrain.adapters.http.events import event_routes
from drivetrain.adapters.http.home import home_routes
from drivetrain.adapters.http.metrics import HttpMetrics, LedgerMetrics, PredictionMetrics, name_process
from drivetrain.adapters.http.models import ModelPorts, model_routes
from drivetrain.adapters.http.origins import allow_origins
from drivetrain.adapters.http.platform import access_routes, health_routes, metrics_routes
from drivetrain.adapters.http.ports import AddCondition, BodyLimits, Repeat, ServingPorts
from drivetrain.adapters.http.replays import replay_routes
from drivetrain.adapters.http.route_table import add_routes, install_route_table
from drivetrain.adapters.http.settings import setting_routes
from drivetrain.adapters.http.table_uploads import TableUploadPorts, table_upload_routes
from drivetrain.adapters.http.tables import TableService
from drivetrain.adapters.http.tasks import task_routes
from drivetrain.adapters.http.turns import StrangersInTurn
from drivetrain.adapters.http.web_app import add_web_app
from drivetrain.adapters.http.web_bundle import WebBundle
from drivetrain.adapters.limits.limiter import RedisFirstLimiter
from drivetrain.adapters.logs.setup import configure_logs
from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog
from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.changes import PostgresChangeLog
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.ledger import PostgresDecisionWriter
from drivetrain.adapters.postgres.ledger_reader import PostgresDecisionReader
from drivetrain.adapters.postgres.ledger_search import PostgresDecisionSearch
from drivetrain.adapters.postgres.rate_hits import PostgresPasswordHits
from drivetrain.adapters.postgres.revisions import PostgresRevisions
from drivetrain.adapters.postgres.trials import PostgresTrialStore
from drivetrain.adapters.postgres.worker_states import PostgresWorkerStates
from drivetrain.adapters.tabular.answers import write_csv, write_xlsx
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.bootstrap.backups.noting import backup_note
from drivetrain.bootstrap.environment import shown_settings
from drivetrain.bootstrap.home_page import home_sources
from drivetrain.bootstrap.installation import (
    Home,
    LocalInstallation,
    announcements_of,
    home_of,
    key_issuer,
)
from drivetrain.bootstrap.preloading import preload
from drivetrain.bootstrap.redis_watch import QUOTA_INTERVAL_S, REDIS_INTERVAL_S, RedisWatch, redis_watch
from drivetrain.bootstrap.refreshing import (
    GUARD_INTERVAL_S,
    METRICS_INTERVAL_S,
    REFRESH_INTERVAL_S,
    SHADOW_INTERVAL_S,
    Refresher,
    RefreshTargets,
    Repeated,
)
from drivetrain.bootstrap.tasks import LOOK_EVERY_S, BackgroundTasks, TaskJobs, installed_tasks
from drivetrain.bootstrap.training_notes import training_notes
from drivetrain.bootstrap.trials import Trials
from drivetrain.bootstrap.web_app import absence, bundle_folder, condition
from drivetrain.core.access import KeyStore, PlatformScope, ScopeSet
from drivetrain.core.announcements import Announcements
from drivetrain.core.audit import AuditTrail
from drivetrain.core.changes import Topic
from drivetrain.core.errors import UnavailableError
from drivetrain.core.health import Condition
from drivetrain.core.limits import RateLimiter
from drivetrain.core.shared_copies import OpenSharedCopy
from drivetrain.core.time import Clock, SystemClock
from drivetrain.core.token_buckets import TokenBuckets
from drivetrain.lifecycle.kit.jobs import JobStarter
from drivetrain.lifecycle.kit.products import ModelSpec, ProductCard
from drivetrain.lifecycle.kit.task_records import TaskRecord
from drivetrain.lifecycle.releasing.explain_decision import ExplainDecision, VersionCache
from drivetrain.lifecycle.releasing.following import LiveFollower
from drivetrain.lifecycle.releasing.promotion import Releases
from drivetrain.lifecycle.releasing.replay import Window
from drivetrain.lifecycle.releasing.shadow import Shadow, ShadowingWriter
from drivetrain.lifecycle.serving.batches import TableWriters
from drivetrain.lifecycle.serving.predictions import Predictor
from drivetrain.lifecycle.serving.spilling import CatchingUpReader, SpillingWriter
from drivetrain.products import PRODUCTS, TABLES, audit_trail, joined_scopes, key_store
from drivetrain.settings import Settings

KEY_USES_INTERVAL_S = 60.0
OLD_CHANGES_INTERVAL_S = 600.0

PLATFORM_TOPICS = (
    Topic("models", PlatformScope.MODELS_READ),
    Topic("tasks", PlatformScope.TASKS_READ),
    Topic("tables", PlatformScope.TABLES_WRITE),
)
"""What the platform itself tells open pages of."""

_KEEP_ALIVE_S = 75
_SHUTDOWN_GRACE_S = 20
_log = structlog.get_logger("drivetrain.worker")


@dataclass(frozen=True, slots=True)
class Worker:
    """What one API process is made of.

    Attributes:
        ending: set when the process is asked to stop, before it waits for the requests in hand.
    """

    app: FastAPI
    edge: Edge
    ending: threading.Event


@dataclass(frozen=True, slots=True)
class ServingStores:
    """The ways of one process to the database. Opening them connects to nothing yet.

    Attributes:
        refresh_engine: of the refresher alone: a revoked key must not wait until slow requests are answered.
    """

    engine: Engine
    refresh_engine: Engine
    audit: AuditTrail
    announcements: Announcements
    catalog: PostgresModelCatalog
    keys: KeyStore
    ledger: PostgresDecisionWriter
    decision_reader: PostgresDecisionReader
    decision_batches: PostgresBatchDecisionLog


@dataclass(frozen=True, slots=True)
class Answering:
    """What answers in one process: the live models, and the way of their decisions into the ledger."""

    predictors: Mapping[str, Predictor[Any]]
    live_models: LiveFollower
    shadow: Shadow
    spilling: SpillingWriter
    decisions: ShadowingWriter
    decision_reader: CatchingUpReader


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come in: the keys as this process knows them, and what checks them."""

    ring: KeyRing
    authenticator: Authenticator
    scopes: ScopeSet


def build_worker(
    settings: Settings,
    url: str,
    home: Home,
    *,
    products: Sequence[ProductCard] = PRODUCTS,
    stores: ServingStores | None = None,
    jobs: JobStarter | None = None,
    clock: Clock | None = None,
    registry: CollectorRegistry | None = None,
    log: LogRequest | None = None,
) -> Worker:
    """Wire one API process; each part may be given by keyword.

    Args:
        url: of a migrated database.
        products: whose routes are served and whose models answer.
        log: writes the lines of requests; the logger of other events does unless it is given.
    """
    clock = clock or SystemClock()
    registry = registry or CollectorRegistry()
    installation = LocalInstallation(settings, home)
    stores = stores or open_serving_stores(settings, url, clock, installation)
    models = [model for product in products for model in product.models]
    groups = [group for product in products for group in product.settings]
    scopes = joined_scopes(products)
    answering = open_answering(models, stores, home, clock)
    access = open_access(settings, stores, home, clock, scopes)
    refresher = open_refresher(stores, access.ring, answering, home)
    tasks = BackgroundTasks(stores.engine, installed_tasks(settings, products), clock)
    jobs = jobs or TaskJobs(stores.engine, tasks.queue, products)
    redis = redis_watch(settings)
    quota = open_quota(settings)
    limiter = RedisFirstLimiter(redis.pool, PostgresPasswordHits(stores.engine))
    trials = Trials(stores.engine, home, stores.catalog)
    requests, predictions = HttpMetrics(registry), PredictionMetrics(registry)
    ledger_metrics = LedgerMetrics(registry)

    def show_counters() -> None:
        _show_counters(ledger_metrics, stores, answering)
        requests.show()
        predictions.show()

    background = [
        Repeated("metrics", show_counters, METRICS_INTERVAL_S),
        *_upkeep(stores, answering, access, refresher, trials, clock),
        Repeated("tasks", tasks.look, LOOK_EVERY_S),
        Repeated("redis", redis.look, REDIS_INTERVAL_S),
    ]
    if quota is not None:
        background.append(Repeated("quota", partial(redis.settle, quota), QUOTA_INTERVAL_S))

    def repeat(name: str, job: Callable[[], object], interval_s: float) -> None:
        background.append(Repeated(name, job, interval_s))

    further_conditions = _backup_conditions(settings, home, clock)
    ports = serving_ports(
        settings,
        url,
        stores,
        answering,
        home,
        refresher,
        jobs,
        clock,
        registry,
        predictions,
        access,
        repeat,
        further_conditions.append,
        redis.shared_copy,
        tasks,
        limiter,
    )
    search = PostgresDecisionSearch(stores.engine)
    app = open_app(partial(_lifespan, stores, answering, background, refresher, show_counters))
    app.state.authenticator = access.authenticator
    app.state.quota = quota
    app.state.body_pace = BodyPace(settings.body_idle_s, settings.body_bytes_per_s)
    add_routes(
        app.router,
        *_product_routers(products, ports, installation, registry),
        access_routes(access.authenticator),
        health_routes(
            partial(
                _conditions,
                *(settings, refresher, answering.predictors, tasks, redis, SetUpReport(home.set_up_report)),
                further_conditions,
            ),
            partial(_data, answering.live_models),
        ),
        metrics_routes(registry),
        setting_routes(shown_settings((type(settings), *groups), os.environ)),
        *_model_routers(settings, stores, home, models, trials, tasks, clock),
        _event_router(products, ports),
        task_routes(tasks.desk),
        table_upload_routes(_table_upload_ports(settings, home, tasks)),
        decision_routes(
            answering.decision_reader, _explanation(stores, answering.predictors, home, models), clock
        ),
        decision_list_routes(search, clock, write_csv),
        home_routes(
            list(home_sources(products, ports, installation, stores.catalog, settings.promotion_approvals)),
            search,
            clock,
        ),
    )
    add_documentation(app)
    add_web_app(app, WebBundle(bundle_folder(settings)), partial(absence, settings))
    return Worker(
        app,
        Edge(
            StrangersInTurn(allow_origins(ShortWay(app, install_route_table(app)), settings.allowed_origins)),
            requests,
            TrustedProxies(settings.proxies),
            log,
        ),
        ports.ending,
    )


def open_quota(settings: Settings) -> TokenBuckets | None:
    """What each key may ask of one worker; None where keys have no quota."""
    if settings.key_requests_per_s is None:
        return None
    return TokenBuckets(settings.key_requests_per_s, 1 / settings.workers)


def _upkeep(
    stores: ServingStores,
    answering: Answering,
    access: Access,
    refresher: Refresher,
    trials: Trials,
    clock: Clock,
) -> list[Repeated]:
    """What keeps this process in step with the database."""
    return [
        Repeated("refresh", refresher.refresh, REFRESH_INTERVAL_S),
        Repeated("shadow", answering.shadow.work, SHADOW_INTERVAL_S),
        Repeated("key uses", partial(_note_key_uses, access.ring, stores.keys, clock), KEY_USES_INTERVAL_S),
        Repeated("guard", partial(trials.guard, answering.predictors), GUARD_INTERVAL_S),
    ]


def _product_routers(
    products: Sequence[ProductCard],
    ports: ServingPorts,
    installation: LocalInstallation,
    registry: CollectorRegistry,
) -> Iterator[APIRouter]:
    """The routes of the products; their metrics are registered too."""
    for product in products:
        if product.metrics is not None:
            product.metrics(registry)
        if product.routes is not None:
            yield from product.routes(ports, installation)


def _event_router(products: Sequence[ProductCard], ports: ServingPorts) -> APIRouter:
    """The stream of changes; old ones are removed from now on."""
    log = PostgresChangeLog(ports.engine)
    ports.repeat("old changes", log.remove_old, OLD_CHANGES_INTERVAL_S)
    topics = [*PLATFORM_TOPICS, *(topic for product in products for topic in product.topics)]
    return event_routes(EventStreams(log, ports.ending), topics)


def _model_routers(
    settings: Settings,
    stores: ServingStores,
    home: Home,
    models: Sequence[ModelSpec],
    trials: Trials,
    tasks: BackgroundTasks,
    clock: Clock,
) -> Sequence[APIRouter]:
    """Models, their releases and trainings, and replays of what they decided."""
    ports = ModelPorts(
        stores.catalog,
        Releases(stores.catalog, home.verify, settings.promotion_approvals),
        [model.name for model in models],
        PostgresWorkerStates(stores.engine).alive,
        trials.compare,
        training_notes(home, models),
        tasks.train,
    )

    def preview(name: str, version: str, window: Window, actor: str) -> TaskRecord:
        registered = stores.catalog.version(ports.known(name), version)
        return tasks.preview_version(registered.model, registered.version, window, actor)

    return model_routes(ports), replay_routes(trials.replay, preview, clock)


def _explanation(
    stores: ServingStores, predictors: Mapping[str, Predictor[Any]], home: Home, models: Sequence[ModelSpec]
) -> ExplainDecision:
    specs = {model.name: model for model in models}
    return ExplainDecision(specs, VersionCache(stores.catalog, predictors, specs, home.open_version))


def _table_upload_ports(settings: Settings, home: Home, tasks: BackgroundTasks) -> TableUploadPorts:
    return TableUploadPorts(
        [table.name for table in TABLES],
        home.uploads,
        settings.upload_limit_mib << 20,
        tasks.preview,
        tasks.add,
    )


def open_serving_stores(
    settings: Settings, url: str, clock: Clock, installation: LocalInstallation
) -> ServingStores:
    """The stores of a migrated database."""
    engine = open_engine(url, pool_size=6)
    audit, announcements = audit_trail(installation), announcements_of(installation)
    return ServingStores(
        engine=engine,
        refresh_engine=open_engine(url, pool_size=2),
        audit=audit,
        announcements=announcements,
        catalog=PostgresModelCatalog(engine, clock, audit, announcements),
        keys=key_store(engine, clock, audit),
        ledger=PostgresDecisionWriter(
            url, queue_limit=settings.ledger_queue, timeout_s=settings.ledger_timeout_s
        ),
        decision_reader=PostgresDecisionReader(url, timeout_s=settings.ledger_timeout_s),
        decision_batches=PostgresBatchDecisionLog(url),
    )


def open_answering(models: Sequence[ModelSpec], stores: ServingStores, home: Home, clock: Clock) -> Answering:
    """Handles of all models, and writers from the shadow over the spool to the ledger."""
    predictors: dict[str, Predictor[Any]] = {
        model.name: Predictor(model.name, model.load) for model in models
    }
    shadow = Shadow(
        predictors,
        {model.name: model.rule.ledger_answers for model in models},
        PostgresTrialStore(stores.engine),
        clock,
    )
    spool = DecisionSpool(home.spool)
    spilling = SpillingWriter(stores.ledger, spool)
    return Answering(
        predictors=predictors,
        live_models=LiveFollower(list(predictors.values()), home.artifacts, home.verifier()),
        shadow=shadow,
        spilling=spilling,
        decisions=ShadowingWriter(spilling, shadow),
        decision_reader=CatchingUpReader(stores.decision_reader, spool),
    )


def open_access(
    settings: Settings, stores: ServingStores, home: Home, clock: Clock, scopes: ScopeSet
) -> Access:
    """The keys, read over the refresher's connections, and the authenticator on them."""
    keys = key_store(stores.refresh_engine, clock, stores.audit)
    ring = KeyRing(lambda: [record.within(scopes) for record in keys.all()], scopes.names)
    authenticator = Authenticator(
        ring,
        pepper=home.pepper(),
        token_secret=home.token_secret(),
        token_ttl_s=settings.token_ttl_s,
        clock=clock,
    )
    return Access(ring, authenticator, scopes)


def open_refresher(stores: ServingStores, ring: KeyRing, answering: Answering, home: Home) -> Refresher:
    """What keeps keys and models up to date."""
    targets = RefreshTargets(ring, answering.live_models, answering.predictors, LastGood(home.last_good))
    return Refresher(
        PostgresRevisions(stores.refresh_engine),
        PostgresModelCatalog(stores.refresh_engine, SystemClock(), stores.audit, stores.announcements),
        PostgresWorkerStates(stores.refresh_engine),
        targets,
    )


def serving_ports(
    settings: Settings,
    url: str,
    stores: ServingStores,
    answering: Answering,
    home: Home,
    refresher: Refresher,
    jobs: JobStarter,
    clock: Clock,
    registry: CollectorRegistry,
    predictions: PredictionMetrics,
    access: Access,
    repeat: Repeat,
    add_condition: AddCondition,
    shared_copy: OpenSharedCopy,
    tasks: BackgroundTasks,
    limiter: RateLimiter,
) -> ServingPorts:
    """What every product gets for building its routes."""
    upload_bytes = settings.upload_limit_mib << 20
    parse_limits = ParseLimits(rows=settings.file_rows, wall_s=settings.parse_timeout_s)
    return ServingPorts(
        predictors=answering.predictors,
        decisions=answering.decisions,
        decision_batches=stores.decision_batches,
        clock=clock,
        metrics=predictions,
        limits=BodyLimits(settings.body_limit_kib << 10, upload_bytes, settings.batch_rows),
        tables=TableService(
            LimitedTableReader(parse_limits), TableWriters(write_csv, write_xlsx), upload_bytes
        ),
        engine=stores.engine,
        datasets=home.datastore(),
        jobs=jobs,
        queue=tasks.queue,
        watch=refresher.watch,
        keys=key_issuer(settings, home, stores.keys, access.scopes, clock),
        scopes=access.scopes,
        accept_cookies=access.authenticator.accept_cookies,
        repeat=repeat,
        add_condition=add_condition,
        shared_copy=shared_copy,
        audit=stores.audit,
        limiter=limiter,
        registry=registry,
        ending=threading.Event(),
        database_url=url,
    )


def open_app(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]) -> FastAPI:
    """The application without routes."""
    app = FastAPI(
        title="drivetrain",
        version="0.1.0",
        description="The decisions of a vehicle marketplace, each one accounted for.",
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,  # the pages and the document are our own
        # the edge measures and logs; twice costs twice
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    install_problem_answers(app)
    return app


@asynccontextmanager
async def _lifespan(
    stores: ServingStores,
    answering: Answering,
    background: Sequence[Repeated],
    refresher: Refresher,
    show_counters: Callable[[], None],
    _: FastAPI,
) -> AsyncIterator[None]:
    await stores.ledger.start()
    await stores.decision_reader.open()
    answering.spilling.start()
    for job in background:
        await asyncio.to_thread(job.start)
    # once, thoroughly; then the collector is told to leave alone what lives as long as the process:
    gc.collect()
    gc.enable()
    gc.freeze()  # without this a pass of it stops all requests for tens of milliseconds, again and again
    yield
    for job in background:
        await asyncio.to_thread(job.stop)
    await asyncio.to_thread(refresher.leave)
    await answering.spilling.close()
    await stores.ledger.close()
    await stores.decision_reader.close()
    show_counters()


def _note_key_uses(ring: KeyRing, keys: KeyStore, clock: Clock) -> None:
    """Write down which keys were used; requests only remember it."""
    used = ring.take_uses()
    try:
        if used:
            keys.note_uses(used, clock.now())
    except UnavailableError:
        for key_id in used:
            ring.note_use(key_id)
        raise


def _show_counters(metrics: LedgerMetrics, stores: ServingStores, answering: Answering) -> None:
    metrics.show(
        queued=stores.ledger.queue_depth,
        totals={
            **asdict(stores.ledger.counters),
            "spilled": answering.spilling.spilled,
            "shadow_dropped": answering.shadow.dropped,
        },
    )


def serve() -> None:
    """Run one worker of the pool that started this process, until SIGTERM; or be what its workers are copied from."""
    fork_when_asked(partial(preload, PRODUCTS))
    end_with_parent()
    settings = Settings()
    log = configure_logs(
        settings.log_level, process=f"api-{os.environ['DRIVETRAIN_WORKER']}", file=settings.log_file
    )
    if settings.database_url is None:
        raise UnavailableError("DRIVETRAIN_DATABASE_URL is not set; start workers with `drivetrain up`.")
    name_process(os.environ[WORKER])
    worker = build_worker(settings, settings.database_url.get_secret_value(), home_of(settings), log=log)
    # what is left of a refused upload is thrown away, unless it is out of all proportion
    limits = ConnectionLimits(
        head_s=settings.head_timeout_s, drain_bytes=4 * (settings.upload_limit_mib << 20)
    )
    config = uvicorn.Config(
        worker.edge,
        loop="uvloop",
        http=bounded_connections(limits),
        ws="none",  # a request to upgrade is answered as the plain one that it is
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUTDOWN_GRACE_S,
    )
    port = inherited_port(os.environ)
    server = CoveringServer(config, port.worker, port.neighbors, port.board, ending=worker.ending)
    server.run(sockets=[port.listening])


def _conditions(
    settings: Settings,
    refresher: Refresher,
    predictors: Mapping[str, Predictor[Any]],
    tasks: BackgroundTasks,
    redis: RedisWatch,
    set_up: SetUpReport,
    others: Sequence[Callable[[], Condition]],
) -> Sequence[Condition]:
    return [
        refresher.database,
        refresher.last_good,
        tasks.condition,
        redis.condition,
        condition(settings),
        *set_up.conditions(),
        *(condition_now() for condition_now in others),
        *(_model_condition(predictor) for predictor in predictors.values()),
    ]


def _backup_conditions(settings: Settings, home: Home, clock: Clock) -> list[Callable[[], Condition]]:
    return [] if settings.backup_folder is None else [backup_note(settings, home, clock).condition]


def _model_condition(predictor: Predictor[Any]) -> Condition:
    name = f"model {predictor.name}"
    if predictor.ref is None:
        return Condition(name, "down", predictor.reason)
    reason = " ".join(filter(None, (predictor.reason, predictor.trial_reason)))
    return Condition(name, "degraded" if reason else "ok", reason)


def _data(live_models: LiveFollower) -> list[dict[str, object]]:
    return [
        {
            "model": version.model,
            "version": version.version,
            "dataset": version.dataset["name"],
            "dataset_version": version.dataset["version"],
            "is_synthetic": version.is_synthetic,
        }
        for version in live_models.served.values()
    ]
