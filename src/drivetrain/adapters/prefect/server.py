"""Prefect's server: how it and its clients are set up, whether it answers, and serving it."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path
from shutil import rmtree

import httpx
import uvicorn

from drivetrain.core.errors import UnavailableError

LARGEST_RECORD_BYTES = 256 << 20
"""Prefect keeps every run; past this size the record starts anew. Nothing depends on it."""

USER = "drivetrain"


def require_prefect() -> None:
    """Check that the extra is installed.

    Raises:
        UnavailableError: ``prefect.not_installed``; says what to install.
    """
    if importlib.util.find_spec("prefect") is None:
        raise UnavailableError(
            "Prefect is not installed; add it with `pip install 'drivetrain[prefect]'`.",
            code="prefect.not_installed",
        )


def prefect_environment(folder: Path) -> dict[str, str]:
    """What keeps Prefect inside a folder, silent, and away from the network."""
    return {
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
    }


def server_environment(folder: Path, password: str, address: str, *, with_pages: bool) -> dict[str, str]:
    """What a server behind a password needs.

    Args:
        address: where it listens: ``http://127.0.0.1:4200``.
        with_pages: whether it shows pages, and starts runs by their schedules.
    """
    pages = {
        "PREFECT_SERVER_UI_ENABLED": "true",
        "PREFECT_SERVER_UI_API_URL": f"{address}/api",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(folder / "pages"),
    }
    return {
        **prefect_environment(folder),
        **(pages if with_pages else {}),
        "PREFECT_SERVER_API_AUTH_STRING": f"{USER}:{password}",
    }


def client_environment(folder: Path, password: str, address: str) -> dict[str, str]:
    """What a client of that server needs."""
    return {
        **prefect_environment(folder),
        "PREFECT_API_AUTH_STRING": f"{USER}:{password}",
        "PREFECT_API_URL": f"{address}/api",
    }


def make_room(folder: Path) -> None:
    """Make the folder, or begin it anew where its record has grown too large."""
    if sum(file.stat().st_size for file in folder.glob("prefect.db*")) > LARGEST_RECORD_BYTES:
        rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)


def is_up(address: str) -> bool:
    """True when the server answers; of its health it tells everybody."""
    try:
        answer = httpx.get(f"{address}/api/health", timeout=1.0)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def serve_server(listening: socket.socket, *, with_pages: bool) -> None:
    """Be the server on a socket, until SIGTERM. Its settings are in the environment.

    Args:
        with_pages: whether it shows pages, and starts runs by their schedules.
    """
    from prefect.server.api.server import create_app

    app = create_app(ephemeral=not with_pages)
    config = uvicorn.Config(app, lifespan="on", access_log=False, log_config=None)
    uvicorn.Server(config).run(sockets=[listening])
