"""``drivetrain trips``: rides learned from real days, compared with one, replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.files import write_page
from drivetrain.adapters.console.output import BarProgress, err, progress, say, show_json, show_table
from drivetrain.core.time import parse_optional_instant

app = typer.Typer(
    help="Rides: fit to real days, compare, replay; report outcomes and show the quality of predictions.",
    no_args_is_help=True,
)

Days = Annotated[
    list[Path], typer.Option("--day", help="A raw day of trips (Parquet or CSV); may be given several times.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command("fit-rides")
def fit_rides(context: typer.Context, day: Days, as_json: AsJson = False) -> None:
    """Learn from real days how rides are drawn, and keep the parameters under the home."""
    from drivetrain.trips.rides.adapters.local import fit_ride_files

    fit = fit_ride_files(installation(context).folder, day, progress(as_json=as_json))
    if as_json:
        show_json(fit)
        return
    say(f"{fit['source']} {fit['believable_rides']:,} of {fit['rows']:,} rides are believable.")
    say(f"{fit['file']}: parameters {fit['parameters'][:12]}.")


@app.command("compare-rides")
def compare_rides(
    day: Days,
    held_back: Annotated[Path, typer.Option(help="Another raw day, not used for fitting.")],
    out: Annotated[Path | None, typer.Option(help="Output file: one self-contained HTML page.")] = None,
    repeats: Annotated[int, typer.Option(min=2, max=1_000, help="Draws of each kind.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same results.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Fit on some days, draw another, and measure how far the drawn rides are from the real ones."""
    from drivetrain.trips.rides.adapters.local import compare_rides as compare

    comparison = compare(day, held_back, repeats=repeats, seed=seed, progress=progress(as_json=as_json))
    if out is not None:
        write_page(out, comparison.report())
    if as_json:
        show_json(comparison.as_dict())
        return
    say(f"SYNTHETIC days. {comparison.sources}" if comparison.is_synthetic else comparison.sources)
    show_table(
        ("distance from the held-back day", *comparison.comparison.figures), comparison.rows(), empty=""
    )
    say("In brackets: percentiles 2.5 and 97.5 of the draws. The drawn rides are SYNTHETIC.")
    if out is not None:
        say(f"{out}: open it in any browser.")


@app.command()
def replay(
    day: Annotated[Path, typer.Option(help="A raw day of trips (Parquet or CSV).")],
    speed: Annotated[float, typer.Option(help="Seconds of the day per second; above 0.")] = 1.0,
    since: Annotated[
        str | None, typer.Option("--from", help="ISO 8601 instant with its zone; else the first ride.")
    ] = None,
    after: Annotated[int, typer.Option(min=0, help="Number of the last ride seen, to resume after it.")] = 0,
    limit: Annotated[int | None, typer.Option(min=0, help="Most rides.")] = None,
) -> None:
    """Print the rides of a real day as live demand: one JSON line each, at its own moment."""
    from drivetrain.trips.rides.adapters.local import replay_file

    replayed = replay_file(day)
    begin = parse_optional_instant(since, "--from")
    lines = replayed.lines(speed=speed, since=begin, after=after, limit=limit)
    err.print(
        f"{len(replayed.day):,} rides; {replayed.excluded:,} invalid rows are left out.",
        highlight=False,
    )
    last = after
    try:
        with BarProgress().stage("replay", total=len(replayed.day), unit="rides") as stage:
            for line in lines:
                say(json.dumps(line))
                stage.advance(line["number"] - last)
                last = line["number"]
    finally:
        err.print(f"Resume with --after {last}.", highlight=False)
