"""One API worker: the application wired to the database, following what is live.

Imports neither MLflow nor LightGBM's package, polars, pandas or scikit-learn: a worker is small and starts in a second.
"""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from drivetrain.adapters.disk.secrets import Ed25519Verifier
from drivetrain.adapters.embedded.processes import die_with_parent, inherited_listener
from drivetrain.adapters.http.access import Authenticator, KeyRing
from drivetrain.adapters.http.decisions import decision_routes
from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics, LedgerMetrics, PredictionMetrics
from drivetrain.adapters.http.models import model_routes
from drivetrain.adapters.http.platform import access_routes, health_routes, metrics_routes
from drivetrain.adapters.http.ports import BodyLimits, ServingPorts
from drivetrain.adapters.http.tables import TableWriters
from drivetrain.adapters.logs.setup import configure_logs
from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.ledger import PostgresDecisionLog
from drivetrain.adapters.postgres.revisions import PostgresRevisions, Revisions
from drivetrain.adapters.tabular.answers import write_csv, write_xlsx
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.bootstrap.installation import Home, home_of, open_stores
from drivetrain.bootstrap.jobs import ChildJobs
from drivetrain.bootstrap.uploads import parse_upload
from drivetrain.core.errors import UnavailableError
from drivetrain.core.health import Condition
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.following import ChampionFollower
from drivetrain.lifecycle.predictions import Predictor
from drivetrain.products import MODELS, PRODUCTS
from drivetrain.settings import Settings

REFRESH_INTERVAL_S = 0.25
"""How often a worker looks whether a model was released, or a key or something of a product changed."""

_KEEP_ALIVE_S = 75
_SHUTDOWN_GRACE_S = 20
_log = structlog.get_logger("drivetrain.worker")


class Refresher:
    """Keeps what one process knows of keys, models and the products' policies in step with the database, on its own thread."""

    def __init__(
        self,
        revisions: PostgresRevisions,
        ring: KeyRing,
        follower: ChampionFollower,
        ledger: PostgresDecisionLog,
        metrics: LedgerMetrics,
    ) -> None:
        self._revisions = revisions
        self._ring = ring
        self._follower = follower
        self._ledger = ledger
        self._metrics = metrics
        self._seen: Revisions | None = None
        self._watched: list[tuple[str, Callable[[], None]]] = []
        self._written = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="refresher", daemon=True)
        self.database = Condition("database", "down", "not reached yet")

    def watch(self, subject: str, reload: Callable[[], None]) -> None:
        """Call ``reload`` at the start and whenever ``subject`` has changed."""
        self._watched.append((subject, reload))

    def start(self) -> None:
        """Refresh once, then go on in the background."""
        self.refresh()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(timeout=5)

    def refresh(self) -> None:
        """Look once. The database being away is a state, not an error."""
        try:
            found = self._revisions.read()
            if self._seen is None or found.keys != self._seen.keys:
                self._ring.reload()
            if self._seen is None or found.models != self._seen.models or not self._follower.is_settled:
                for ref in self._follower.follow():
                    _log.info("model swapped in", model=ref.name, version=ref.version)
                gc.freeze()  # what a version is made of stays: the collector need not look at it again and again
            for subject, reload in self._watched:
                if self._seen is None or found.of(subject) != self._seen.of(subject):
                    reload()
            self._seen = found
            self.database = Condition("database", "ok")
        except UnavailableError as error:
            if self.database.state == "ok":
                _log.warning("database lost", why=error.detail)
            self.database = Condition("database", "down", error.detail)
        counters = self._ledger.counters
        self._metrics.show(queued=self._ledger.queue_depth, newly_written=counters.durable - self._written)
        self._written = counters.durable

    def _run(self) -> None:
        while not self._stop.wait(REFRESH_INTERVAL_S):
            try:
                self.refresh()
            except Exception:  # noqa: BLE001 - the edge of a job: the next look may go well
                _log.exception("refresh failed")


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
    engine = open_engine(url, pool_size=4)
    stores = open_stores(url, pool_size=4)
    ring = KeyRing(stores.keys.all)
    log = PostgresDecisionLog(url, queue_limit=settings.ledger_queue, timeout_s=settings.ledger_timeout_s)
    predictors: dict[str, Predictor[Any]] = {model.name: Predictor(model.name, model.load) for model in MODELS}
    follower = ChampionFollower(stores.catalog, list(predictors.values()), home.artifacts, Ed25519Verifier(home.folder))
    refresher = Refresher(PostgresRevisions(engine), ring, follower, log, LedgerMetrics(registry))
    authenticator = Authenticator(
        ring, pepper=home.pepper(), token_secret=home.token_secret(), token_ttl_s=settings.token_ttl_s, clock=clock
    )
    jobs = ChildJobs({**os.environ, "DRIVETRAIN_DATABASE_URL": url, "DRIVETRAIN_HOME": str(home.folder)})
    ports = ServingPorts(
        predictors=predictors,
        log=log,
        ledger=PostgresBatchDecisionLog(url),
        clock=clock,
        metrics=PredictionMetrics(registry),
        limits=BodyLimits(settings.body_limit_kib << 10, settings.upload_limit_mib << 20, settings.batch_rows),
        parse_table=partial(parse_upload, limits=ParseLimits(rows=settings.file_rows, wall_s=settings.parse_timeout_s)),
        writers=TableWriters(write_csv, write_xlsx),
        engine=engine,
        tables_held=home.datastore(),
        jobs=jobs,
        uploads=home.uploads,
        watch=refresher.watch,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await log.start()
        await asyncio.to_thread(refresher.start)
        gc.collect()  # once, thoroughly; then the collector is told to leave alone what lives as long as the process:
        gc.freeze()  # without this a pass of it stops all requests for tens of milliseconds, again and again
        yield
        await asyncio.to_thread(refresher.stop)
        await asyncio.to_thread(jobs.stop)
        await log.close()

    app = FastAPI(
        title="drivetrain",
        version="0.1.0",
        description="The decisions a vehicle marketplace lives on, each one accounted for.",
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # the edge measures and logs; twice costs twice
    )
    app.state.authenticator = authenticator
    install_problem_answers(app)
    for product in PRODUCTS:  # first: routes are tried in this order, and these are the busy ones
        for router in () if product.routes is None else product.routes(ports):
            app.include_router(router)
    app.include_router(access_routes(authenticator))
    app.include_router(health_routes(partial(_conditions, refresher, predictors), partial(_data, follower)))
    app.include_router(metrics_routes(registry))
    app.include_router(model_routes(stores.catalog, [model.name for model in MODELS]))
    app.include_router(decision_routes(log, clock))
    return Worker(app, Edge(app, HttpMetrics(registry)))


def serve() -> None:
    """Run one worker of the pool that started this process, until SIGTERM."""
    die_with_parent(int(os.environ["DRIVETRAIN_SUPERVISOR_PID"]))
    settings = Settings()
    configure_logs(settings.log_level, process=f"api-{os.environ['DRIVETRAIN_WORKER']}", file=settings.log_file)
    if settings.database_url is None:
        raise UnavailableError("A worker is told its database by the supervisor; start it with `drivetrain up`.")
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
    return [refresher.database, *(_model_condition(predictor) for predictor in predictors.values())]


def _model_condition(predictor: Predictor[Any]) -> Condition:
    name = f"model {predictor.name}"
    if predictor.ref is None:
        return Condition(name, "down", predictor.reason)
    return Condition(name, "degraded" if predictor.reason else "ok", predictor.reason)


def _data(follower: ChampionFollower) -> list[dict[str, Any]]:
    return [
        {
            "model": version.model,
            "version": version.version,
            "dataset": version.dataset["name"],
            "dataset_version": version.dataset["version"],
            "is_synthetic": version.is_synthetic,
        }
        for version in follower.live.values()
    ]
