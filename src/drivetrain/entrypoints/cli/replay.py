"""``drivetrain replay``: logged decisions answered again, by the versions that made them or by another one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from drivetrain.adapters.console.output import BarProgress, show_difference
from drivetrain.core.time import parse_optional_instant
from drivetrain.products import MODELS
from drivetrain.settings import Settings


def replay(
    model: Annotated[str, typer.Argument(help=f"Name of the model, for example {MODELS[0].name}.")],
    version: Annotated[
        str | None,
        typer.Option(help="The version that answers every decision; each by its own version by default."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="ISO 8601 instant with its zone; a day ago by default.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="ISO 8601 instant with its zone; now by default.")] = None,
    most: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Newest decisions of the window to replay.")
    ] = 1_000_000,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Recompute logged decisions: what would have changed, and for whom. Nobody is exposed to it.

    Without --version, each decision is answered by the version that made it, and every answer must be identical.
    """
    from drivetrain.bootstrap.models import model_commands

    end = parse_optional_instant(until, "--until") or datetime.now(UTC)
    begin = parse_optional_instant(since, "--since")
    with model_commands(Settings()) as commands:
        report = commands.replay(model, version, since=begin, until=end, most=most, progress=BarProgress())
    show_difference(report, as_json=as_json)
