"""``drivetrain``: the commands and their exit codes (0 done, 1 not done, 2 wrong use)."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Annotated

import typer
from pydantic import ValidationError

from drivetrain.core.errors import DrivetrainError, InvalidInputError
from drivetrain.entrypoints.cli import (
    buffer,
    data,
    keys,
    models,
    predict,
    replay,
    score,
    trip_outcomes,
    trips,
)
from drivetrain.entrypoints.cli.output import BarProgress, complain, err, say, show_json, show_table
from drivetrain.settings import Settings

app = typer.Typer(
    name="drivetrain",
    help="The decisions a vehicle marketplace lives on, each one accounted for.\n\n"
    "Start with `drivetrain up`: it makes a home (DRIVETRAIN_HOME, default ./var), trains what is not trained, and serves.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    add_completion=False,
)
app.add_typer(data.app, name="data")
app.add_typer(models.app, name="models")
app.add_typer(keys.app, name="keys")
app.add_typer(buffer.app, name="buffer")
trips.app.command("outcomes")(trip_outcomes.outcomes)
trips.app.command("quality")(trip_outcomes.quality)
app.add_typer(trips.app, name="trips")
app.add_typer(score.app, name="score")
app.command("train")(models.train)
app.command("predict")(predict.predict)
app.command("replay")(replay.replay)


@app.command()
def up() -> None:
    """Run the platform: database, models, API. Ctrl-C ends every child process.

    An empty home is set up first: tables from DRIVETRAIN_DATA_DIR or generated ones, a trained model, an
    admin key. The second start takes seconds.
    """
    from drivetrain.bootstrap.supervision import run_platform

    run_platform(Settings(), say, BarProgress())


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """Look whether everything the platform needs is there, and say what to do where it is not."""
    from drivetrain.bootstrap.doctor import examine

    findings = examine(Settings())
    if as_json:
        show_json([finding.as_dict() for finding in findings])
    else:
        rows = [
            ("ok" if finding.is_well else "NOT OK", finding.subject, finding.detail) for finding in findings
        ]
        show_table(("", "what", "found"), rows, empty="")
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


def main() -> None:
    """Run a command; our own errors are one sentence, wrong settings name the variable."""
    warnings.filterwarnings("ignore", module="mlflow|platformdirs")
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        app(standalone_mode=True)
    except InvalidInputError as error:
        complain(error)
        sys.exit(2)
    except DrivetrainError as error:
        complain(error)
        sys.exit(1)
    except ValidationError as error:
        for item in error.errors():
            name = f"DRIVETRAIN_{item['loc'][0]}".upper()
            err.print(f"{name}: {item['msg']}", style="red", markup=False, highlight=False)
        sys.exit(2)
