"""`drivetrain up`: from an empty folder to a served API, and an orderly end of every child process."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from drivetrain.adapters.disk.set_up_report import SetUpReport, SetUpState
from drivetrain.adapters.embedded.children import (
    Child,
    ChildExit,
    ChildKeeper,
    end_children,
    start_child,
    stop_all,
)
from drivetrain.adapters.embedded.home_lock import HomeLock
from drivetrain.adapters.embedded.memory import ARENAS, FEW_ARENAS
from drivetrain.adapters.embedded.memory_folder import memory_folder
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.embedded.processes import WorkerPool, bind
from drivetrain.adapters.embedded.redis import redis_url
from drivetrain.adapters.http.doorkeeper import Doorkeeper, Notice
from drivetrain.adapters.postgres.last_release import answers, last_release
from drivetrain.bootstrap.child_jobs import ChildJobs
from drivetrain.bootstrap.home import Home, home_of
from drivetrain.bootstrap.preparation import KeptCommand, Plan, Preparation, StopRequest, prepare
from drivetrain.bootstrap.running import address_of
from drivetrain.bootstrap.web_build import build_command
from drivetrain.core.errors import ConflictError, DrivetrainError, UnavailableError
from drivetrain.core.files import remove_old
from drivetrain.settings import GIVEN_BY_UP, Settings

CHECK_INTERVAL_S = 0.2
WORKER_CHECK_INTERVAL_S = 0.05
"""How soon the others may know of a worker that has ended."""

DATABASE_CHECK_INTERVAL_S = 2.0
RESTART_INTERVAL_S = 0.5
"""Between two attempts to start a database that has exited: soon after the disk has room again."""

UPLOADS_KEPT_S = 7 * 86_400.0
"""An uploaded table waits for its task, also over a restart; no task waits so long."""

WATCH_GRACE_S = 15.0
STOP_GRACE_S = 25.0
MIRROR_GRACE_S = 10.0
WEB_BUILD_GRACE_S = 5.0
READY_TIMEOUT_S = 60.0
START_PATIENCE_S = 120.0
PORT_PATIENCE_S = 3.0
LARGEST_LOG_BYTES = 64 << 20

Say = Callable[[str], None]


@dataclass(slots=True)
class Platform:
    """The running platform: database, workers, and the watch over both."""

    settings: Settings
    home: Home
    say: Say
    server: EmbeddedPostgres = field(init=False)
    metrics: Path = field(init=False)
    pool: WorkerPool | None = None
    stage: str = "Starting"
    is_stopping: bool = False
    has_database: bool = False
    _complaint: str = ""

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
            HomeLock(self.home.folder) as lock,
            memory_folder(self.home.folder, otherwise=self.home.run / "metrics") as self.metrics,
            self._listening() as sockets,
            Doorkeeper(sockets, self._serves_nobody, self._notice),
            self._database(stop) as url,
        ):
            lock.announce(address_of(*sockets[0].getsockname()[:2]))
            self.stage = "Preparing the database"
            with self._prepared(url, stop) as preparation, self._jobs(url, preparation) as jobs:
                if not stop.is_requested():
                    self._serve(url, preparation, sockets, jobs, stop, started)
        self.say("Stopped.")

    def _serves_nobody(self) -> bool:
        return self.pool is None or not self.pool.is_serving()

    def _notice(self) -> Notice:
        """What those are told who come while no worker serves."""
        if self.is_stopping:
            return Notice(
                "platform.stopping",
                "The platform is stopping",
                "Nothing is decided any more.",
                {"stage": "Stopping"},
            )
        state = SetUpReport(self.home.set_up_report).read() or SetUpState(self.stage)
        return Notice(
            "platform.starting",
            "The platform is starting",
            f"{state.text.rstrip('.')}. Nothing is decided yet; send the request again later.",
            asdict(state),
        )

    @contextmanager
    def _prepared(self, url: str, stop: StopRequest) -> Iterator[Preparation]:
        """The home with what it lacks to be served; the rest goes on beside, and ends with the block.

        Without the database there is only what needs none of that.
        """
        SetUpReport(self.home.set_up_report).clear()  # of a start that was killed
        preparation = prepare(self._environment(url), self.home.run, stop)
        try:
            if preparation.failure is not None:
                self._go_on_without(preparation.failure)
            else:
                self.has_database = True
            yield preparation
        finally:
            preparation.stop()

    def _go_on_without(self, failure: DrivetrainError) -> None:
        """Serve what was live last while the database is away.

        Raises:
            DrivetrainError: the failure, where that is not what is wrong, or nothing was served here before.
        """
        from drivetrain.adapters.disk.last_good import (
            LastGood,  # half of what serves; only where it is needed
        )

        if not isinstance(failure, UnavailableError) or not LastGood(self.home.last_good).exists:
            raise failure
        self.say(
            f"{failure.detail}\nThe database is unavailable. The last live versions are served; decisions wait on disk."
        )

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
            for listening in sockets:
                stack.enter_context(listening)
            yield sockets

    @contextmanager
    def _database(self, stop: StopRequest) -> Iterator[str]:
        """Where the database is: there, or away."""
        if self.settings.database_url is not None:
            yield self.settings.database_url.get_secret_value()
            return
        self.say("Starting PostgreSQL ...")
        self.stage = "Starting PostgreSQL"
        try:
            self.server.start(is_cancelled=stop.is_requested)
        except UnavailableError as error:
            if not stop.is_requested():
                self._go_on_without(error)
        try:
            yield self.server.expected_url
        finally:
            self.server.stop()

    @contextmanager
    def _jobs(self, url: str, preparation: Preparation) -> Iterator[ChildJobs]:
        """Room for what the products do in the background before their first question; ended with the block."""
        remove_old(self.home.uploads, UPLOADS_KEPT_S)  # left behind by tasks that failed
        jobs = ChildJobs(self._environment(url), most=len(preparation.plan.startup_jobs))
        try:
            yield jobs
        finally:
            jobs.stop()

    def _environment(self, url: str) -> dict[str, str]:
        ours = {
            "DRIVETRAIN_DATABASE_URL": url,
            "DRIVETRAIN_HOME": str(self.home.folder),
            **(
                {"DRIVETRAIN_REDIS_URL": redis_url(self.home.redis)}
                if self.settings.redis_url is None
                else {}
            ),
            **({"DRIVETRAIN_LOG_FILE": str(log_file)} if (log_file := self._log_file()) is not None else {}),
        }
        return {
            ARENAS: FEW_ARENAS,
            **os.environ,
            **ours,
            GIVEN_BY_UP: ",".join(name for name in ours if not os.environ.get(name)),
            "PROMETHEUS_MULTIPROC_DIR": str(self.metrics),
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
        url: str,
        preparation: Preparation,
        listening: list[socket.socket],
        jobs: ChildJobs,
        stop: StopRequest,
        started: float,
    ) -> None:
        self._make_room_for_logs()
        self.stage = "Starting the workers"
        command = [sys.executable, "-m", "drivetrain.entrypoints.api"]
        environment = self._environment(url)
        self.pool = pool = WorkerPool(
            command,
            environment,
            listening,
            on_exit=self._tell_exit,
            start_patience_s=START_PATIENCE_S,
            on_template_exit=self._tell_template_exit,
        )
        commands = list(self._kept(preparation.plan))
        beside = Beside(preparation, jobs, commands, partial(self._keeper, environment=environment))
        beside.check()  # begins with Redis, so that it is there when the workers are
        mirror = AliasMirror(url, environment)
        mirror.follow()  # before anybody can release over HTTP, or that release would count as shown
        pool.start()
        try:
            with self._database_watch(url, mirror, jobs, stop), self._web_app_build(environment):
                lines = list(preparation.plan.lines)
                while not stop.is_requested():
                    pool.check()
                    if beside.check():
                        self._begin_after_set_up(beside, listening[0], stop, started)
                    while lines and pool.is_serving():
                        self.say(lines.pop(0))
                    time.sleep(WORKER_CHECK_INTERVAL_S)
        finally:
            self.say("Stopping ...")
            self.is_stopping = True
            stop_all([*beside.keepers, *pool.keepers], STOP_GRACE_S)
            pool.close()

    def _begin_after_set_up(
        self, beside: Beside, listening: socket.socket, stop: StopRequest, started: float
    ) -> None:
        """Begin what waited for the models, and tell people when all of it is ready.

        Raises:
            DrivetrainError: the rest of the set-up failed, and not because the database was away.
        """
        failure = beside.preparation.late_failure() if not stop.is_requested() else None
        if failure is not None:
            self._go_on_without(failure)
        SetUpReport(self.home.set_up_report).clear()  # where the set-up was killed
        beside.begin_the_rest(with_jobs=self.has_database)
        host, port = listening.getsockname()[:2]

        def tell() -> None:
            if _is_ready(host, port, stop, self.say):
                seconds = time.monotonic() - started
                self.say(
                    f"Ready after {seconds:.1f} s: {address_of(host, port)} (/docs explains, Ctrl-C stops)"
                )

        threading.Thread(target=tell, name="readiness", daemon=True).start()

    def _kept(self, plan: Plan) -> Iterator[KeptCommand]:
        """What runs beside the workers: Redis, unless there is a server for it, and what was planned."""
        if self.settings.redis_url is None:
            yield KeptCommand("Redis", ["drivetrain.entrypoints.redis"], needs_models=False)
        yield from plan.processes

    def _keeper(self, command: KeptCommand, environment: dict[str, str]) -> ChildKeeper:
        """Keeps a process of the products."""

        def tell(child_exit: ChildExit) -> None:
            self.say(
                f"{command.summary} ended ({child_exit.reason}); it is started again in {child_exit.restart_in_s:.0f} s."
            )

        return ChildKeeper([sys.executable, "-m", *command.module], environment, tell)

    @contextmanager
    def _database_watch(
        self, url: str, mirror: AliasMirror, jobs: ChildJobs, stop: StopRequest
    ) -> Iterator[None]:
        """Look after the database on a thread: one that recovers keeps it waiting, and a worker must not wait for that."""
        is_over = threading.Event()

        def watch() -> None:
            next_look = 0.0
            while not is_over.wait(CHECK_INTERVAL_S):
                has_just_exited = self.server.has_exited and not self._complaint
                if time.monotonic() >= next_look or has_just_exited:
                    is_kept = self._keep_database(url, stop, is_over)
                    next_look = time.monotonic() + (
                        DATABASE_CHECK_INTERVAL_S if is_kept else RESTART_INTERVAL_S
                    )
                    mirror.follow()
                    jobs.collect()
            mirror.finish()

        thread = threading.Thread(target=watch, name="database", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join(WATCH_GRACE_S)

    @contextmanager
    def _web_app_build(self, environment: dict[str, str]) -> Iterator[None]:
        """Have the web app of a clone built beside, where its source has changed; workers see it appear."""
        command = build_command(self.settings)
        child = None if command is None else start_child(command, environment)
        try:
            yield
        finally:
            if child is not None:
                end_children([child], WEB_BUILD_GRACE_S)

    def _keep_database(self, url: str, stop: StopRequest, is_over: threading.Event) -> bool:
        """Start the embedded server again where it has exited, and finish the set-up once a database is there.

        Returns:
            False where that did not succeed; tried again soon, and the same reason is not repeated.
        """
        try:
            if self.settings.database_url is None and not self.server.is_healthy():
                if not self._complaint:
                    self.say("PostgreSQL has exited; restarting it ...")
                self.server.start(is_cancelled=is_over.is_set)
            if not self.has_database and answers(url):
                preparation = prepare(self._environment(url), self.home.run, stop, tables_only=True)
                preparation.stop()
                if preparation.failure is not None:
                    raise preparation.failure
                self.has_database = True
                self.say(
                    "The database is available again. Set-up steps that were skipped run at the next start."
                )
        except DrivetrainError as error:
            if self.settings.database_url is None or not isinstance(error, UnavailableError):
                self._complain(error)
            return False
        self._complaint = ""
        return True

    def _complain(self, error: DrivetrainError) -> None:
        if error.code != self._complaint:
            self._complaint = error.code
            self.say(error.detail)

    def _tell_exit(self, index: int, child_exit: ChildExit) -> None:
        for file in self.metrics.glob(f"gauge_live*_{index}.db"):
            file.unlink(missing_ok=True)
        self.say(
            f"Worker {index} ended ({child_exit.reason}); it is started again in {child_exit.restart_in_s:.0f} s."
        )

    def _tell_template_exit(self, child_exit: ChildExit) -> None:
        self.say(
            f"The process that workers are copied from ended ({child_exit.reason}); it is started again in "
            f"{child_exit.restart_in_s:.0f} s. The workers go on."
        )


@dataclass(slots=True)
class Beside:
    """What runs beside the workers: processes, of which some wait for the models, and jobs that run once.

    Args:
        commands: all of the processes.
        keep: makes the keeper of one.
    """

    preparation: Preparation
    jobs: ChildJobs
    commands: Sequence[KeptCommand]
    keep: Callable[[KeptCommand], ChildKeeper]
    keepers: list[ChildKeeper] = field(default_factory=list, init=False)
    _is_complete: bool = False

    def __post_init__(self) -> None:
        """Keep what waits for nothing."""
        self.keepers = [self.keep(command) for command in self.commands if not command.needs_models]

    def check(self) -> bool:
        """Look after the processes; True once, when the set-up is over and the rest may begin."""
        for keeper in self.keepers:
            keeper.check()
        return not self._is_complete and self.preparation.is_over()

    def begin_the_rest(self, *, with_jobs: bool) -> None:
        """Keep the other processes too, and start the jobs."""
        self._is_complete = True
        self.keepers += [self.keep(command) for command in self.commands if command.needs_models]
        for name in self.preparation.plan.startup_jobs if with_jobs else ():
            self.jobs.start(name)


def _is_ready(host: str, port: int, stop: StopRequest, say: Say) -> bool:
    """Wait until every dependency is there, for as long as a start may take; say what is missing after that."""
    give_up_at = time.monotonic() + READY_TIMEOUT_S
    reason = "the workers did not answer"
    while time.monotonic() < give_up_at and not stop.is_requested():
        connection = http.client.HTTPConnection(host, port, timeout=2.0)
        try:
            connection.request("GET", "/health/ready")
            answer = connection.getresponse()
            if answer.status == http.HTTPStatus.OK:
                return True
            reason = answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            reason = str(error)
        finally:
            connection.close()
        time.sleep(0.1)
    if not stop.is_requested():
        say(f"Serving, but not ready yet: {reason}")
    return False


@dataclass(slots=True)
class AliasMirror:
    """Shows releases in MLflow, in a short-lived process of its own: MLflow stays out of everything that serves."""

    url: str
    environment: dict[str, str]
    _shown: int | None = None
    _child: Child | None = None

    def follow(self) -> None:
        """Start a mirroring where something was released since the last one."""
        if self._child is not None and self._child.poll() is None:
            return
        last = last_release(self.url)
        if last is None:
            return
        if self._shown is not None and last != self._shown:
            command = [sys.executable, "-m", "drivetrain.entrypoints.cli", "models", "mirror"]
            self._child = start_child(
                command, self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        self._shown = last

    def finish(self) -> None:
        """Let a mirroring that runs come to its end, which takes a second or two, or end it."""
        if self._child is None:
            return
        try:
            self._child.wait(MIRROR_GRACE_S)
        except subprocess.TimeoutExpired:
            end_children([self._child], 0.0)


def run_platform(settings: Settings, say: Say) -> None:
    """Run the platform until Ctrl-C or SIGTERM."""
    Platform(settings, home_of(settings), say).run()
