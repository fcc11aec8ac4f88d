"""``drivetrain audit``: verify that the trail is whole, and list it."""

from __future__ import annotations

from typing import Annotated

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.output import say, show_json, show_table
from drivetrain.core.time import iso_utc, parse_optional_instant

app = typer.Typer(help="The audit trail: verify, list.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def verify(
    context: typer.Context,
    head: Annotated[
        str | None,
        typer.Option(
            help="A head as a log line `audit head` shows it; without one, lines cut off the end go unnoticed."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify that no line was changed, moved, added or removed. Exit code 1 and each damaged line otherwise."""
    from drivetrain.accounts.audit.adapters.trail import CHAIN_KEY, PostgresAuditReader
    from drivetrain.accounts.audit.application.verify_audit import VerifyAudit
    from drivetrain.accounts.audit.domain.chain import parse_head

    noted = None if head is None else parse_head(head)
    home = installation(context)
    with home.database() as database:
        verification = VerifyAudit(PostgresAuditReader(database.engine), home.derived_key(CHAIN_KEY))(noted)
    if as_json:
        damages = [
            {"position": damage.position, "kind": damage.kind, "count": damage.count}
            for damage in verification.damages
        ]
        show_json({"lines": verification.lines, "head": str(verification.head), "damages": damages})
    else:
        for damage in verification.damages:
            say(str(damage))
        state = "NOT whole" if verification.damages else "whole"
        say(f"{verification.lines:,} lines, {state}. Head: {verification.head}")
    if verification.damages:
        raise typer.Exit(1)


@app.command("list")
def list_lines(
    context: typer.Context,
    actor: Annotated[str | None, typer.Option(help="Who did it.")] = None,
    action: Annotated[
        str | None, typer.Option(help="What: `keys.create`, or `keys.` for all of keys.")
    ] = None,
    object_: Annotated[str | None, typer.Option("--object", help="To what.")] = None,
    since: Annotated[str | None, typer.Option(help="From this instant on, ISO 8601 with its zone.")] = None,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Most lines.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the lines, newest first."""
    from drivetrain.accounts.audit.adapters.lines import line_as_dict
    from drivetrain.accounts.audit.adapters.trail import PostgresAuditReader
    from drivetrain.accounts.audit.application.ports import AuditFilter

    wanted = AuditFilter(actor, action, object_, begin=parse_optional_instant(since, "--since"))
    with installation(context).database() as database:
        lines = PostgresAuditReader(database.engine).newest(wanted, before=None, most=most)
    if as_json:
        show_json([line_as_dict(line) for line in lines])
        return
    rows = [
        (
            line.position,
            iso_utc(line.recorded_at),
            entry.actor,
            entry.action,
            entry.object,
            entry.result,
            line.origin,
        )
        for line in lines
        for entry in (line.entry,)
    ]
    show_table(("line", "when", "who", "what", "to what", "result", "from"), rows, empty="No line yet.")
