"""``python -m drivetrain.entrypoints.process NAME``: one process of a product; `drivetrain up` starts it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from drivetrain.bootstrap.processes import run_process
from drivetrain.products import process_named


def flow_of(name: str, work: Callable[[], int]) -> Callable[[], object]:
    """The work as a flow. Importing Prefect takes seconds, so that is done when it is called."""
    from drivetrain.entrypoints.flows import as_flow

    return as_flow(name, work)


if __name__ == "__main__":
    sys.exit(run_process(process_named(sys.argv[1]), flow_of))
