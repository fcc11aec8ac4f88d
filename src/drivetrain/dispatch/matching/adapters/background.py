"""The process of dispatch beside the API: ends what is over by time, and matches in windows where that is set.

It also serves the lake as a flow where the settings name a Prefect server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.adapters.postgres.event_notices import PostgresEventListener
from drivetrain.core.event_log import EventListener
from drivetrain.dispatch.events.domain.events import REQUESTS_CHANNEL
from drivetrain.dispatch.features.adapters.flow import served
from drivetrain.dispatch.matching.adapters.attempts import Attempts
from drivetrain.dispatch.matching.adapters.metrics import RideMetrics
from drivetrain.dispatch.matching.adapters.overdue import PostgresOverdueRides
from drivetrain.dispatch.matching.adapters.settings import MatchSettings
from drivetrain.dispatch.matching.application.sweep_rides import OverdueRides, SweepRides
from drivetrain.lifecycle.kit.processes import ProcessPorts, StopSignal

SWEEP_EVERY_S = 1.0
"""An offer that is over counts as over at once; its driver and rider learn of it so much later at most."""

QUIET_SWEEP_EVERY_S = 5.0
"""While no offer stands and nobody asks: a request that comes wakes the sweeper."""


def run(ports: ProcessPorts) -> int:
    """Sweep, and match in windows, until asked to stop; the exit code."""
    engine, settings = ports.database.engine, ports.installation.settings(MatchSettings)
    overdue = PostgresOverdueRides(
        engine, PostgresEventLog(engine), patience_s=settings.patience_s, ride_s=settings.ride_s
    )
    listener = PostgresEventListener(ports.database.url, ports.stop, REQUESTS_CHANNEL)
    sweep = partial(sweep_until_stopped, overdue, listener, RideMetrics(ports.registry), ports.stop)
    with served(ports):
        _work(ports, settings, sweep)
    return 0


def _work(ports: ProcessPorts, settings: MatchSettings, sweep: Callable[[], None]) -> None:
    if settings.policy == "request":
        sweep()
        return
    from drivetrain.dispatch.matching.adapters.batch_loop import match_in_batches  # only for windows

    thread = threading.Thread(target=sweep, name="sweeper", daemon=True)
    if settings.sweeper:
        thread.start()
    match_in_batches(ports)


def sweep_until_stopped(
    overdue: OverdueRides, listener: EventListener, metrics: RideMetrics, stop: StopSignal
) -> None:
    """Sweep again and again; what failed is due the next time."""
    sweep, attempt = SweepRides(overdue), Attempts()
    try:
        while not stop.is_set():
            for step, rides in sweep(stop.is_set, attempt).items():
                metrics.stepped(step, rides)
            is_quiet = False
            with attempt("is_quiet"):
                is_quiet = overdue.is_quiet()
            if is_quiet:
                listener.wait(QUIET_SWEEP_EVERY_S)
            else:
                listener.close()
                stop.wait(SWEEP_EVERY_S)
    finally:
        listener.close()
