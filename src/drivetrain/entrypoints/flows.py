"""``python -m drivetrain.entrypoints.flows NAME SECONDS``: scheduled work, served to a Prefect server of yours."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from prefect import flow
from prefect.schedules import Interval

from drivetrain.bootstrap.jobs import end_with_supervisor
from drivetrain.bootstrap.processes import work_once
from drivetrain.products import process_named
from drivetrain.settings import Settings


def as_flow(name: str, work: Callable[[], int]) -> Callable[[], object]:
    """Some work as a flow: every run of it is recorded."""

    @flow(name=name)
    def do_work() -> int:
        return work()

    return do_work


@flow(name="scheduled-work")
def scheduled_work(process: str) -> int:
    """Do what is due; how much was done.

    Running it twice, late or by several at once is harmless.
    """
    return work_once(process_named(process), Settings())


def serve(process: str, every: timedelta) -> None:
    """Serve the work of a process at every multiple of an interval since 1970 in UTC, until SIGTERM.

    An interval that divides an hour is in step with the clock, as slots are.
    """
    end_with_supervisor()
    schedule = Interval(every, anchor_date=datetime(1970, 1, 1, tzinfo=UTC), timezone="UTC")
    scheduled_work.with_options(name=process).serve(
        name="schedule",
        schedule=schedule,
        limit=1,
        print_starting_message=False,
        parameters={"process": process},
    )


if __name__ == "__main__":
    serve(sys.argv[1], timedelta(seconds=int(sys.argv[2])))
