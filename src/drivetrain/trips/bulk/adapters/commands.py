"""``drivetrain score``: rides of slots, on request or because they are due; rides in Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.output import progress, say, show_json
from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.slots.adapters.commands import (
    Backfill,
    Due,
    Prove,
    SlotAt,
    prove_slots,
    score_slots,
)

app = typer.Typer(help="Score rides: trips.", no_args_is_help=True)

Source = Annotated[
    Path | None, typer.Option("--in", help="Folder with Parquet files of rides, or one such file.")
]
Target = Annotated[
    Path | None, typer.Option("--out", help="Output folder: the same rows with their predictions.")
]
Engine = Annotated[
    str,
    typer.Option(help="plain: this process. ray: a Ray cluster, by DRIVETRAIN_RAY_ADDRESS or started here."),
]
Version = Annotated[
    str | None, typer.Option("--model-version", help="Version of the model; the live one by default.")
]


@app.callback()
def score() -> None:
    """Score rides: `drivetrain score trips`."""


@app.command()
def trips(
    context: typer.Context,
    slot: SlotAt = None,
    backfill: Backfill = None,
    due: Due = False,
    prove: Prove = None,
    source: Source = None,
    target: Target = None,
    engine: Engine = "plain",
    version: Version = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Score slots with the versions live at the time, each ride exactly once; or score a folder of Parquet files.

    What is written stays as it is. A run over files that was stopped goes on with the same command; every row
    comes out once.
    """
    if sum((slot is not None, backfill is not None, due, prove is not None, source is not None)) != 1:
        raise InvalidInputError(
            "Give one of --slot, --backfill, --due, --prove and --in.", code="input.missing_field"
        )
    if (source is None) != (target is None):
        raise InvalidInputError("--in and --out belong together.", code="input.missing_field")
    if source is None and (engine != "plain" or version is not None):
        raise InvalidInputError(
            "--engine and --model-version are for files: give --in and --out.", code="input.missing_field"
        )
    if source is not None and target is not None:
        _score_files(context, source, target, engine, version, as_json=as_json)
    elif prove is not None:
        prove_slots(context, prove, as_json=as_json)
    else:
        score_slots(context, slot, backfill, as_json=as_json)


def _score_files(
    context: typer.Context, source: Path, target: Path, engine: str, version: str | None, *, as_json: bool
) -> None:
    """Score a folder, and say what became of it."""
    from drivetrain.trips.bulk.adapters.local import (
        score_files,
    )  # Parquet and the model: only for those who score

    shown = progress(as_json=as_json)
    report = score_files(
        installation(context), source, target, engine=engine, version=version, progress=shown
    )
    if as_json:
        show_json({"out": str(target), "kept_rows": report.kept_rows, **report.summary})
        return
    earlier = f", {report.kept_rows:,} of them before" if report.kept_rows else ""
    say(
        f"{report.rows:,} rows scored by {report.model.model} version {report.model.model_version}{earlier}: {target}"
    )
    if report.unknown_areas:
        say(
            f"{report.unknown_areas:,} rows have a place outside the city, or unknown; their predictions are coarser."
        )
    if report.unanswered:
        say(f"{report.unanswered:,} rows have no valid start; their predictions are null.")
