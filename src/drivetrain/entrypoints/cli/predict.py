"""``drivetrain predict``: a table in, the same table with answers out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from drivetrain.adapters.console.output import BarProgress, say, show_json
from drivetrain.products import MODELS
from drivetrain.settings import Settings


def predict(
    model: Annotated[str, typer.Argument(help=f"Name of the model, for example {MODELS[0].name}.")],
    source: Annotated[Path, typer.Option("--in", help="CSV, XLSX or XLS with the columns of the contract.")],
    target: Annotated[Path, typer.Option("--out", help="Output file: .csv, .xlsx or .json.")],
    partial: Annotated[
        bool, typer.Option(help="Answer valid rows and list the errors of the others.")
    ] = False,
    sheet: Annotated[
        str | None, typer.Option(help="Sheet of a spreadsheet; without it, the one that opens.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Answer a table with the live model.

    Figures are the same bits as over HTTP, and every row is in the ledger.
    """
    from drivetrain.bootstrap.prediction import predict_file

    report = predict_file(
        Settings(),
        model,
        source,
        target,
        mode="partial" if partial else "atomic",
        progress=BarProgress(),
        sheet=sheet,
    )
    if as_json:
        show_json(
            {
                "rows": report.rows,
                "failed": report.failed,
                "model": report.model.as_dict(),
                "out": str(target),
                **report.notes,
            }
        )
    else:
        failures = f", {report.failed:,} could not be answered" if report.failed else ""
        say(
            f"{report.rows - report.failed:,} rows answered by {report.model.name} "
            f"version {report.model.version}{failures}: {target}"
        )
        for note in _notes(report.notes):
            say(note)


def _notes(notes: Mapping[str, Any]) -> Iterator[str]:
    """What is to be said of the table as a whole, a line each."""
    if "sheet" in notes:
        yield f"Read from the sheet {notes['sheet']!r}."
    if "ignored_columns" in notes:
        yield f"Ignored columns: {', '.join(notes['ignored_columns'])}."
    yield from (warning["detail"] for warning in notes.get("table_warnings", ()))
