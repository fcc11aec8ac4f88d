"""One API worker: the application wired to the database, following what is live.

Imports neither MLflow nor LightGBM's package, polars, pandas or scikit-learn: a worker is small and starts in
a second.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from drivetrain.adapters.disk.last_good import LastGood
from drivetrain.adapters.disk.spool import DecisionSpool
from drivetrain.adapters.embedded.processes import die_with_parent, inherited_listener
from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.adapters.http.decisions import decision_routes
from drivetrain.adapters.http.documentation import add_documentation
from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.keys import key_routes
from drivetrain.adapters.http.metrics import HttpMetrics, LedgerMetrics, PredictionMetrics
from drivetrain.adapters.http.models import ModelPorts, model_routes
from drivetrain.adapters.http.platform import access_routes, health_routes, metrics_routes
from drivetrain.adapters.http.ports import BodyLimits, ServingPorts
from drivetrain.adapters.http.replays import replay_routes
from drivetrain.adapters.logs.setup import configure_logs
from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog
from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.keys import PostgresKeyStore
from drivetrain.adapters.postgres.ledger import PostgresDecisionLog
from drivetrain.adapters.postgres.revisions import PostgresRevisions
from drivetrain.adapters.postgres.trials import PostgresTrialStore
from drivetrain.adapters.postgres.worker_states import PostgresWorkerStates
from drivetrain.adapters.tabular.answers import write_csv, write_xlsx
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.bootstrap.installation import Home, LocalInstallation, home_of
from drivetrain.bootstrap.jobs import ChildJobs
from drivetrain.bootstrap.keys import create_key
from drivetrain.bootstrap.refreshing import (
    GUARD_INTERVAL_S,
    REFRESH_INTERVAL_S,
    SHADOW_INTERVAL_S,
    Refresher,
    RefreshTargets,
    Repeated,
)
from drivetrain.bootstrap.trials import Trials
from drivetrain.core.errors import UnavailableError
from drivetrain.core.health import Condition
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.releasing.following import LiveFollower
from drivetrain.lifecycle.releasing.promotion import Releases
from drivetrain.lifecycle.releasing.trials import Shadow, ShadowingLog
from drivetrain.lifecycle.serving.batches import TableWriters
from drivetrain.lifecycle.serving.predictions import Predictor
from drivetrain.lifecycle.serving.spilling import SpillingLog
from drivetrain.products import MODELS, PRODUCTS, SCOPES
from drivetrain.settings import Settings

_KEEP_ALIVE_S = 75
_SHUTDOWN_GRACE_S = 20
_log = structlog.get_logger("drivetrain.worker")


@dataclass(frozen=True, slots=True)
class Worker:
    """What one API process is made of."""

    app: FastAPI
    edge: Edge


def build_worker(settings: Settings, url: str, home: Home) -> Worker:
    """Wire one API process.

    Args:
        url: of a migrated database.
    """
    clock = SystemClock()
    registry = CollectorRegistry()
    engine = open_engine(url, pool_size=6)
    catalog = PostgresModelCatalog(engine, clock)
    keys = PostgresKeyStore(engine, clock)
    # its own: a revoked key must not wait until slow requests are answered
    refresh_engine = open_engine(url, pool_size=2)
    ring = KeyRing(PostgresKeyStore(refresh_engine, clock).all, SCOPES.names)
    ledger = PostgresDecisionLog(url, queue_limit=settings.ledger_queue, timeout_s=settings.ledger_timeout_s)
    predictors: dict[str, Predictor[Any]] = {
        model.name: Predictor(model.name, model.load) for model in MODELS
    }
    shadow = Shadow(
        predictors,
        {model.name: model.rule.ledger_answers for model in MODELS},
        PostgresTrialStore(engine),
        clock,
    )
    spilling = SpillingLog(ledger, DecisionSpool(home.spool))
    log = ShadowingLog(spilling, shadow)
    live_models = LiveFollower(list(predictors.values()), home.artifacts, home.verifier())
    states = PostgresWorkerStates(refresh_engine)
    targets = RefreshTargets(
        ring, live_models, predictors, ledger, LedgerMetrics(registry), LastGood(home.last_good)
    )
    refresher = Refresher(
        PostgresRevisions(refresh_engine), PostgresModelCatalog(refresh_engine, clock), states, targets
    )
    desk = Trials(engine, home, catalog)
    background = [
        Repeated("refresh", refresher.refresh, REFRESH_INTERVAL_S),
        Repeated("shadow", shadow.work, SHADOW_INTERVAL_S),
        Repeated("guard", partial(desk.guard, predictors), GUARD_INTERVAL_S),
    ]
    authenticator = Authenticator(
        ring,
        pepper=home.pepper(),
        token_secret=home.token_secret(),
        token_ttl_s=settings.token_ttl_s,
        clock=clock,
    )
    jobs = ChildJobs({**os.environ, "DRIVETRAIN_DATABASE_URL": url, "DRIVETRAIN_HOME": str(home.folder)})
    ports = ServingPorts(
        predictors=predictors,
        decisions=log,
        decision_batches=PostgresBatchDecisionLog(url),
        clock=clock,
        metrics=PredictionMetrics(registry),
        limits=BodyLimits(
            settings.body_limit_kib << 10, settings.upload_limit_mib << 20, settings.batch_rows
        ),
        check_upload=LimitedTableReader(
            ParseLimits(rows=settings.file_rows, wall_s=settings.parse_timeout_s)
        ),
        writers=TableWriters(write_csv, write_xlsx),
        engine=engine,
        tables_held=home.datastore(),
        jobs=jobs,
        watch=refresher.watch,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await ledger.start()
        spilling.start()
        for job in background:
            await asyncio.to_thread(job.start)
        # once, thoroughly; then the collector is told to leave alone what lives as long as the process:
        gc.collect()
        gc.freeze()  # without this a pass of it stops all requests for tens of milliseconds, again and again
        yield
        for job in background:
            await asyncio.to_thread(job.stop)
        await asyncio.to_thread(jobs.stop)
        await asyncio.to_thread(refresher.leave)
        await spilling.close()
        await ledger.close()

    app = FastAPI(
        title="drivetrain",
        version="0.1.0",
        description="The decisions a vehicle marketplace lives on, each one accounted for.",
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,  # the pages and the document are our own
        # the edge measures and logs; twice costs twice
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.authenticator = authenticator
    install_problem_answers(app)
    installation = LocalInstallation(settings, home)
    for product in PRODUCTS:  # first: routes are tried in this order, and these are the busy ones
        for router in () if product.routes is None else product.routes(ports, installation):
            app.include_router(router)
    releases = Releases(catalog, home.verify, settings.promotion_approvals)
    models = ModelPorts(
        catalog, releases, [model.name for model in MODELS], PostgresWorkerStates(engine).alive, desk.compare
    )
    for router in (
        access_routes(authenticator),
        health_routes(partial(_conditions, refresher, predictors), partial(_data, live_models)),
        metrics_routes(registry),
        model_routes(models),
        replay_routes(desk.replay, clock),
        decision_routes(log, clock),
        key_routes(partial(create_key, settings, home, keys), keys, clock, SCOPES),
    ):
        app.include_router(router)
    add_documentation(app)
    return Worker(app, Edge(app, HttpMetrics(registry)))


def serve() -> None:
    """Run one worker of the pool that started this process, until SIGTERM."""
    die_with_parent(int(os.environ["DRIVETRAIN_SUPERVISOR_PID"]))
    settings = Settings()
    configure_logs(
        settings.log_level, process=f"api-{os.environ['DRIVETRAIN_WORKER']}", file=settings.log_file
    )
    if settings.database_url is None:
        raise UnavailableError(
            "A worker is told its database by the supervisor; start it with `drivetrain up`."
        )
    worker = build_worker(settings, settings.database_url.get_secret_value(), home_of(settings))
    config = uvicorn.Config(
        worker.edge,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_SHUTDOWN_GRACE_S,
    )
    uvicorn.Server(config).run(sockets=[inherited_listener(os.environ)])


def _conditions(refresher: Refresher, predictors: dict[str, Predictor[Any]]) -> Sequence[Condition]:
    return [
        refresher.database,
        refresher.last_good,
        *(_model_condition(predictor) for predictor in predictors.values()),
    ]


def _model_condition(predictor: Predictor[Any]) -> Condition:
    name = f"model {predictor.name}"
    if predictor.ref is None:
        return Condition(name, "down", predictor.reason)
    why = " ".join(filter(None, (predictor.reason, predictor.trial_reason)))
    return Condition(name, "degraded" if why else "ok", why)


def _data(live_models: LiveFollower) -> list[dict[str, Any]]:
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
