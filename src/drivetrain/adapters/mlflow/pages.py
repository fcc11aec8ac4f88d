"""MLflow's own pages on the platform's store: its server in this process, on loopback, behind a password."""

from __future__ import annotations

import os
import socket
from base64 import b64encode
from hmac import compare_digest
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from drivetrain.core.errors import UnavailableError

USER = "drivetrain"

_ASSISTANT = "/ajax-api/3.0/mlflow/assistant"
"""Runs commands on this machine for whoever may see the pages; no part of looking at models."""


def require_pages() -> None:
    """Check that the extra is installed: ``mlflow-skinny``, which the platform uses, has no pages.

    Raises:
        UnavailableError: ``mlflow.not_installed``; says what to install.
    """
    try:
        distribution("mlflow")
    except PackageNotFoundError:
        raise UnavailableError(
            "MLflow's pages are not installed; add them with `pip install 'drivetrain[mlflow]'`.",
            code="mlflow.not_installed",
        ) from None


def server_environment(store: str, artifacts: Path, address: str) -> dict[str, str]:
    """What MLflow's server reads when it is imported.

    Args:
        store: tracking URI of the tables.
        artifacts: where files of new experiments would go.
        address: where it listens: ``http://127.0.0.1:5000``.
    """
    host = address.removeprefix("http://")
    return {
        "_MLFLOW_SERVER_FILE_STORE": store,
        "_MLFLOW_SERVER_REGISTRY_STORE": store,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": str(artifacts),
        "MLFLOW_SERVER_ALLOWED_HOSTS": host,
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": address,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_ENABLE_REMOTE_ASSISTANT": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",  # nothing leaves the installation
        "DO_NOT_TRACK": "true",
        "MLFLOW_LOGGING_LEVEL": "WARNING",
    }


def pages_server(listening: socket.socket, store: str, artifacts: Path, password: str) -> uvicorn.Server:
    """MLflow's server, to be run on a socket of 127.0.0.1 by its caller. Importing it takes some seconds."""
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    os.environ.update(server_environment(store, artifacts, address))
    from mlflow.server.fastapi_app import app

    gate = PasswordGate(app, password, address)
    return uvicorn.Server(uvicorn.Config(gate, lifespan="off", ws="none", access_log=False, log_config=None))


class PasswordGate:
    """Lets through whoever has the password and asks from the server's own address.

    A browser sends a password along that it once was given, also for pages of other origins; so these are refused.
    MLflow itself takes requests of every page of this machine.
    """

    def __init__(self, app: ASGIApp, password: str, address: str) -> None:
        self._app = app
        self._credentials = b"Basic " + b64encode(f"{USER}:{password}".encode())
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it; nothing but HTTP is served."""
        if scope["type"] != "http":
            return
        refusal = self._refusal(Headers(scope=scope), scope["path"])
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, headers: Headers, path: str) -> PlainTextResponse | None:
        own = {self._address, self._address.replace("127.0.0.1", "localhost")}
        if f"http://{headers.get('host', '')}" not in own or headers.get("origin", self._address) not in own:
            return PlainTextResponse("Only pages of this address may ask.\n", status_code=403)
        if not compare_digest(headers.get("authorization", "").encode(), self._credentials):
            asks = {"WWW-Authenticate": 'Basic realm="MLflow of drivetrain", charset="UTF-8"'}
            return PlainTextResponse("A password is needed.\n", status_code=401, headers=asks)
        if path.startswith(_ASSISTANT):
            return PlainTextResponse("The assistant is not offered here.\n", status_code=404)
        return None
