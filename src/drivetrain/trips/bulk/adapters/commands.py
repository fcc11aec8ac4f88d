"""The part of ``drivetrain score trips`` that scores rides in Parquet files: ``--in FOLDER --out FOLDER``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from drivetrain.core.progress import Progress, SilentProgress
from drivetrain.entrypoints.cli.output import BarProgress, err, say, show_json
from drivetrain.settings import Settings

Source = Annotated[
    Path | None, typer.Option("--in", help="Folder with Parquet files of rides, or one such file.")
]
Target = Annotated[Path | None, typer.Option("--out", help="Folder the same rows go to, with their figures.")]
Engine = Annotated[
    str,
    typer.Option(help="plain: this process. ray: a Ray cluster, by DRIVETRAIN_RAY_ADDRESS or started here."),
]
Version = Annotated[
    str | None, typer.Option("--model-version", help="Version of the model; the live one by default.")
]


def score_files(source: Path, target: Path, engine: str, version: str | None, *, as_json: bool) -> None:
    """Score a folder, and say what became of it."""
    from drivetrain.bootstrap import score_files as bulk

    progress: Progress = SilentProgress() if as_json or not err.is_terminal else BarProgress()
    done = bulk.score_files(Settings(), source, target, engine=engine, version=version, progress=progress)
    if as_json:
        show_json({"out": str(target), "kept_rows": done.kept_rows, **done.summary})
        return
    kept = f", {done.kept_rows:,} of them before" if done.kept_rows else ""
    say(f"{done.rows:,} rows scored by {done.model.model} version {done.model.model_version}{kept}: {target}")
    if done.unknown_areas:
        say(
            f"{done.unknown_areas:,} rows have a place outside the city, or unknown; their figures are coarser."
        )
    if done.unanswered:
        say(f"{done.unanswered:,} rows have no start that exists; their figures are null.")
