"""``python -m drivetrain.entrypoints.web_app [--check | --beside]``: builds the web app of a clone, or checks it.

``make web`` and ``make check`` run it; `drivetrain up` starts it beside the platform.
"""

from __future__ import annotations

import sys
import time

from drivetrain.bootstrap.web_build import run_beside, web_build
from drivetrain.core.errors import DrivetrainError, UnavailableError

UNREACHABLE = 3
"""Exit code where the network is to blame, so that others can tell it from a source that is wrong."""


def say(text: str) -> None:
    """Print one line for people at once."""
    print(text, flush=True)  # noqa: T201 - where a person started it


def main(arguments: list[str]) -> int:
    """Build or check; the exit code."""
    is_beside = "--beside" in arguments
    if is_beside:
        run_beside()
    started = time.monotonic()
    try:
        build = web_build((lambda _: None) if is_beside else say)
        if "--check" in arguments:
            build.check()
        elif build.build(waits=not is_beside):
            say(f"The web app is built, after {time.monotonic() - started:.0f} s.")
    except (DrivetrainError, OSError) as error:
        say(f"{error}\nThe web app is missing; the API serves without it." if is_beside else str(error))
        return UNREACHABLE if isinstance(error, UnavailableError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
