"""``drivetrain market import``: a dealer's table as their stock."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.output import CALLER, progress, say, show_json
from drivetrain.core.errors import InvalidInputError
from drivetrain.market.listings.adapters.commands import app
from drivetrain.market.listings.domain.listing import Owner
from drivetrain.market.stock.application.keep_feeds import MAIN
from drivetrain.market.stock.domain.feed import FeedState

__all__ = ["app"]


@app.command("import")
def import_stock(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, XLS or XML: a row for each car on sale.")],
    company: Annotated[UUID, typer.Option(help="Id of the company whose stock it is.")],
    branch: Annotated[UUID | None, typer.Option(help="Id of its branch; all of it without.")] = None,
    source: Annotated[str, typer.Option(help="Name of where the table comes from.")] = MAIN,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", help="A heading of the file with a field of listings, THEIRS=OURS."),
    ] = None,
    fixed: Annotated[
        list[str] | None, typer.Option("--set", help="The value of a field in all rows, FIELD=VALUE.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Change nothing.")] = False,
    accept_removals: Annotated[
        int, typer.Option(min=0, help="How many cars it may remove where that is more than usual.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Take a table as the whole stock of a dealer: new cars go on sale, missing ones are withdrawn. All or nothing.

    What is mapped is added to the mapping of the source, also for its next tables.
    """
    from drivetrain.adapters.postgres.database import transaction  # SQL
    from drivetrain.market.stock.adapters.quarantine import StockQuarantine
    from drivetrain.market.stock.adapters.store import PostgresStock
    from drivetrain.market.stock.adapters.tasks import feed_folder, feed_taker
    from drivetrain.market.stock.application.keep_feeds import FeedRequest, KeepFeeds
    from drivetrain.market.stock.application.keep_mappings import KeepMappings

    if not file.is_file():
        raise InvalidInputError(f"There is no file {file}.", code="data.not_a_file")
    home, owner = installation(context), Owner(company, branch)
    with home.database() as database:
        store = PostgresStock(database.engine)
        if columns or fixed:
            KeepMappings(store, home.clock).extend(source, owner, _pairs(columns), _pairs(fixed), CALLER)
        request = FeedRequest(owner, CALLER, source, file.name, preview, accept_removals)
        feed = KeepFeeds(store, feed_folder(home), home.clock).take_now(
            file,
            request,
            feed_taker(home, database),
            partial(transaction, database.engine),
            progress(as_json=as_json),
        )
    refused_file = StockQuarantine(home.quarantine).file_of(feed.feed_id)
    set_aside = str(refused_file) if refused_file.exists() else None
    report = dict(feed.report or {})
    if as_json:
        answer = {"feed_id": str(feed.feed_id), "state": feed.state, "code": feed.code, "detail": feed.detail}
        show_json({**answer, "report": report, "set_aside": set_aside})
    else:
        for line in lines_of(feed.state, feed.detail, report, set_aside):
            say(line)
    if feed.state in {FeedState.HELD, FeedState.REFUSED}:
        raise typer.Exit(1)


def lines_of(
    state: FeedState, detail: str | None, report: dict[str, Any], set_aside: str | None
) -> list[str]:
    """What a person is told of a feed."""
    lines = [_first_line(state, report)]
    if detail is not None:
        lines.append(detail)
    for reason in report.get("reasons", ()):
        example = reason["example"]
        cell = "empty" if example["cell"] is None else repr(example["cell"])
        lines.append(
            f"  {reason['count']:,} × {reason['column']}: {reason['code']}, first in row {example['row']:,} ({cell})"
        )
    if set_aside is not None:
        lines.append(f"Refused rows are in {set_aside}.")
    suggestions = report.get("suggestions", {})
    lines += [
        f"  perhaps: --map '{theirs}={ours}'" for theirs, ours in suggestions.get("columns", {}).items()
    ]
    for column, words in suggestions.get("words", {}).items():
        offered = ", ".join(f"{theirs} = {ours}" for theirs, ours in words.items())
        lines.append(f"  perhaps, in {column}: {offered}")
    return [*lines, *_profile_lines(report.get("profile"))]


def _profile_lines(profile: dict[str, Any] | None) -> Iterator[str]:
    """What stands in the columns of a table that was looked at."""
    if profile is None:
        return
    yield f"What stands in the table ({profile['rows']:,} rows, {profile['repeated']:,} of them repeat another one):"
    for column in profile["columns"]:
        line = f"  {column['heading']}: {column['missing']:,} empty, {column['words']:,} different"
        if column["numbers"] is not None:
            quantiles = column["numbers"]["quantiles"]
            line += "; " + ", ".join(f"{name} {value:,g}" for name, value in quantiles.items())
        elif column["most_frequent"]:
            line += "; " + ", ".join(
                f"{each['text']} ({each['cells']:,})" for each in column["most_frequent"][:3]
            )
        if column["odd_cells"]:
            first = column["odd_cells"][0]
            line += f"; {column['odd']:,} odd, first in row {first['row']:,} ({first['cell']!r})"
        yield line


def _first_line(state: FeedState, report: dict[str, Any]) -> str:
    if state is FeedState.UNCHANGED:
        return "This file was taken last; nothing has changed."
    change = report.get("difference")
    if change is None:
        return "The table is refused; nothing was changed."
    counts = ", ".join(
        f"{change[name]:,} {name}" for name in ("new", "changed", "back", "gone", "unchanged", "kept")
    )
    refused = report["refused_rows"]
    outcome = {FeedState.HELD: "Held", FeedState.PREVIEWED: "Would be"}.get(state, "Taken")
    return f"{outcome}: {counts}; {refused:,} {'row' if refused == 1 else 'rows'} refused."


def _pairs(texts: list[str] | None) -> dict[str, str]:
    """``THEIRS=OURS`` as pairs.

    Raises:
        InvalidInputError: ``data.bad_mapping``.
    """
    pairs = {}
    for text in texts or ():
        name, equals, value = text.rpartition("=")
        if not equals or not name.strip() or not value.strip():
            raise InvalidInputError(f"{text!r} is not of the form THEIRS=OURS.", code="data.bad_mapping")
        pairs[name.strip()] = value.strip()
    return pairs
