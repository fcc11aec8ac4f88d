"""``python -m drivetrain.entrypoints.cli.up``: the supervisor; `drivetrain up` turns into it and so drops its own libraries."""

from __future__ import annotations

import sys
from contextlib import suppress

from drivetrain.bootstrap.supervision import run_platform
from drivetrain.core.errors import DrivetrainError, InvalidInputError
from drivetrain.settings import Settings


def say(text: str) -> None:
    """Print one line for people at once; what goes to a full disk or a closed terminal is lost, and nothing else."""
    with suppress(OSError):
        print(text, flush=True)  # noqa: T201 - where a person started it


def main() -> int:
    """Run the platform until it is asked to stop; the exit code."""
    try:
        run_platform(Settings(), say)
    except DrivetrainError as error:
        from drivetrain.adapters.console.output import complain  # rich, which only a failure needs

        complain(error)
        return 2 if isinstance(error, InvalidInputError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
