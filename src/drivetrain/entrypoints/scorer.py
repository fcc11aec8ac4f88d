"""The process that scores rides on the schedule; `drivetrain up` starts it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from drivetrain.bootstrap.scorer import run_scorer


def recorded(work: Callable[[], int]) -> Callable[[], object]:
    """The work as a flow. Importing Prefect takes seconds, so that is done when it is called."""
    from drivetrain.entrypoints.flows import as_flow

    return as_flow(work)


if __name__ == "__main__":
    sys.exit(run_scorer(recorded))
