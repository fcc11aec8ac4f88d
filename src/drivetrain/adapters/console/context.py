"""What a command works on: the installation, opened when a command first asks for it."""

from __future__ import annotations

from collections.abc import Callable

import typer

from drivetrain.lifecycle.kit.installation import Installation


def installation(context: typer.Context) -> Installation:
    """The installation that the command line was started for.

    Raises:
        InvalidInputError: a setting cannot be used.
        UnavailableError: the home cannot be made.
    """
    open_installation: Callable[[], Installation] = context.obj
    return open_installation()
