"""``python -m drivetrain.entrypoints.flows NAME MINUTES``: scheduled work, served to a Prefect server of yours."""

from __future__ import annotations

import sys
from collections.abc import Callable

from prefect import flow

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


def serve(process: str, every_min: int) -> None:
    """Serve the work of a process every so many minutes, until SIGTERM."""
    end_with_supervisor()
    cron = "0 * * * *" if every_min == 60 else f"*/{every_min} * * * *"
    scheduled_work.with_options(name=process).serve(
        name="schedule", cron=cron, limit=1, print_starting_message=False, parameters={"process": process}
    )


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
