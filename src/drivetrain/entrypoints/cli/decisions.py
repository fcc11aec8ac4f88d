"""``drivetrain decisions``: the ledger by time, model and caller, and what a fault of an earlier release may have touched."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from drivetrain.adapters.console.output import out, progress, say, show_json, show_table, warn
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import parse_optional_instant
from drivetrain.products import MODELS
from drivetrain.settings import Settings

if TYPE_CHECKING:
    from drivetrain.lifecycle.releasing.find_misread_decisions import MisreadDecision

app = typer.Typer(
    help="Decisions: list them, and find those that a known fault may have touched.", no_args_is_help=True
)

_MOST_SHOWN = 200
_FIRST = datetime.min.replace(tzinfo=UTC)
_COLUMNS = (
    *("decision_id", "decided_at", "model", "version", "caller", "request_id", "request_rows"),
    *("numbers", "is_unusual", "answered", "changes", "remark"),
)


class Fault(StrEnum):
    """A fault of earlier releases that may have led to wrong answers."""

    DIGIT_GROUPS = "digit-groups"


@app.command("list")
def list_decisions(
    product: Annotated[str | None, typer.Option(help="Only decisions of this product.")] = None,
    model: Annotated[
        str | None, typer.Option(help=f"Only of this model, for example {MODELS[0].name}.")
    ] = None,
    version: Annotated[str | None, typer.Option(help="Only of this version.")] = None,
    caller: Annotated[
        str | None, typer.Option(help="Only of this caller: name of a key, or `person:` and an id.")
    ] = None,
    begin: Annotated[
        str | None,
        typer.Option("--from", help="ISO 8601 instant with its zone; a day before the end by default."),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", help="ISO 8601 instant with its zone, excluded; now by default."),
    ] = None,
    has_outcome: Annotated[
        bool | None,
        typer.Option("--with-outcome/--without-outcome", help="Only those with, or without, an outcome."),
    ] = None,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="Most decisions shown.")] = 50,
    before: Annotated[
        UUID | None, typer.Option(help="Only decisions before this one: the last id of the page before.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List decisions of a window of time, newest first."""
    from drivetrain.bootstrap.models import model_commands

    since, until = parse_optional_instant(begin, "--from"), parse_optional_instant(end, "--to")
    with model_commands(Settings(), reads_only=True) as commands:
        decisions = commands.decisions(
            since,
            until,
            product=product,
            model=model,
            version=version,
            caller=caller,
            has_outcome=has_outcome,
            before=before,
            most=most,
        )
    if as_json:
        show_json([decision.as_dict() for decision in decisions])
        return
    answers = {spec.name: spec.value_field for spec in MODELS}
    rows = [
        (
            decision.decision_id,
            f"{decision.decided_at:%Y-%m-%d %H:%M:%S}",
            decision.model.name,
            decision.model.version,
            decision.caller,
            decision.answer.get(answers.get(decision.model.name, "")),
            "yes" if decision.has_outcome else "no",
        )
        for decision in decisions
    ]
    columns = ("id", "decided at (UTC)", "model", "version", "caller", "answer", "outcome")
    show_table(columns, rows, empty="No decision in this window.")


@app.command("affected-by")
def affected_by(
    fault: Annotated[Fault, typer.Argument(help="The fault: `digit-groups` read 150.000 as 150.")],
    model: Annotated[
        list[str] | None,
        typer.Option(help=f"For example {MODELS[0].name}; may be repeated. All models by default."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="ISO 8601 instant with its zone; the first decision by default.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="ISO 8601 instant with its zone: when you upgraded. Now by default.")
    ] = None,
    single_rows: Annotated[
        bool, typer.Option(help="List decisions of requests with one row too; most were asked for in JSON.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table on standard output.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List logged decisions that a fault may have touched, with both readings and both answers.

    Earlier releases read a point with three digits behind it as a decimal mark in every file. The ledger has the
    number that was read and not what was written, so a decision of the list MAY be wrong; ask whoever sent the file.
    """
    from drivetrain.bootstrap.models import model_commands

    if as_csv and as_json:
        raise InvalidInputError("Choose one of --csv and --json.", code="cli.two_forms")
    with model_commands(Settings(), reads_only=True) as commands:
        decisions, counts = commands.misread(
            model or (),
            since=parse_optional_instant(since, "--since") or _FIRST,
            until=parse_optional_instant(until, "--until") or datetime.now(UTC),
            single_rows=single_rows,
            progress=progress(as_json=(as_csv or as_json) and out.is_terminal),
        )
        show = _show_table if as_csv else _show_lines if as_json else _show_sentences
        show(decisions)
    warn(counts.in_words())


def _show_sentences(decisions: Iterable[MisreadDecision]) -> None:
    """The newest decisions, by request."""
    newest: list[MisreadDecision] = []
    more = 0
    for decision in decisions:
        if len(newest) < _MOST_SHOWN:
            newest.append(decision)
        else:
            more += 1
    for (model, request_id), request in groupby(newest, lambda each: (each.model, each.decision.request_id)):
        for place, decision in enumerate(request):
            made = decision.decision
            if not place:
                say(
                    f"{model}, {made.decided_at:%Y-%m-%d %H:%M} UTC, caller {made.caller}, request {request_id}, "
                    f"{decision.request_rows:,} rows:"
                )
            say(f"  {made.decision_id}, version {made.version}: {decision.in_words()}")
    if more:
        say(f"{more:,} more are in the list that --csv or --json gives.")


def _show_lines(decisions: Iterable[MisreadDecision]) -> None:
    for decision in decisions:
        say(json.dumps(decision.as_dict(), ensure_ascii=False))


def _show_table(decisions: Iterable[MisreadDecision]) -> None:
    writer = csv.writer(out.file)
    writer.writerow(_COLUMNS)
    for decision in decisions:
        plain = decision.as_dict()
        cells = (plain[name] for name in _COLUMNS)
        writer.writerow(json.dumps(cell) if isinstance(cell, list) else cell for cell in cells)
