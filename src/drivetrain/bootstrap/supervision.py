"""`drivetrain up`: from an empty folder to a served API, and an orderly end of every child process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from types import FrameType

import httpx

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.adapters.disk.last_good import LastGood
from drivetrain.adapters.embedded.home_lock import HomeLock
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.embedded.processes import WorkerExit, WorkerPool, bind
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.bootstrap.first_training import train_side_by_side
from drivetrain.bootstrap.installation import Home, LocalInstallation, Stores, home_of, open_stores
from drivetrain.bootstrap.jobs import ChildJobs
from drivetrain.bootstrap.kept_process import KeptProcess
from drivetrain.bootstrap.keys import ensure_admin_key
from drivetrain.core.errors import ConflictError, DrivetrainError, UnavailableError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.processes import Process
from drivetrain.lifecycle.releasing.registry import Alias
from drivetrain.products import MODELS, PROCESSES, PRODUCTS, TABLES
from drivetrain.settings import Settings

CHECK_INTERVAL_S = 0.2
DATABASE_CHECK_INTERVAL_S = 2.0
STOP_GRACE_S = 25.0
MIRROR_GRACE_S = 10.0
READY_TIMEOUT_S = 60.0
PORT_PATIENCE_S = 3.0
LARGEST_LOG_BYTES = 64 << 20
GENERATED_SEED = 1

_REAL_ROWS = (
    "For real figures set DRIVETRAIN_DATA_DIR, or run `drivetrain data add {name} FILE` and start again."
)

Say = Callable[[str], None]


@dataclass(slots=True)
class StopRequest:
    """Set by Ctrl-C and SIGTERM."""

    signum: int = 0

    @contextmanager
    def listening(self) -> Iterator[StopRequest]:
        """Take the signals for as long as the block runs."""
        before = {number: signal.signal(number, self._take) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def came(self) -> bool:
        """True once somebody asked to stop."""
        return self.signum != 0

    def _take(self, signum: int, _: FrameType | None) -> None:
        self.signum = signum


@dataclass(slots=True)
class Platform:
    """The running platform: database, workers, and the watch over both."""

    settings: Settings
    home: Home
    say: Say
    progress: Progress
    server: EmbeddedPostgres = field(init=False)
    has_database: bool = False

    def __post_init__(self) -> None:
        """Name the embedded server; it is started only where no other database is set."""
        self.server = EmbeddedPostgres(self.home.postgres)

    def run(self) -> None:
        """Bring everything up, and stay until asked to stop.

        Raises:
            ConflictError: the home or the port is in use.
            UnavailableError: the database cannot be started or reached.
        """
        started = time.monotonic()
        with (
            StopRequest().listening() as stop,
            HomeLock(self.home.folder),
            self._listening() as sockets,
            self._database() as url,
        ):
            stores = open_stores(url)
            if self.has_database:
                self._set_up(stores, stop)
            with self._startup_jobs(stores) as jobs:
                if not stop.came():
                    self._serve(stores, sockets, jobs, stop, started)
        self.say("Stopped.")

    def _set_up(self, stores: Stores, stop: StopRequest) -> None:
        """What an empty home lacks, or a new release of this package."""
        self.home.signer()  # makes the signing key pair where there is none
        self._show_admin_key(stores)
        self._take_tables()
        self._train_missing(stores, stop)

    @contextmanager
    def _listening(self) -> Iterator[list[socket.socket]]:
        """The bound sockets.

        Workers of a killed platform hold the port for a moment after it; that much is waited.
        """
        give_up_at = time.monotonic() + PORT_PATIENCE_S
        while True:
            try:
                sockets = bind(self.settings.host, self.settings.port, count=self.settings.workers)
                break
            except ConflictError:
                if time.monotonic() >= give_up_at:
                    raise
            time.sleep(CHECK_INTERVAL_S)
        with ExitStack() as stack:
            for each in sockets:
                stack.enter_context(each)
            yield sockets

    @contextmanager
    def _database(self) -> Iterator[str]:
        """Where the database is: reached, or away while the workers can go on from what was live last."""
        if self.settings.database_url is not None:
            url = self.settings.database_url.get_secret_value()
            self._reach(lambda: migrate(url))
            yield url
            return
        self.say("Starting PostgreSQL ...")
        self._reach(self.server.start)
        try:
            if self.has_database:
                migrate(self.server.url)
            yield self.server.expected_url
        finally:
            self.server.stop()

    def _reach(self, prepare: Callable[[], object]) -> None:
        try:
            prepare()
        except UnavailableError as error:
            if not LastGood(self.home.last_good).exists:
                raise
            self.say(
                f"{error.detail}\nThe database is away. What was live last is served; single decisions wait on local disk."
            )
        else:
            self.has_database = True

    def _show_admin_key(self, stores: Stores) -> None:
        key = ensure_admin_key(self.settings, self.home, stores)
        if key is not None:
            self.say(f"Admin key, shown once: {key}\n  also in {self.home.admin_key} (mode 0600)")

    def _take_tables(self) -> None:
        store = self.home.datastore()
        held = {reference.name: reference for reference in store.list()}
        for table in TABLES:
            name = table.name
            found = store.find(name, self.settings.data_search_path)
            if found is not None and (name not in held or held[name].is_synthetic):
                taken = store.add(name, found, source=table.source, licence=table.licence, is_synthetic=False)
                kind = "SYNTHETIC (it carries the mark of generated rows)" if taken.is_synthetic else "real"
                self.say(f"Table {name}: {kind}, {found.name}")
            elif name not in held:
                self._generate(store, name, table.usual_rows)
            elif held[name].is_synthetic:
                self.say(f"Table {name}: SYNTHETIC. {_REAL_ROWS.format(name=name)}")

    def _generate(self, store: DatasetStore, name: str, rows: int) -> None:
        store.generate(name, rows=rows, seed=GENERATED_SEED, progress=self.progress)
        self.say(
            f"Table {name}: no real one was found; {rows:,} SYNTHETIC rows were generated, so figures are made up.\n"
            f"  {_REAL_ROWS.format(name=name)}"
        )

    def _train_missing(self, stores: Stores, stop: StopRequest) -> None:
        held = {reference.name: reference for reference in self.home.datastore().list()}
        missing = []
        for model in MODELS:
            champion = stores.catalog.champion(model.name)
            is_outgrown = (
                champion is not None and champion.is_synthetic and not held[model.table.name].is_synthetic
            )
            if champion is None or is_outgrown:
                missing.append(model.name)
        if missing:
            self.say(f"Training {', '.join(missing)} ...")
        ended = train_side_by_side(
            missing, self._environment(stores.url), actor="up", progress=self.progress, stopped=stop.came
        )
        for training in ended:
            if stop.came():
                continue
            if training.said:
                self.say(training.said)
            if training.code:
                self.say(f"Training {training.model} failed; `drivetrain train {training.model}` shows why.")

    @contextmanager
    def _startup_jobs(self, stores: Stores) -> Iterator[ChildJobs]:
        """What the products do in the background before their first question; ended with the block."""
        rmtree(self.home.uploads, ignore_errors=True)  # left behind by jobs that were killed
        names = [name for product in PRODUCTS for name in product.startup_jobs] if self.has_database else []
        jobs = ChildJobs(self._environment(stores.url), most=len(names))
        try:
            for name in names:
                jobs.start(name)
            yield jobs
        finally:
            jobs.stop()

    def _environment(self, url: str) -> dict[str, str]:
        return {
            **os.environ,
            "DRIVETRAIN_DATABASE_URL": url,
            "DRIVETRAIN_HOME": str(self.home.folder),
            "PROMETHEUS_MULTIPROC_DIR": str(self.home.run / "metrics"),
            **({"DRIVETRAIN_LOG_FILE": str(log_file)} if (log_file := self._log_file()) is not None else {}),
        }

    def _log_file(self) -> Path | None:
        """Where log lines go. A person at a terminal wants to read what happens, not a line a request."""
        if self.settings.log_file is not None or not sys.stderr.isatty():
            return self.settings.log_file
        return self.home.logs / "api.jsonl"

    def _make_room_for_logs(self) -> None:
        """Begin a new log file when the last one has grown; one former file is kept."""
        log_file = self._log_file()
        if log_file is None:
            return
        log_file.parent.mkdir(parents=True, exist_ok=True)
        if log_file.exists() and log_file.stat().st_size > LARGEST_LOG_BYTES:
            log_file.replace(log_file.with_suffix(".1.jsonl"))
        self.say(f"Log lines go to {log_file}")

    def _serve(
        self,
        stores: Stores,
        listening: list[socket.socket],
        jobs: ChildJobs,
        stop: StopRequest,
        started: float,
    ) -> None:
        metrics = self.home.run / "metrics"
        rmtree(metrics, ignore_errors=True)
        metrics.mkdir(parents=True)
        self._make_room_for_logs()
        command = [sys.executable, "-m", "drivetrain.entrypoints.api"]
        environment = self._environment(stores.url)
        pool = WorkerPool(command, environment, listening, on_exit=self._on_exit(metrics))
        processes = self._processes(environment)
        mirror = AliasMirror(environment)
        mirror.follow(stores)  # before anybody can release over HTTP, or that release would count as shown
        pool.start()
        try:
            host, port = listening[0].getsockname()[:2]
            if self._is_ready(pool, f"http://{host}:{port}", stop):
                self.say(
                    f"Ready after {time.monotonic() - started:.1f} s: http://{host}:{port} (/docs explains, Ctrl-C stops)"
                )
            self._watch(pool, processes, stores, mirror, jobs, stop)
        finally:
            self.say("Stopping ...")
            for process in processes:
                process.stop(STOP_GRACE_S)
            pool.stop(STOP_GRACE_S)

    def _is_ready(self, pool: WorkerPool, address: str, stop: StopRequest) -> bool:
        give_up_at = time.monotonic() + READY_TIMEOUT_S
        why = "the workers did not answer"
        while time.monotonic() < give_up_at and not stop.came():
            pool.check()
            try:
                answer = httpx.get(f"{address}/health/ready", timeout=2.0)
                if answer.status_code == httpx.codes.OK:
                    return True
                why = answer.text
            except httpx.HTTPError as error:
                why = str(error)
            time.sleep(0.1)
        if not stop.came():
            self.say(f"Serving, but not ready yet: {why}")
        return False

    def _processes(self, environment: dict[str, str]) -> list[KeptProcess]:
        """The processes of the products that the settings ask for.

        They begin after the workers are ready: nobody waits for them.
        """
        installation = LocalInstallation(self.settings, self.home)

        def keep(process: Process) -> KeptProcess:
            def tell(why: str, restart_in_s: float) -> None:
                self.say(f"{process.summary} ended ({why}); it is started again in {restart_in_s:.0f} s.")

            command = [sys.executable, "-m", "drivetrain.entrypoints.process", process.name]
            return KeptProcess(command, environment, tell)

        return [keep(process) for process in PROCESSES if process.is_enabled(installation)]

    def _watch(
        self,
        pool: WorkerPool,
        processes: Sequence[KeptProcess],
        stores: Stores,
        mirror: AliasMirror,
        jobs: ChildJobs,
        stop: StopRequest,
    ) -> None:
        next_look = 0.0
        try:
            while not stop.came():
                time.sleep(CHECK_INTERVAL_S)
                pool.check()
                for process in processes:
                    process.check()
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + DATABASE_CHECK_INTERVAL_S
                    self._keep_database(stores)
                    mirror.follow(stores)
                    jobs.collect()
        finally:
            mirror.finish()

    def _keep_database(self, stores: Stores) -> None:
        try:
            if self.settings.database_url is None and not self.server.is_healthy():
                self.say("PostgreSQL is gone; starting it again ...")
                self.server.start()
            if not self.has_database:
                migrate(stores.url)
                self.has_database = True
                self.say("The database is back. What a start does beside serving is done by the next one.")
        except DrivetrainError as error:
            if self.settings.database_url is None or not isinstance(error, UnavailableError):
                self.say(error.detail)

    def _on_exit(self, metrics: Path) -> Callable[[WorkerExit], None]:
        def tell(gone: WorkerExit) -> None:
            for file in metrics.glob(f"gauge_live*_{gone.pid}.db"):
                file.unlink(missing_ok=True)
            self.say(
                f"Worker {gone.index} ended ({gone.reason}); it is started again in {gone.restart_in_s:.0f} s."
            )

        return tell


@dataclass(slots=True)
class AliasMirror:
    """Shows releases in MLflow, in a short-lived process of its own: MLflow stays out of everything that serves."""

    environment: dict[str, str]
    _shown: dict[tuple[str, Alias], str] | None = None
    _child: subprocess.Popen[bytes] | None = None

    def follow(self, stores: Stores) -> None:
        """Start a mirroring where something was released since the last one."""
        if self._child is not None and self._child.poll() is None:
            return
        try:
            live = {key: version.version for key, version in stores.catalog.live().items()}
        except UnavailableError:
            return
        if self._shown is not None and live != self._shown:
            command = [sys.executable, "-m", "drivetrain.entrypoints.cli", "models", "mirror"]
            self._child = subprocess.Popen(
                command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        self._shown = live

    def finish(self) -> None:
        """Let a mirroring that runs come to its end, which takes a second or two, or end it."""
        if self._child is None:
            return
        try:
            self._child.wait(MIRROR_GRACE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def run_platform(settings: Settings, say: Say, progress: Progress) -> None:
    """Run the platform until Ctrl-C or SIGTERM."""
    Platform(settings, home_of(settings), say, progress).run()
