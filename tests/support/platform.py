"""The platform as a user runs it: `drivetrain up` in a process of its own, on a home made for the tests.

One home with two small versions of the model is prepared once for a run of pytest; every platform gets a copy
of it. Tests that only ask share the ``platform`` of their test process; tests that kill something start one
of their own.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import psycopg
import pytest
from tests.support.conformance import checked_answers

from drivetrain.adapters.embedded.home_lock import HomeLock
from drivetrain.adapters.embedded.postgres import DATABASE_USER, EmbeddedPostgres
from drivetrain.adapters.embedded.postmaster import running_postmaster
from drivetrain.adapters.embedded.template import TEMPLATE_NAME
from drivetrain.adapters.embedded.unix_socket import socket_url
from drivetrain.bootstrap.web_build import BUNDLE
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.resale.used.model.countries import COUNTRIES

MODEL = "rental-price"
EXAMPLE: Mapping[str, Any] = RENTAL_PRICE.example()
"""A listing that every version answers."""

WEB_APP = BUNDLE if (BUNDLE / "index.html").is_file() else Path(__file__).with_name("web_app")
"""The web app, or where it has not been built a page that stands in for it."""

WORKERS = 2
READY_WITHIN_S = 60.0
SET_UP_WITHIN_S = 600.0
GONE_WITHIN_S = 40.0
PREFIX = "dt-home-"

_USED_ROWS, _USED_RECIPE = 700, {"trees": 30, "leaves": 15, "learning_rate": 0.2}
"""Enough to answer with; the markets' own recipes and tables take a minute."""

_TRIPS_RECIPE = {"trees": 60, "learning_rate": 0.1, "leaf_rows": 10}

_RECIPES = (
    # Small and quick to fit; different enough that the two versions give different prices.
    {"trees": 40, "leaves": 8, "learning_rate": 0.1},
    {"trees": 20, "leaves": 8, "learning_rate": 0.1, "seed": 2},
)

T = TypeVar("T")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whichever test comes first waits for the prepared home, so all that use it may take that long.

    Where there are several processes, one begins with the longest test that needs none, while another prepares it.
    """
    items.sort(key=lambda item: item.path.name != "test_first_start.py")
    for item in items:
        own = item.get_closest_marker("timeout")
        if "prepared_home" in getattr(item, "fixturenames", ()) and (
            own is None or own.args[0] < SET_UP_WITHIN_S
        ):
            item.add_marker(pytest.mark.timeout(SET_UP_WITHIN_S))


@dataclass(slots=True)
class RunningPlatform:
    """One `drivetrain up` with everything it started."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    environment: Mapping[str, str]
    _seen: dict[int, psutil.Process] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin_key(self) -> str:
        """The key that `up` made."""
        return (self.home / "admin.key").read_text()

    @property
    def database_url(self) -> str:
        """The embedded database, from outside."""
        postmaster = running_postmaster(self.home / "postgres" / "data")
        assert postmaster is not None
        return socket_url(postmaster.socket_folder, DATABASE_USER)

    def client(self, key: str | None = "admin", *, is_checked: bool = True, **options: Any) -> httpx.Client:
        """An HTTP client with a key: the admin's unless another is given, none for None.

        It refuses answers that are off their declared schema, unless the platform is of another release.
        """
        headers = {} if key is None else {"X-API-Key": self.admin_key if key == "admin" else key}
        # There is no TLS here, and loading its certificates costs more than most tests.
        return httpx.Client(
            base_url=self.address,
            headers=headers,
            timeout=30,
            verify=False,
            event_hooks=checked_answers() if is_checked else None,
            **options,
        )

    def ask(self, path: str) -> httpx.Response:
        """A GET without a key, over a connection of its own, so that any of the workers may answer."""
        return httpx.get(f"{self.address}{path}", timeout=5, verify=False)

    def worker_pids(self) -> list[int]:
        """Process ids of the API workers that run now, in the order of their start."""
        workers = [child for child in self._children() if _is_worker(child)]
        return [child.pid for child in sorted(workers, key=lambda child: (child.create_time(), child.pid))]

    def postgres_pid(self) -> int:
        """Process id of the database server."""
        postmaster = running_postmaster(self.home / "postgres" / "data")
        assert postmaster is not None
        return postmaster.pid

    def said(self) -> str:
        """Everything it wrote on its screen."""
        return self.log.read_text(errors="replace")

    def told(self) -> str:
        """What it told people: its screen without the log lines."""
        return "\n".join(line for line in self.said().splitlines() if not line.startswith('{"'))

    def log_lines(self) -> list[dict[str, Any]]:
        """The JSON lines of its log."""
        return [json.loads(line) for line in self.said().splitlines() if line.startswith('{"')]

    def failures(self) -> list[str]:
        """Lines that must never be there: errors and tracebacks."""
        return [
            line
            for line in self.said().splitlines()
            if re.search(r'"level":"(error|critical)"|Traceback', line)
        ]

    def wait_ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Wait until every worker is ready; give up at once when the process has ended."""

        def is_ready() -> bool:
            assert self.process.poll() is None, f"`drivetrain up` ended:\n{self.told()}"
            assert "not ready yet" not in self.told(), self.told()
            try:
                # each request may meet another worker, and one may be ready before the other
                answers = {self.ask("/health/ready").status_code for _ in range(5 * WORKERS)}
            except httpx.HTTPError:
                return False
            return answers == {httpx.codes.OK} and len(self.served_by()) == WORKERS

        assert eventually(is_ready, within_s, every_s=0.05), f"not ready in {within_s} s:\n{self.told()}"
        self._children()

    def served_by(self) -> set[str]:
        """The workers that have a model to answer with."""
        lines = [
            line
            for line in self.log_lines()
            if line["event"] == "model swapped in" and line["model"] == MODEL
        ]
        return {line["process"] for line in lines}

    def stop(self, signum: int = signal.SIGINT) -> int:
        """Ask it to end; its exit code. Fails when a process it started is left."""
        started = self._children()
        with suppress(psutil.NoSuchProcess):
            started += [
                psutil.Process(running.pid)
                for running in [running_postmaster(self.home / "postgres/data")]
                if running
            ]
        self.process.send_signal(signum)
        code = self.process.wait(GONE_WITHIN_S)
        left = [child for child in started if is_alive(child)]
        assert not left, f"left behind: {[_command(child) for child in left]}"
        return code

    def kill_everything(self) -> None:
        """What a power cut does to it: SIGKILL for the supervisor, the workers and the database, all at once."""
        everybody = [psutil.Process(self.process.pid), *self._children()]
        server = psutil.Process(self.postgres_pid())
        everybody += [server, *server.children(recursive=True)]
        for one in everybody:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait()
        psutil.wait_procs(everybody[1:], timeout=10)

    def _children(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children(recursive=True):
                self._seen[child.pid] = child
        return [child for child in self._seen.values() if is_alive(child)]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed for machines."""
        return json.loads(self.out)


def drivetrain(home: Path, *arguments: str | Path, timeout_s: float = 300, **settings: str) -> Said:
    """Run one command on a home, as a user would."""
    command = [sys.executable, "-m", "drivetrain.entrypoints.cli", *map(str, arguments)]
    done = subprocess.run(
        command,
        env=_environment(home, settings),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        cwd=home.parent,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def launch(home: Path, port: int | None = None, **settings: str) -> RunningPlatform:
    """Start `drivetrain up` on a home and do not wait.

    Args:
        settings: further settings without their prefix: ``LEDGER_TIMEOUT_S="1"``.
    """
    port = free_port() if port is None else port
    environment = _environment(home, {"PORT": str(port), **settings})
    log = home.with_name(f"{home.name}.log")
    with log.open("wb") as file:
        command = [sys.executable, "-m", "drivetrain.entrypoints.cli", "up"]
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=home.parent,
            start_new_session=True,
        )
    return RunningPlatform(home, port, process, log, environment)


@contextmanager
def running(
    home: Path, port: int | None = None, *, within_s: float = READY_WITHIN_S, **settings: str
) -> Iterator[RunningPlatform]:
    """A platform that is ready; at the end it is stopped as by Ctrl-C, and must leave nothing behind."""
    platform = launch(home, port, **settings)
    try:
        platform.wait_ready(within_s)
        yield platform
    except BaseException:
        with suppress(Exception):
            platform.stop()
        raise
    finally:
        if platform.process.poll() is None:
            assert platform.stop() == 0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(holds: Callable[[], T], within_s: float, every_s: float = 0.02) -> T:
    """The first true value of ``holds``, or its last one when the time is up."""
    give_up_at = time.monotonic() + within_s
    while not (found := holds()) and time.monotonic() < give_up_at:
        time.sleep(every_s)
    return found


def is_alive(pid: int | psutil.Process) -> bool:
    """Whether a process runs; one that has ended and waits for its parent to notice does not."""
    try:
        process = psutil.Process(pid) if isinstance(pid, int) else pid
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def count_decisions(url: str) -> dict[str, int]:
    """How often each decision id stands in the ledger."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT decision_id::text, count(*) FROM drivetrain.decisions GROUP BY 1"
        ).fetchall()
    return dict(rows)


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home at rest with 800 synthetic rows and two versions, the first of them live.

    Copy it, do not change it.
    """
    _remove_abandoned()
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    home = shared / "prepared-home"
    with (shared / "prepared-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            _prepare(shared / "unfinished-home", home)
    return home


@pytest.fixture
def new_home(prepared_home: Path) -> Iterator[Callable[[], Path]]:
    """Gives copies of the prepared home, removed after the test."""
    with home_folder() as folder:

        def copy() -> Path:
            home = folder / f"home{len(list(folder.iterdir()))}"
            copy_home(prepared_home, home)
            return home

        yield copy


@pytest.fixture
def empty_home() -> Iterator[Path]:
    """A folder that does not exist yet, in a short temporary one."""
    with home_folder() as folder:
        yield folder / "home"


@pytest.fixture(scope="session")
def platform(prepared_home: Path) -> Iterator[RunningPlatform]:
    """The running platform that the tests of this process share.

    Ask it; do not promote, kill or stop anything on it.
    """
    with home_folder() as folder:
        copy_home(prepared_home, folder / "home")
        with running(folder / "home") as started:
            yield started


@pytest.fixture(scope="module")
def unharmed(platform: RunningPlatform) -> Iterator[None]:
    """Whatever the tests of a module sent: the same workers still answer, none ran into a bug of ours."""
    before = platform.worker_pids()
    yield
    assert platform.worker_pids() == before
    assert platform.failures() == []
    with platform.client() as client:
        assert client.post("/rental/price", json=dict(EXAMPLE)).status_code == httpx.codes.OK
        metrics = client.get("/metrics").text
    assert re.findall(r'^drivetrain_http_answers_total\{status="500"\}.*', metrics, re.MULTILINE) == []


def _prepare(unfinished: Path, home: Path) -> None:
    shutil.rmtree(unfinished, ignore_errors=True)
    _well(drivetrain(unfinished, "data", "generate", "rental-pricing", "--rows", "800", "--seed", "3"))
    _well(drivetrain(unfinished, "data", "generate", "chicago-taxi", "--rows", "3000", "--seed", "3"))
    _train(unfinished, "trip-duration", _TRIPS_RECIPE)
    for recipe in _RECIPES:
        _train(unfinished, MODEL, recipe)
    for market in COUNTRIES.values():
        _well(
            drivetrain(
                unfinished, "data", "generate", market.dataset_name, "--rows", str(_USED_ROWS), "--seed", "3"
            )
        )
        _train(unfinished, market.model_name, _USED_RECIPE)
    assert {"name": MODEL, "champion": "1"} in _well(
        drivetrain(unfinished, "models", "list", "--json")
    ).json()
    # does what is done once: other tables and models, the keys
    with running(unfinished, within_s=SET_UP_WITHIN_S) as platform:
        assert eventually(
            lambda: "Ready after" in platform.said(), 60
        )  # the set-up goes on beside the workers
    unfinished.rename(home)


def _train(home: Path, model: str, recipe: Mapping[str, Any]) -> None:
    """Train a small version; the first one is live."""
    file = home / "recipe.json"
    file.write_text(json.dumps(recipe))
    trained = _well(drivetrain(home, "train", model, "--recipe", file, "--json")).json()
    # by few rows the gate may say no; a person decides
    if trained["version"] == "1" and not trained["is_champion"]:
        _well(drivetrain(home, "models", "promote", model, "1", "--reason", "for the tests"))


def _well(said: Said) -> Said:
    assert said.code == 0, f"{said.out}\n{said.err}"
    return said


def copy_home(source: Path, target: Path) -> None:
    """Copy a home at rest."""
    # As root the database belongs to another user, and Python's copytree does not keep owners.
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def _environment(home: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Ours without the settings of whoever runs the tests; the scheduled scoring, and a build, only where asked for."""
    settings = {"TRIPS_ENABLED": "false", "WEB_APP": str(WEB_APP), **settings}
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DRIVETRAIN_", "PROMETHEUS_"))
    }
    return {
        **kept,
        "DRIVETRAIN_HOME": str(home),
        **{f"DRIVETRAIN_{name}": value for name, value in settings.items()},
    }


@contextmanager
def home_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_root()))
    try:
        yield folder
    finally:
        for home in folder.iterdir():
            _end(home)
        shutil.rmtree(folder, ignore_errors=True)


def _root() -> Path:
    """In memory where there is room: tests have no use for waiting on a disk, and Unix sockets like short paths."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    return memory if roomy else Path(tempfile.gettempdir())


def _remove_abandoned() -> None:
    """End the platforms of test processes that were killed before they could."""
    for folder in _root().glob(f"{PREFIX}*"):
        owner = re.match(rf"{PREFIX}(\d+)-", folder.name)
        if owner and not psutil.pid_exists(int(owner[1])):
            for home in folder.iterdir():
                _end(home)
            shutil.rmtree(folder, ignore_errors=True)


def _end(home: Path) -> None:
    """End what may still run on a home, whatever state it is in."""
    if not (home / "run").is_dir():
        return
    holder = HomeLock(home).holder()
    if holder is not None:
        with suppress(psutil.Error):
            supervisor = psutil.Process(holder.pid)
            supervisor.terminate()
            supervisor.wait(GONE_WITHIN_S)
    if (home / "postgres").is_dir():
        EmbeddedPostgres(home / "postgres").stop()


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "drivetrain.entrypoints.api" in _command(process) and process.name() != TEMPLATE_NAME
    except psutil.NoSuchProcess:
        return False


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""
