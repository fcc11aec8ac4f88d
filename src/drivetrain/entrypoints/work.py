"""``python -m drivetrain.entrypoints.work [QUEUE ...]``: does background tasks; `drivetrain up` starts one."""

from __future__ import annotations

import os
import sys

import structlog

from drivetrain.bootstrap.task_work import work
from drivetrain.core.errors import DrivetrainError


def main() -> int:
    """Work until asked to stop; the exit code."""
    try:
        work(sys.argv[1:])
    except DrivetrainError as error:
        log = structlog.get_logger("drivetrain.tasks")
        log.warning("the task worker cannot begin", code=error.code, why=error.detail)
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # without waiting for threads whose tasks go on: those begin again elsewhere
