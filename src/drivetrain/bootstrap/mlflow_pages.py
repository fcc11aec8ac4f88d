"""``drivetrain mlflow``: MLflow's pages on the models of this installation, for a person, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from drivetrain.adapters.disk.secrets import secret
from drivetrain.adapters.embedded.processes import bind
from drivetrain.adapters.mlflow.pages import USER, pages_server, require_pages
from drivetrain.adapters.mlflow.registry import tracking_uri
from drivetrain.bootstrap.installation import database, existing_home
from drivetrain.bootstrap.preparation import StopRequest
from drivetrain.settings import Settings


def show_mlflow(settings: Settings, port: int, say: Callable[[str], None]) -> None:
    """Run MLflow's server with its pages until Ctrl-C or SIGTERM, and say where it is and how to get in.

    It looks at the database of the running platform, or at one that runs for as long. The password belongs to the
    home and stays the same.

    Raises:
        ConflictError: ``port.in_use``.
        NotFoundError: there is no home yet.
        UnavailableError: ``mlflow.not_installed``, or the database cannot be reached.
    """
    require_pages()
    home = existing_home(settings, with_database=True)
    (listening,) = bind("127.0.0.1", port)
    with closing(listening), StopRequest().listening() as stop, database(settings, home) as url:
        password = secret(home.folder, "mlflow").hex()
        server = pages_server(listening, tracking_uri(url), home.artifacts, password)
        say(
            f"MLflow: http://127.0.0.1:{listening.getsockname()[1]} (Ctrl-C stops)\n"
            f"  its pages ask for the user {USER} and the password {password}"
        )
        server.should_exit = stop.is_requested()
        server.run(sockets=[listening])
