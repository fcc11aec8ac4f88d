"""``drivetrain score``: rides of slots, on request or because they are due; rides in files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress, SilentProgress
from drivetrain.core.time import parse_instant, parse_optional_instant
from drivetrain.entrypoints.cli.output import BarProgress, err, say, show_json, show_table
from drivetrain.entrypoints.cli.score_files import Engine, Source, Target, Version, score_files
from drivetrain.settings import Settings

if TYPE_CHECKING:
    from drivetrain.bootstrap.scoring import ScoringDesk, SlotsScored

app = typer.Typer(help="Score rides: trips.", no_args_is_help=True)


@app.callback()
def score() -> None:
    """Score rides: `drivetrain score trips`."""


@app.command()
def trips(
    slot: Annotated[
        str | None, typer.Option(help="Score the slot that begins at this ISO 8601 instant.")
    ] = None,
    backfill: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="FROM TO", help="Score every slot that begins in FROM (included) to TO."),
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Score what the schedule owes.")] = False,
    prove: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="FROM TO", help="Only prove that FROM to TO is scored, once each."),
    ] = None,
    source: Source = None,
    target: Target = None,
    engine: Engine = "plain",
    version: Version = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Score slots with the versions that were live then, and write their rides once; or score a folder of Parquet files.

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
        score_files(source, target, engine, version, as_json=as_json)
        return
    if prove is not None:
        from drivetrain.bootstrap.scoring import proof_of

        _show_proof(proof_of(Settings(), *_window("--prove", *prove)), as_json=as_json)
        return
    slot_at = parse_optional_instant(slot, "--slot")
    window = None if backfill is None else _window("--backfill", *backfill)
    with _desk() as desk:
        if slot_at is not None:
            done = desk.score_one(slot_at)
        elif window is not None:
            done = desk.score_window(*window, _progress(as_json=as_json))
        else:
            done = desk.score_due()
    _show(done, as_json=as_json)


def _show(done: SlotsScored, *, as_json: bool) -> None:
    """What became of the slots; exit code 1 when one could not be scored."""
    if as_json:
        show_json({"slots": done.slots, "failed": done.failed, "already_written": done.nothing_to_do})
    else:
        columns = ("slot_at", "state", "rows", "delay_s", "model_version", "remark")
        show_table(
            columns,
            [[line[column] for column in columns] for line in done.slots],
            empty="No slot was scored.",
        )
        for line in done.failed:
            err.print(
                f"{line['slot_at']}: {line['detail']} [{line['code']}]",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
        if done.nothing_to_do:
            say("Nothing to do: what was asked for is written already, or another scorer is at it.")
    if done.failed:
        raise typer.Exit(1)


def _show_proof(proof: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json({"proof": proof})
    else:
        say(f"{proof['slots']:,} slots, {proof['expected']:,} rides expected, {proof['written']:,} written.")
        say(
            f"{proof['duplicated']:,} duplicated, {proof['missing']:,} missing, {proof['unexpected']:,} unexpected."
        )
        _say_some("Not scored", proof["unscored"])
    if not proof["holds"]:
        raise typer.Exit(1)


def _say_some(head: str, instants: Iterable[str]) -> None:
    named = list(instants)
    if named:
        more = f" and {len(named) - 5} more" if len(named) > 5 else ""
        say(f"{head}: {', '.join(named[:5])}{more}.")


def _window(option: str, begin: str, end: str) -> tuple[datetime, datetime]:
    return parse_instant(begin, option), parse_instant(end, option)


def _progress(*, as_json: bool) -> Progress:
    return SilentProgress() if as_json or not err.is_terminal else BarProgress()


@contextmanager
def _desk() -> Iterator[ScoringDesk]:
    from drivetrain.bootstrap.scoring import scoring_desk  # SQL and the model: only for those who score

    with scoring_desk(Settings()) as desk:
        yield desk
