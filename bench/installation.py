"""A home to measure on, and the platform running on it."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.load import as_request
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.embedded.template import TEMPLATE_NAME
from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.bootstrap.installation import Home, database
from drivetrain.bootstrap.setting_up import train_models
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.products import MODELS, TABLES, model_named
from drivetrain.settings import Settings

HOST = "127.0.0.1"
MODEL = "rental-price"
RECIPE_OF_SECOND = {"trees": 60}
"""A second version to promote and roll back to: quickly trained, and too plain to pass the gate."""

_READY_TIMEOUT_S = 90.0
_STOP_TIMEOUT_S = 40.0
_SETTLE_TIMEOUT_S = 120.0
_KEPT_SETTINGS = ("DRIVETRAIN_WORKERS", "DRIVETRAIN_LOG_LEVEL")
_SEED = 1
_LAST_WORDS = 30  # lines
_LEFT_OUT = ('"event":"request"', "Admin key", "Sign in as")


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Installation:
    """A home with a trained model, and the commands on it.

    Of the caller's settings only those that shape the measurement are kept: a benchmark must never write to
    the database that ``DRIVETRAIN_DATABASE_URL`` happens to name.
    """

    def __init__(self, folder: Path, log: Path) -> None:
        self.home = Home(folder)
        self.log = log
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DRIVETRAIN_")}
        chosen = {name: os.environ[name] for name in _KEPT_SETTINGS if name in os.environ}
        self.environment = {**kept, **chosen, "DRIVETRAIN_HOME": str(folder), "DRIVETRAIN_HOST": HOST}

    def command(self, *arguments: str) -> Any:
        """Run ``drivetrain`` and give its JSON answer, or its text.

        Raises:
            RuntimeError: it failed.
        """
        done = subprocess.run(
            [sys.executable, "-m", "drivetrain.entrypoints.cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"drivetrain {' '.join(arguments)} failed: {done.stderr[-2000:]}")
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    def take_tables(self) -> None:
        """Add the real tables of ``DRIVETRAIN_DATA_DIR``, or generate synthetic ones."""
        data = os.environ.get("DRIVETRAIN_DATA_DIR")
        for table in TABLES:
            found = self.home.datastore().find(table.name, [Path(data)] if data else [])
            if found is None:
                self.command("data", "generate", table.name)
            else:
                self.command("data", "add", table.name, str(found))

    def train(self) -> float:
        """Train every model as the first start does; seconds it took.

        Raises:
            RuntimeError: a training failed.
        """
        started = time.monotonic()
        # makes the signing key pair, as the first start does, before two processes want it
        self.home.signer()
        names = [model.name for model in MODELS]
        with database(Settings(home=self.home.folder, database_url=None), self.home) as url:
            environment = {**self.environment, "DRIVETRAIN_DATABASE_URL": url}
            for training in train_models(
                names, environment, actor="bench", progress=SilentProgress(), stopped=lambda: False
            ):
                if training.code:
                    raise RuntimeError(f"training {training.name} failed: {training.output[-2000:]}")
        return time.monotonic() - started

    def other_version(self) -> str:
        """A version that is not live; trained where there is none."""
        live = str(self.command("models", "show", MODEL, "--json")["version"])
        versions = [str(each["version"]) for each in self.command("models", "versions", MODEL, "--json")]
        others = [version for version in versions if version != live]
        if others:
            return others[0]
        recipe = self.log.with_name("recipe.json")
        recipe.write_text(json.dumps(RECIPE_OF_SECOND), encoding="utf-8")
        made = self.command("train", MODEL, "--recipe", str(recipe), "--json")
        return live if made["is_champion"] else str(made["version"])

    def table(self) -> str:
        """Which table is measured on: real or synthetic."""
        reference = self.home.datastore().current(model_named(MODEL).table.name)
        return (
            f"{reference.name} {reference.version}, {'SYNTHETIC' if reference.is_synthetic else 'real'} rows"
        )

    def rows(self, count: int, model: str = MODEL) -> list[Row]:
        """Rows of a model's table as a client would send them, drawn with replacement."""
        spec = model_named(model)
        path = self.home.datastore().current(spec.table.name).path
        rows_file = self.log.with_name("set-aside.csv")
        table = read_training_table(path, spec.contract, rows_file, spec.table.preparation).table
        draw = random.Random(_SEED)
        chosen = [draw.randrange(len(table.target)) for _ in range(count)]
        return [{name: table.rows[name][at] for name in spec.contract.names} for at in chosen]

    @contextmanager
    def running(self, **settings: str) -> Iterator[Platform]:
        """The platform, ready, and ended with everything it started when the block is left.

        Args:
            settings: further ones without their prefix: ``TRIPS_EVERY_MIN="1"``.
        """
        further = {f"DRIVETRAIN_{name}": value for name, value in settings.items()}
        port = free_port()
        started = time.monotonic()
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "drivetrain.entrypoints.cli", "up"],
                env={**self.environment, **further, "DRIVETRAIN_PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the benchmark, which then ends this in order
            )
        try:
            self._wait_ready(child, port)
            yield Platform(self.home, child.pid, port, time.monotonic() - started)
        finally:
            _end(child)

    def last_words(self) -> str:
        """The end of its log, which goes with the temporary folder; without lines about requests, and without the admin key."""
        if not self.log.exists():
            return ""  # never started
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(
            [line for line in lines if not any(word in line for word in _LEFT_OUT)][-_LAST_WORDS:]
        )

    def _wait_ready(self, child: subprocess.Popen[bytes], port: int) -> None:
        give_up_at = time.monotonic() + _READY_TIMEOUT_S
        while time.monotonic() < give_up_at and child.poll() is None:
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://{HOST}:{port}/health/ready", timeout=2.0).is_success:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"the platform did not become ready; its last words:\n{self.last_words()}")


@dataclass(frozen=True, slots=True)
class Platform:
    """The running platform.

    Attributes:
        pid: of the supervisor.
        ready_after_s: from the start of the process to the first answer of ``/health/ready``.
    """

    home: Home
    pid: int
    port: int
    ready_after_s: float

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """What authenticates a request."""
        return {"x-api-key": self.home.admin_key.read_text(encoding="ascii").strip()}

    def price_requests(self, rows: Sequence[Row], *, explain: bool) -> list[str]:
        """One whole request a row."""
        path = "/rental/price" if explain else "/rental/price?explain=false"
        bodies = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
        return [as_request("POST", path, headers=self.headers, body=body) for body in bodies]

    def workers(self) -> list[psutil.Process]:
        """The API processes."""
        return [child for child in psutil.Process(self.pid).children() if _is_worker(child)]

    @property
    def database_url(self) -> str:
        """The embedded database, from outside."""
        return EmbeddedPostgres(self.home.postgres).expected_url

    def settle(self) -> None:
        """Wait for the set-up in the background after its start, so that it is not measured as well."""
        give_up_at = time.monotonic() + _SETTLE_TIMEOUT_S
        while time.monotonic() < give_up_at:
            if not any(_is_setting_up(child) for child in psutil.Process(self.pid).children()):
                return
            time.sleep(0.2)

    def holders(self) -> dict[int, int]:
        """Which worker holds which connection: client port to worker pid."""
        held = ((worker.pid, each) for worker in self.workers() for each in worker.net_connections("tcp"))
        return {each.raddr.port: pid for pid, each in held if each.raddr and each.laddr.port == self.port}

    def postgres(self) -> list[psutil.Process]:
        """The processes of the embedded server."""
        pid = int(
            (self.home.postgres / "data" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0]
        )
        return [psutil.Process(pid), *psutil.Process(pid).children()]


def _is_worker(process: psutil.Process) -> bool:
    try:
        return "drivetrain.entrypoints.api" in process.cmdline() and process.name() != TEMPLATE_NAME
    except psutil.NoSuchProcess:  # it ended a moment ago
        return False


def _is_setting_up(process: psutil.Process) -> bool:
    try:
        return "drivetrain.entrypoints.cli.set_up" in process.cmdline()
    except psutil.NoSuchProcess:  # it ended a moment ago
        return False


def cpu_s(processes: Sequence[psutil.Process]) -> float:
    """CPU time that processes have used, seconds; one that has ended counts nothing."""
    used = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            used += sum(process.cpu_times()[:2])
    return used


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    family = psutil.Process(child.pid).children(recursive=True)
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    for process in family:  # nothing is left after an orderly end
        with suppress(psutil.NoSuchProcess):
            process.kill()
