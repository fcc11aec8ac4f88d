"""Processes of the products: the ports of one, and running it until it is asked to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from prometheus_client import CollectorRegistry

from drivetrain.adapters.embedded.children import end_with_parent
from drivetrain.adapters.http.metrics import name_process
from drivetrain.adapters.logs.setup import configure_logs
from drivetrain.adapters.prefect.runs import Flow
from drivetrain.bootstrap.installation import open_installation
from drivetrain.bootstrap.triggers import LocalTrigger, open_trigger
from drivetrain.core.errors import DrivetrainError, UnavailableError
from drivetrain.core.shared_copies import OpenSharedCopy, SharedCopy
from drivetrain.lifecycle.kit.processes import Process, ProcessPorts, Trigger
from drivetrain.settings import Settings

POOL = 4
"""Connections: a writing one, its heartbeat, and room for a second run beside it."""

_log = structlog.get_logger("drivetrain.process")


def run_process(process: Process, as_flow: Callable[[str, Callable[[], int]], Flow]) -> int:
    """Run a process that `drivetrain up` started, until SIGTERM.

    Args:
        as_flow: makes a flow of the name of some work.

    Returns:
        The exit code.
    """
    end_with_parent()
    name_process(process.name)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    settings = Settings()
    configure_logs(settings.log_level, process=process.name, file=settings.log_file)
    if settings.database_url is None:
        raise UnavailableError("A process is told its database by what starts it.")
    installation = open_installation(settings)
    trigger = partial(
        open_trigger, settings, installation.folder, partial(as_flow, process.name), process.name
    )
    database = installation.opened(settings.database_url.get_secret_value(), pool_size=POOL)
    try:
        ports = ProcessPorts(installation, database, stop, CollectorRegistry(), trigger, copies_of(settings))
        return process.run(ports)
    except DrivetrainError as error:
        _log.warning("the process cannot go on", process_name=process.name, code=error.code, why=error.detail)
        return 1
    finally:
        database.engine.dispose()


def copies_of(settings: Settings) -> OpenSharedCopy:
    """Opens copies in the Redis of the settings. Its client is imported with the first one: few processes want any."""

    def open_copy(name: str) -> SharedCopy | None:
        from drivetrain.bootstrap.redis_watch import redis_watch

        return redis_watch(settings).shared_copy(name)

    return open_copy


def work_once(process: Process, settings: Settings) -> int:
    """Do the scheduled work of a process once, in a process that a Prefect server has started; how much was done.

    Raises:
        UnavailableError: the database cannot be reached, or the process has no scheduled work.
    """
    configure_logs(settings.log_level, process=f"{process.name}-flow", file=settings.log_file)
    if process.work_once is None:
        raise UnavailableError(f"{process.name} has no scheduled work.", code="platform.no_scheduled_work")
    installation = open_installation(settings)
    with installation.database(pool_size=POOL) as database:
        ports = ProcessPorts(
            installation, database, threading.Event(), CollectorRegistry(), _no_trigger, copies_of(settings)
        )
        return process.work_once(ports)


def _no_trigger(
    work: Callable[[], int], *, every_min: int, grace: timedelta, embedded: bool = True
) -> Trigger:
    """Something else has woken the work already."""
    return LocalTrigger()
