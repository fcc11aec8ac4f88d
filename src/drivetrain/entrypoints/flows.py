"""The Prefect flow of the scheduled scoring. Run as a module, it is served to a Prefect server of yours."""

from __future__ import annotations

from collections.abc import Callable

from prefect import flow

from drivetrain.bootstrap.kept_process import end_with_parent
from drivetrain.bootstrap.scoring import score_due_once
from drivetrain.settings import Settings

NAME = "score-trips"


def as_flow(work: Callable[[], int]) -> Callable[[], object]:
    """Some work as a flow: every run of it is recorded."""

    @flow(name=NAME)
    def score_due() -> int:
        return work()

    return score_due


@flow(name=NAME)
def score_trips() -> int:
    """Score the slots that are due; how many were.

    Running it twice, late or by several at once is harmless.
    """
    return score_due_once(Settings())


def serve() -> None:
    """Serve the flow on the schedule, until SIGTERM."""
    end_with_parent()
    every_min = Settings().trips_every_min
    cron = "0 * * * *" if every_min == 60 else f"*/{every_min} * * * *"
    score_trips.serve(name="schedule", cron=cron, limit=1, print_starting_message=False)


if __name__ == "__main__":
    serve()
