"""``drivetrain train`` and ``drivetrain models``: make versions, compare them, decide which one is live."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drivetrain.adapters.console.output import (
    BarProgress,
    say,
    show_difference,
    show_json,
    show_markdown,
    show_table,
    warn,
)
from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.time import iso_utc
from drivetrain.products import MODELS, model_named
from drivetrain.settings import Settings

if TYPE_CHECKING:
    from drivetrain.bootstrap.models import ModelCommands

app = typer.Typer(help="Models: list, show, history, promote, rollback.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help=f"Name of the model, for example {MODELS[0].name}.")]
Version = Annotated[str, typer.Argument(help="The version.")]
Reason = Annotated[str, typer.Option(help="Reason; it is kept in the history.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]

_NOT_SHOWN = "MLflow does not show it yet:"


def train(
    model: Name,
    recipe: Annotated[
        Path | None, typer.Option(help="JSON file with settings that differ from the default recipe.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="One setting of the recipe; may be repeated."),
    ] = None,
    monotone: Annotated[
        bool,
        typer.Option(
            "--monotone",
            help="Constrain every field that has a direction, also those that the recipe leaves free.",
        ),
    ] = False,
    actor: Annotated[
        str | None, typer.Option(help="Who trains; recorded in the history. You by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a model on its current table, register the version, and let the gate decide whether it goes live."""
    settings = {
        **(_monotone(model) if monotone else {}),
        **_recipe(recipe),
        **dict(_setting(change) for change in changes or ()),
    }
    with _commands() as commands:
        result = commands.train(model, settings=settings, actor=actor or _person(), progress=BarProgress())
    if result.registry_failure is not None:
        warn(f"{_NOT_SHOWN} {result.registry_failure.detail}")
    if as_json:
        show_json(
            {"version": result.version.version, "is_champion": result.is_champion, **result.verdict.as_dict()}
        )
        return
    if result.data.broken_rows:
        say(f"{result.data.broken_rows:,} rows were quarantined in {result.data.quarantine_file}.")
    for check in result.verdict.checks:
        say(f"  {'passed    ' if check.passed else 'NOT PASSED'}  {check.question} ({check.figures})")
    state = (
        "is live"
        if result.is_champion
        else f"is not live; `drivetrain models promote {model} {result.version.version}` decides otherwise"
    )
    say(f"{model} version {result.version.version} {state}.")


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List every model with what is live."""
    with _commands(reads_only=True) as commands:
        live = commands.champions()
    if as_json:
        show_json(
            [
                {"name": name, "champion": None if version is None else version.version}
                for name, version in live.items()
            ]
        )
        return
    rows = [
        (
            name,
            "none" if version is None else version.version,
            "" if version is None else _kind(version.is_synthetic),
        )
        for name, version in live.items()
    ]
    show_table(("model", "live version", "learned from"), rows, empty="No model.")


@app.command()
def show(
    name: Name,
    version: Annotated[str | None, typer.Option(help="A version; the live one by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the model card of a version: data, metrics with intervals, gate."""
    with _commands(reads_only=True) as commands:
        stored = commands.version(name, version)
        card = commands.card(stored)
    if as_json:
        show_json(
            {
                "version": stored.version,
                "metrics": stored.metrics,
                "report": stored.report,
                "dataset": stored.dataset,
            }
        )
    else:
        say(
            f"Version {stored.version}, made {iso_utc(stored.created_at)}, manifest {stored.manifest_sha256[:12]}"
        )
        show_markdown(card)


@app.command()
def versions(name: Name, as_json: AsJson = False) -> None:
    """List the versions of a model, newest first, with their metrics."""
    with _commands(reads_only=True) as commands:
        stored = commands.versions(name)
    if as_json:
        show_json([{"version": version.version, "metrics": version.metrics} for version in stored])
        return
    metrics = sorted({metric for version in stored for metric in version.metrics})
    rows = [
        (
            version.version,
            _kind(version.is_synthetic),
            *(f"{version.metrics.get(m, float('nan')):.3f}" for m in metrics),
        )
        for version in stored
    ]
    show_table(("version", "learned from", *metrics), rows, empty="No version yet.")


@app.command()
def history(name: Name, as_json: AsJson = False) -> None:
    """List who released which version, when and why, newest first."""
    with _commands(reads_only=True) as commands:
        lines: list[Mapping[str, object]] = [release.as_dict() for release in commands.history(name)]
    if as_json:
        show_json(lines)
        return
    columns = ("at", "alias", "action", "previous", "version", "share", "actor", "by_gate", "reason")
    show_table(
        columns, [[line[column] for column in columns] for line in lines], empty="Nothing was released yet."
    )


@app.command()
def load(
    name: Name,
    version: Version,
    reason: Reason,
    share: Annotated[
        float, typer.Option(min=0.0, max=0.5, help="Share of the callers it answers; 0 answers no one.")
    ] = 0.0,
) -> None:
    """Put a version on trial beside the live one: as a shadow, or answering a share of the callers."""
    with _commands() as commands:
        release = commands.load(name, version, share=share, reason=reason, actor=_person())
    role = "shadows the live version" if not share else f"answers {share:.0%} of the callers"
    say(f"{name} version {release.version} {role}; `drivetrain models comparison {name}` shows its results.")


@app.command()
def unload(name: Name, reason: Reason) -> None:
    """End the trial of the challenger."""
    with _commands() as commands:
        release = commands.unload(name, reason=reason, actor=_person())
    say(f"{name} version {release.previous} is no longer on trial.")


@app.command()
def comparison(name: Name, as_json: AsJson = False) -> None:
    """Compare the challenger's answers with the live version's, request by request."""
    with _commands(reads_only=True) as commands:
        report = commands.comparison(name)
    show_difference(report, as_json=as_json)


@app.command()
def promote(name: Name, version: Version, reason: Reason) -> None:
    """Make a version live; every worker serves it within a second."""
    with _commands() as commands:
        promotion = commands.promote(name, version, reason=reason, actor=_person())
        if promotion.release is None:
            say(
                f"Approved by {', '.join(promotion.approved_by)}; {promotion.needed} different people "
                "must agree before it goes live."
            )
            return
        _mirror(commands)
    say(
        f"{name} version {promotion.release.version} is live; before it was {promotion.release.previous or 'none'}."
    )


@app.command()
def rollback(name: Name, reason: Reason) -> None:
    """Roll back to the version that was live before; no version number is needed."""
    with _commands() as commands:
        release = commands.roll_back(name, reason=reason, actor=_person())
        _mirror(commands)
    say(f"{name} version {release.version} is live again; {release.previous} is not.")


@app.command(hidden=True)
def mirror() -> None:
    """Mirror the live versions to MLflow; `drivetrain up` calls this after a release over HTTP."""
    with _commands() as commands:
        commands.mirror()


@contextmanager
def _commands(*, reads_only: bool = False) -> Iterator[ModelCommands]:
    from drivetrain.bootstrap.models import model_commands

    with model_commands(Settings(), reads_only=reads_only) as commands:
        yield commands


def _mirror(commands: ModelCommands) -> None:
    """The release stands whatever MLflow says; a failure is worth a line, not a failed command."""
    try:
        commands.mirror()
    except UnavailableError as error:
        warn(f"{_NOT_SHOWN} {error.detail}")


def _person() -> str:
    """Who types; stands in the history, and counts as one approval."""
    return f"{getpass.getuser()} (command line)"


def _recipe(file: Path | None) -> dict[str, object]:
    if file is None:
        return {}
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            f"The recipe {file} cannot be read: {error}.", code="train.bad_recipe"
        ) from error
    if not isinstance(settings, dict):
        raise InvalidInputError("The recipe must be a JSON object of settings.", code="train.bad_recipe")
    return settings


def _monotone(model: str) -> Mapping[str, object]:
    """The settings that constrain every field of a model that has a direction."""
    settings = model_named(model).recipe.MONOTONE
    if not settings:
        raise InvalidInputError(f"{model} has no monotone constraints.", code="train.bad_recipe")
    return settings


def _setting(change: str) -> tuple[str, Any]:
    """Name and value of ``NAME=VALUE``; a value that is not JSON is text."""
    name, equals, value = change.partition("=")
    if not name or not equals:
        raise InvalidInputError(f"{change!r} is not NAME=VALUE.", code="train.bad_recipe")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _kind(is_synthetic: bool) -> str:
    return "SYNTHETIC rows" if is_synthetic else "real rows"
