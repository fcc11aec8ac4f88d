"""``drivetrain data``: the tables that models learn from."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from drivetrain.adapters.console.output import (
    BarProgress,
    complain,
    progress,
    say,
    show_json,
    show_table,
)
from drivetrain.adapters.console.previews import show_preview
from drivetrain.core.errors import InvalidInputError
from drivetrain.products import TABLES
from drivetrain.settings import Settings

app = typer.Typer(
    help="Tables that models learn from: list, add, check, generate, fetch, use, remove.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help=f"Name of the table, for example {TABLES[0].name}.")]
Version = Annotated[str, typer.Argument(help="A version, as `drivetrain data list` shows it.")]
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        help="THEIRS=OURS: a heading of the file and the column it is; OURS:cents where it holds cents.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command("list")
def list_tables(as_json: AsJson = False) -> None:
    """List the versions of every table of this home, newest first: which is current, real or synthetic, source."""
    from drivetrain.bootstrap.tables import kept_versions

    versions = kept_versions(Settings())
    if as_json:
        show_json([version.as_dict() for version in versions])
        return
    rows = [
        (
            version.reference.name,
            version.reference.version,
            "current" if version.is_current else "",
            "SYNTHETIC" if version.reference.is_synthetic else "real",
            version.reference.source,
        )
        for version in versions
    ]
    show_table(
        ("table", "version", "", "rows are", "source"),
        rows,
        empty="No table yet; `drivetrain data add NAME FILE` adds one.",
    )


@app.command()
def add(
    name: Name,
    file: Annotated[
        Path, typer.Argument(help="CSV, XLSX or XLS with the columns of the contract, or a folder of parts.")
    ],
    mapping: Map = None,
    source: Annotated[
        str | None,
        typer.Option(help="Where it comes from; shown in every model card. Kept from the version before."),
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Its license, as the source states it. Kept from the version before.")
    ] = None,
    accept_refused: Annotated[
        bool, typer.Option("--accept-refused", help="Take it also where many rows are refused.")
    ] = False,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Its rows were made up; whatever learns from it is marked so.")
    ] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would come of it, and stop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add your own table and make it the current one; `drivetrain train` then uses it.

    The whole file is read first. One that lacks columns, or of which too many rows are refused, changes
    nothing.
    """
    from drivetrain.bootstrap.tables import add_table, preview_table

    bars = progress(as_json=as_json)
    if preview:
        shown = preview_table(name, file, mapping or (), bars)
        show_preview(shown, as_json=as_json)
        refusal = shown.refusal(accept_refused=accept_refused)
        if refusal is not None:
            complain(refusal)
            raise typer.Exit(1)
        return
    added = add_table(
        Settings(),
        name,
        file,
        mapping=mapping or (),
        source=source,
        licence=licence,
        accept_refused=accept_refused,
        is_synthetic=synthetic,
        show_refused=partial(show_preview, as_json=as_json),
        progress=bars,
    )
    dataset = added.reference
    if as_json:
        show_json({**dataset.as_dict(), "preview": added.preview.as_dict()})
        return
    show_preview(added.preview, as_json=False)
    kind = "SYNTHETIC" if dataset.is_synthetic else "real"
    say(f"{dataset.name} is now version {dataset.version} ({kind}).")
    say(f"Source: {dataset.source} License: {dataset.licence}.")


@app.command()
def check(
    name: Name,
    file: Annotated[
        Path | None, typer.Argument(help="A file to check before adding it; else the current table.")
    ] = None,
    mapping: Map = None,
    as_json: AsJson = False,
) -> None:
    """Check a table by its contract; broken rows go to a quarantine file with their reasons."""
    from drivetrain.bootstrap.tables import check_file

    if mapping and file is None:
        raise InvalidInputError(
            "The current table has a mapping of its own; name a file, or add it again with another one.",
            code="data.bad_mapping",
        )
    result = check_file(Settings(), name, file, mapping or ())
    if as_json:
        show_json(result.as_dict())
    else:
        say(
            f"{result.good_rows:,} rows pass, {result.broken_rows:,} are set aside{_where(result.quarantine_file)}."
        )
        for code, count in sorted(result.reasons.items()):
            say(f"  {count:,} x {code}")
    if not result.good_rows:
        raise typer.Exit(1)


@app.command()
def generate(
    name: Name,
    rows: Annotated[
        int | None,
        typer.Option(min=1, max=10_000_000, help="How many; the published table's number by default."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same rows and seed give the same table.")] = 1,
) -> None:
    """Generate a SYNTHETIC table of the same shape and make it the current one.

    It stays marked everywhere.
    """
    from drivetrain.bootstrap.installation import home_of

    store = home_of(Settings()).datastore()
    dataset = store.generate(
        name, rows=rows or store.known(name).usual_rows, seed=seed, progress=BarProgress()
    )
    say(f"{dataset.name} is now version {dataset.version}: SYNTHETIC. {dataset.source}")


@app.command()
def fetch(name: Name) -> None:
    """Download the published table, check that it is what was published, and make it the current one."""
    from drivetrain.bootstrap.tables import fetch_table

    dataset = fetch_table(Settings(), name, BarProgress())
    say(f"{dataset.name} is now version {dataset.version} (real).")


@app.command()
def use(name: Name, version: Version) -> None:
    """Make an earlier version of a table the current one again; `drivetrain train` then uses it."""
    from drivetrain.bootstrap.tables import use_version

    dataset = use_version(Settings(), name, version)
    say(f"{dataset.name} is now version {dataset.version}.")


@app.command()
def remove(
    name: Name,
    version: Version,
    force: Annotated[
        bool, typer.Option("--force", help="Also the current version, or one a served model learned from.")
    ] = False,
) -> None:
    """Remove a version of a table from this home, with its rows; there is no way back."""
    from drivetrain.bootstrap.tables import remove_version

    remove_version(Settings(), name, version, force=force)
    say(f"{name} {version} is removed.")


def _where(file: Path | None) -> str:
    return "" if file is None else f" in {file}"
