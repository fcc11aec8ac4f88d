"""``drivetrain dispatch feast``: the files of ``materialize`` as a feature store of Feast."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from drivetrain.adapters.console.files import given_file, replacing, writing
from drivetrain.adapters.console.output import say
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import parse_instant
from drivetrain.dispatch.features.domain.views import VIEWS

DRIVER, AT = "driver_id", "event_timestamp"
"""Columns of the rows that features are joined to."""

FEATURES = {feature.name for view in VIEWS for feature in view.features}

app = typer.Typer(help="The features as a feature store of Feast (extra feast).", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="Folder that drivetrain dispatch materialize wrote to.")]


@app.command()
def apply(
    folder: Folder,
    redis: Annotated[
        str | None, typer.Option(help="Its online store, as Feast writes it: localhost:6379,db=1.")
    ] = None,
) -> None:
    """Make the feature store of a folder, or bring it up to this release."""
    from drivetrain.dispatch.features.adapters.feast_store import SETTINGS_FILE, apply_definitions

    with writing(folder):
        apply_definitions(folder, redis)
    say(f"{folder / SETTINGS_FILE} is the feature store of this release.")


@app.command()
def online(
    folder: Folder,
    until: Annotated[
        str | None, typer.Option(help="Instant, ISO 8601 with its offset; now without it.")
    ] = None,
) -> None:
    """Write what held at an instant to the online store."""
    from drivetrain.dispatch.features.adapters.feast_store import materialize_online, open_store

    at = datetime.now(UTC) if until is None else parse_instant(until, "--until")
    materialize_online(open_store(folder), at)
    say(f"The online store has what held at {at.isoformat()}.")


@app.command()
def join(
    folder: Folder,
    rows: Annotated[Path, typer.Option(help=f"Parquet with {DRIVER} and {AT}; further columns are kept.")],
    out: Annotated[Path, typer.Option(help="Parquet with the rows and their features.")],
) -> None:
    """Join features to rows as they were known at the instant of each."""
    from drivetrain.dispatch.features.adapters.feast_store import open_store, read_as_known

    store = open_store(folder)
    joined = read_as_known(store, read_rows(given_file(rows)))
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
    with replacing(out) as file:
        joined.to_parquet(file, index=False)
    say(f"{out}: {len(joined):,} rows.")


def read_rows(file: Path) -> Any:
    """The rows of a Parquet file as a frame of pandas.

    Raises:
        InvalidInputError: ``dispatch.bad_rows``; it is no such file, or its rows have no driver or no instant.
    """
    import pandas as pd  # type: ignore[import-untyped]

    try:
        frame = pd.read_parquet(file)
    except (OSError, ValueError) as error:  # what pyarrow raises are both
        raise InvalidInputError(f"{file} is no Parquet file.", code="dispatch.bad_rows") from error
    if missing := {DRIVER, AT} - set(frame.columns):
        raise InvalidInputError(f"{file} has no column {min(missing)}.", code="dispatch.bad_rows")
    if taken := FEATURES & set(frame.columns):
        raise InvalidInputError(f"{file} has a column {min(taken)} already.", code="dispatch.bad_rows")
    if not isinstance(frame[AT].dtype, pd.DatetimeTZDtype):
        raise InvalidInputError(f"{AT} must hold instants with their zone.", code="dispatch.bad_rows")
    if frame[[DRIVER, AT]].isna().any(axis=None):
        raise InvalidInputError("Each row needs its driver and its instant.", code="dispatch.bad_rows")
    return frame
