"""Prefect's server as a child of ours: beside the scorer for its record, or with its pages for a person."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from drivetrain.adapters.disk.secrets import secret
from drivetrain.adapters.embedded.children import ChildExit, end_with_parent
from drivetrain.adapters.embedded.processes import WorkerPool, bind, inherited_port
from drivetrain.adapters.prefect.server import (
    USER,
    client_environment,
    is_up,
    make_room,
    require_prefect,
    serve_server,
    server_environment,
)
from drivetrain.bootstrap.home import home_of
from drivetrain.bootstrap.preparation import StopRequest
from drivetrain.settings import Settings

WITH_PAGES = "DRIVETRAIN_PREFECT_PAGES"
CHECK_INTERVAL_S = 0.2
STOP_GRACE_S = 5.0

_log = structlog.get_logger("drivetrain.prefect")


class PrefectServer:
    """The server on a port of 127.0.0.1, behind a password, restarted when it ends."""

    def __init__(self, folder: Path, password: str, *, port: int = 0, with_pages: bool = False) -> None:
        """Prepare; nothing is started yet.

        Args:
            folder: Prefect's home.
            port: 0 takes any free one.
            with_pages: whether it shows pages, and starts runs by their schedules.

        Raises:
            UnavailableError: ``prefect.not_installed``.
        """
        require_prefect()
        self._folder = folder
        self._password = password
        self._port = port
        self._with_pages = with_pages
        self._listening: list[socket.socket] = []
        self._pool: WorkerPool | None = None

    def start(self) -> dict[str, str]:
        """Start it.

        Returns:
            The environment that a client of it needs.

        Raises:
            ConflictError: ``port.in_use``.
        """
        make_room(self._folder)
        self._listening = bind("127.0.0.1", self._port)
        server = server_environment(self._folder, self._password, self.address, with_pages=self._with_pages)
        environment = {**os.environ, **server, WITH_PAGES: "1" if self._with_pages else ""}
        command = [sys.executable, "-m", "drivetrain.entrypoints.prefect_server"]
        self._pool = WorkerPool(command, environment, self._listening, on_exit=self._tell)
        self._pool.start()
        return client_environment(self._folder, self._password, self.address)

    @property
    def address(self) -> str:
        """Where it listens, once it was started."""
        return f"http://127.0.0.1:{self._listening[0].getsockname()[1]}"

    def check(self) -> None:
        """Start it again when it has ended."""
        if self._pool is not None:
            self._pool.check()

    def is_up(self) -> bool:
        """True when it answers."""
        return is_up(self.address)

    def stop(self) -> None:
        """End it."""
        if self._pool is not None:
            self._pool.stop(STOP_GRACE_S)
        for listening in self._listening:
            listening.close()

    def _tell(self, _: int, child_exit: ChildExit) -> None:
        _log.warning("Prefect's server ended", why=child_exit.reason, restart_in_s=child_exit.restart_in_s)


def show_prefect(settings: Settings, port: int, say: Callable[[str], None]) -> None:
    """Run Prefect's server with its pages until Ctrl-C or SIGTERM, and say where it is and how to get in.

    The password belongs to the home and stays the same, so that settings that name it stay true.

    Raises:
        ConflictError: ``port.in_use``.
        UnavailableError: ``prefect.not_installed``.
    """
    home = home_of(settings)
    require_prefect()
    password = secret(home.folder, "prefect").hex()
    server = PrefectServer(home.folder / "prefect-pages", password, port=port, with_pages=True)
    with StopRequest().listening() as stop:
        try:
            server.start()
            say(
                f"Prefect: {server.address} (takes some seconds; Ctrl-C stops)\n"
                f"  its pages ask for: {USER}:{password}\n"
                f"  to run scheduled work there: DRIVETRAIN_PREFECT_API_URL={server.address}/api "
                f"PREFECT_API_AUTH_STRING={USER}:{password} drivetrain up"
            )
            while not stop.is_requested():
                server.check()
                time.sleep(CHECK_INTERVAL_S)
        finally:
            server.stop()


def serve_prefect() -> None:
    """Be Prefect's server on the inherited socket, until SIGTERM."""
    end_with_parent()
    serve_server(inherited_port(os.environ).listening, with_pages=bool(os.environ.get(WITH_PAGES)))
