"""``drivetrain``: the commands and their exit codes (0 done, 1 not done, 2 wrong use)."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_command

from drivetrain.adapters.console.groups import LazyGroup
from drivetrain.adapters.console.output import complain, say, show_json, show_table, warn
from drivetrain.bootstrap.environment import remarks
from drivetrain.core.errors import ConflictError, DrivetrainError, InvalidInputError
from drivetrain.entrypoints.cli import backup, data, decisions, keys, models, predict, replay, running, tasks
from drivetrain.products import PRODUCTS, SETTINGS
from drivetrain.settings import Settings, check_settings

if TYPE_CHECKING:
    from drivetrain.bootstrap.installation import LocalInstallation

app = typer.Typer(
    name="drivetrain",
    help="The decisions of a vehicle marketplace, each one accounted for.\n\n"
    "Start with `drivetrain up`: it creates a home folder (DRIVETRAIN_HOME, default ./var), trains missing models, and serves.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(data.app, name="data")
app.add_typer(models.app, name="models")
app.add_typer(keys.app, name="keys")
app.add_typer(decisions.app, name="decisions")
app.add_typer(tasks.app, name="tasks")
app.add_typer(running.config, name="config")
app.add_typer(backup.app, name="backup")
app.command("restore")(backup.restore)
app.command("work")(tasks.work)
app.command("train")(models.train)
app.command("predict")(predict.predict)
app.command("replay")(replay.replay)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        from drivetrain.bootstrap.release import release

        say(release())
        raise typer.Exit


@app.callback()
def drivetrain(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the release and the commit."
        ),
    ] = False,
) -> None:
    """Nothing: the options of the program itself."""


@app.command()
def up() -> None:
    """Run the platform: database, models, API. Ctrl-C ends every child process.

    An empty home is set up first: tables from DRIVETRAIN_DATA_DIR or generated ones, a trained model, an
    admin key. The second start takes seconds.
    """
    check_settings((Settings, *SETTINGS))  # before the home and the port are taken
    sys.stdout.flush()
    # The same process goes on as another program: nothing of the command line stays in memory for weeks.
    os.execv(sys.executable, [sys.executable, "-m", "drivetrain.entrypoints.cli.up"])


app.command("status")(running.status)
app.command("stop")(running.stop)


@app.command()
def prefect(port: Annotated[int, typer.Option(help="Port of 127.0.0.1 it listens on.")] = 4200) -> None:
    """Run a Prefect server with its pages, and print its address and password. Ctrl-C ends it.

    Nothing of the platform needs it; scheduled work can be run and watched there. An extra: drivetrain[prefect].
    """
    from drivetrain.bootstrap.prefect_server import show_prefect

    show_prefect(Settings(), port, say)


@app.command()
def mlflow(port: Annotated[int, typer.Option(help="Port of 127.0.0.1 it listens on.")] = 5000) -> None:
    """Run MLflow's pages on the models of this home, and print their address and password. Ctrl-C ends them.

    Nothing of the platform needs them. An extra: drivetrain[mlflow].
    """
    from drivetrain.bootstrap.mlflow_pages import show_mlflow

    show_mlflow(Settings(), port, say)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """Check that everything the platform needs is available, and say how to fix what is not."""
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


def command_line() -> TyperGroup:
    """The platform's commands, and those of every product."""
    group = get_command(app)
    if not isinstance(group, TyperGroup):
        raise TypeError("the command line is a group")
    for product in PRODUCTS:
        for commands in product.commands:
            if commands.name in group.commands:
                raise ConflictError(
                    f"The command {commands.name!r} of {product.name} is one of the platform's; choose another name.",
                    code="platform.name_taken",
                )
            group.add_command(LazyGroup(commands.name, commands.summary, commands.build))
    return group


def main() -> None:
    """Run a command; our own errors are one sentence, wrong settings name the variable."""
    warnings.filterwarnings("ignore", module="mlflow|platformdirs")
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    for remark in remarks(os.environ):
        warn(remark)
    try:
        command_line()(obj=_installation)
    except InvalidInputError as error:
        complain(error)
        sys.exit(2)
    except DrivetrainError as error:
        complain(error)
        sys.exit(1)


def _installation() -> LocalInstallation:
    from drivetrain.bootstrap.installation import open_installation  # SQL: only for those who need a database

    return open_installation(Settings())
