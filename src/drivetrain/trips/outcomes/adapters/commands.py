"""``drivetrain trips outcomes`` and ``drivetrain trips quality``: what trips really took, and how well that was predicted."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.files import write_page
from drivetrain.adapters.console.output import progress, say, show_json, show_table
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import parse_instant


class By(StrEnum):
    """What rides are grouped by."""

    AREA = "area"
    HOUR = "hour"
    VERSION = "version"
    MODEL_AGE = "model_age"
    DAY = "day"


AsJson = Annotated[bool, typer.Option("--json", help="For machines: what the API answers.")]


def outcomes(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="CSV, XLSX or XLS with trip_id and duration_min or ended_at.")
    ] = None,
    of_slots: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="FROM TO",
            help="Instead of a file: the rides of the slots that begin in FROM to TO, by their source.",
        ),
    ] = None,
    partial: Annotated[
        bool, typer.Option(help="Record valid rows and list the errors of the others.")
    ] = False,
    synthetic: Annotated[
        bool, typer.Option(help="The durations are generated; they are marked permanently.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Report what trips really took. The same again changes nothing."""
    if (file is None) == (of_slots is None):
        raise InvalidInputError("Give a file or --of-slots FROM TO, one of them.", code="input.missing_field")
    if of_slots is not None:
        _outcomes_of_slots(context, of_slots, as_json=as_json)
    elif file is not None:
        _outcomes_of_file(context, file, partial=partial, synthetic=synthetic, as_json=as_json)


def _outcomes_of_slots(context: typer.Context, window: tuple[str, str], *, as_json: bool) -> None:
    from drivetrain.trips.outcomes.adapters.local import record_slots

    begin, end = (parse_instant(text, "--of-slots") for text in window)
    report = record_slots(installation(context), begin, end, progress(as_json=as_json))
    if as_json:
        show_json(report)
        return
    slots, counts = (
        report["slots"],
        {name: report["counts"].get(name, 0) for name in ("new", "repeated", "failed")},
    )
    say(
        f"{'SYNTHETIC durations' if report['is_synthetic'] else 'Durations of a real day'}, from {report['source']}."
    )
    say(
        f"{slots['recorded']:,} slots: {counts['new']:,} outcomes recorded, {counts['repeated']:,} recorded before, "
        f"{counts['failed']:,} rejected because another outcome is recorded."
    )
    if slots["under_way"]:
        say(f"{slots['under_way']:,} slots are postponed: some of their rides may not have ended.")
    if slots["other_source"]:
        sources = ", ".join(report["other_sources"])
        say(f"{slots['other_source']:,} slots are skipped: they were scored from another source ({sources}).")
    if slots["other_rides"]:
        say(
            f"{slots['other_rides']:,} slots are skipped: with the current settings the source gives other rides for them."
        )


def _outcomes_of_file(
    context: typer.Context, file: Path, *, partial: bool, synthetic: bool, as_json: bool
) -> None:
    from drivetrain.trips.outcomes.adapters.local import record_file

    report = record_file(
        installation(context), file, mode="partial" if partial else "atomic", is_synthetic=synthetic
    )
    if as_json:
        show_json(report)
        return
    counts = report["counts"]
    say(
        f"{counts['new']:,} outcomes recorded, {counts['repeated']:,} recorded before, {counts['failed']:,} not recorded; "
        f"{counts['waiting']:,} wait for their prediction."
    )
    rows = [
        (row["row"], error["code"], error["detail"])
        for row in report["failed_rows"]
        for error in row["errors"]
    ]
    if rows:
        show_table(("row", "code", "why not"), rows, empty="")


def quality(
    context: typer.Context,
    begin: Annotated[
        str | None, typer.Option("--from", help="ISO 8601 with zone; a day before the end when left out.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="ISO 8601 with zone; now when left out.")] = None,
    by: Annotated[By, typer.Option(help="What rides are grouped by.")] = By.DAY,
    reference_begin: Annotated[
        str | None,
        typer.Option(
            "--reference-from", help="What to compare with; chosen by amount and age when left out."
        ),
    ] = None,
    reference_end: Annotated[str | None, typer.Option("--reference-to", help="Its end.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write everything as one HTML page instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how well durations were predicted, beside a plain baseline, and how far the inputs have moved."""
    from drivetrain.trips.outcomes.adapters.local import WindowRequest, quality_page, show_quality

    request = WindowRequest(begin, end, reference_begin, reference_end)
    if report is not None:
        page = quality_page(installation(context), request)
        write_page(report, page)
        say(f"{report}: {len(page) / 1024:,.0f} KiB, open it in any browser.")
        return
    answer = show_quality(installation(context), request, by.value)
    if as_json:
        show_json(answer)
        return
    if answer["is_synthetic"]:
        say("Some outcomes are SYNTHETIC: they were generated.")
    reference = answer["reference"]
    if reference is not None:
        say(f"Compared with {reference['from']} to {reference['to']}. {reference['reason']}")
    columns = (
        by.value,
        "rides",
        "outcomes",
        "error, min",
        "bias, min",
        "coverage, %",
        "baseline's error, min",
    )
    show_table(
        columns,
        [_row(str(group[by.value]), group) for group in answer["groups"]],
        empty="No rides in this window.",
    )
    show_table(columns, [_row("all", answer["total"])], empty="")
    drifts = [
        (drift["input"], drift["verdict"], drift["stability_index"], drift["noise_floor"])
        for drift in answer["drift"]
    ]
    show_table(
        ("input", "drift", "index", "chance stays below"),
        drifts,
        empty="Nothing was scored before this window.",
    )
    say("In brackets: 95 % intervals over hours; * marks few outcomes or hours.")


def _row(label: str, figures: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"{label}{'*' if figures['are_few'] else ''}",
        f"{figures['rides']:,}",
        f"{figures['outcomes']:,}",
        _figure(figures["mean_absolute_error_min"]),
        _figure(figures["bias_min"]),
        _figure(figures["coverage"], 100, 1),
        _figure(figures["baseline_error_min"]),
    )


def _figure(figure: Mapping[str, float | None], times: float = 1, digits: int = 2) -> str:
    value, low, high = (
        None if (number := figure[end]) is None else times * number for end in ("value", "low", "high")
    )
    if value is None:
        return "-"
    return f"{value:.{digits}f}" + (
        "" if low is None or high is None else f" ({low:.{digits}f} to {high:.{digits}f})"
    )
