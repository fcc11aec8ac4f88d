"""The part of ``drivetrain score trips`` that scores slots, on request or because they are due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.output import err, progress, say, show_json, show_table
from drivetrain.core.time import parse_instant, parse_optional_instant

if TYPE_CHECKING:
    from drivetrain.trips.slots.adapters.scoring import ScoringReport

SlotAt = Annotated[str | None, typer.Option(help="Score the slot that begins at this ISO 8601 instant.")]
Backfill = Annotated[
    tuple[str, str] | None,
    typer.Option(metavar="FROM TO", help="Score every slot that begins in FROM (included) to TO."),
]
Due = Annotated[bool, typer.Option("--due", help="Score all slots that are due.")]
Prove = Annotated[
    tuple[str, str] | None,
    typer.Option(
        metavar="FROM TO", help="Only verify that every ride in FROM to TO is written exactly once."
    ),
]


def prove_slots(context: typer.Context, window: tuple[str, str], *, as_json: bool) -> None:
    """Prove a window, and say what is missing; exit code 1 when something is."""
    from drivetrain.trips.slots.adapters.scoring import proof_of  # SQL: only for those who score

    _show_proof(proof_of(installation(context), *_window("--prove", *window)), as_json=as_json)


def score_slots(
    context: typer.Context, slot: str | None, backfill: tuple[str, str] | None, *, as_json: bool
) -> None:
    """Score one slot, a window, or what is due, and say what became of it."""
    from drivetrain.trips.slots.adapters.scoring import installed_scoring

    slot_at = parse_optional_instant(slot, "--slot")
    window = None if backfill is None else _window("--backfill", *backfill)
    with installed_scoring(installation(context)) as scoring:
        if slot_at is not None:
            report = scoring.score_one(slot_at)
        elif window is not None:
            report = scoring.score_window(*window, progress(as_json=as_json))
        else:
            report = scoring.score_due()
    _show(report, as_json=as_json)


def _show(report: ScoringReport, *, as_json: bool) -> None:
    """What became of the slots; exit code 1 when one could not be scored."""
    if as_json:
        show_json({"slots": report.slots, "failed": report.failed, "already_written": report.nothing_to_do})
    else:
        columns = ("slot_at", "state", "rows", "delay_s", "model_version", "remark")
        show_table(
            columns,
            [[line[column] for column in columns] for line in report.slots],
            empty="No slot was scored.",
        )
        for line in report.failed:
            err.print(
                f"{line['slot_at']}: {line['detail']} [{line['code']}]",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
        if report.nothing_to_do:
            say("Nothing to do: the slots are already written, or another scorer is working on them.")
    if report.failed:
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
