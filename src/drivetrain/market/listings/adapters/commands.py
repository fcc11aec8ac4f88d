"""``drivetrain market demo``: demonstration stock."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.output import progress, say, show_json
from drivetrain.core.errors import NotFoundError
from drivetrain.core.progress import Stage
from drivetrain.market.listings.domain.listing import Owner

app = typer.Typer(help="Market: dealers' stock, demonstration stock.", no_args_is_help=True)

DEMO_COMPANY = UUID("00000000-0000-7000-8000-00000000de30")
"""Owns demonstration stock where no company is named; nobody acts for it."""


@app.callback()
def group() -> None:
    """Market: dealers' stock, demonstration stock."""


@app.command()
def demo(
    context: typer.Context,
    rows: Annotated[int | None, typer.Option(min=1, help="Most rows of each table.")] = None,
    company: Annotated[
        UUID | None,
        typer.Option(help="Id of the company that owns the stock; one that nobody acts for without it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Put the tables of used cars of this home on sale: three markets with their currencies. Repeating adds nothing."""
    from drivetrain.adapters.postgres.event_log import PostgresEventLog  # SQL
    from drivetrain.market.listings.adapters.store import PostgresListings
    from drivetrain.market.listings.application.demo_stock import PUBLISHED, TakeDemoStock

    home = installation(context)
    owner = Owner(company or DEMO_COMPANY)
    bar = progress(as_json=as_json)
    answer: list[dict[str, Any]] = []
    with home.database() as database:
        take = TakeDemoStock(PostgresListings(database.engine, PostgresEventLog(database.engine)), home.clock)
        for table in PUBLISHED:
            try:
                reference = home.tables.current(table.name)
            except NotFoundError:
                answer.append({"table": table.name, "is_missing": True})
                continue
            with opened(reference.path) as cells:
                total = sum(1 for _ in islice(cells, rows))
            name = f"Putting {table.name} on sale"
            with bar.stage(name, total=total, unit="cars") as stage, opened(reference.path) as cells:
                counted = _counted(islice(cells, rows), stage)
                report = take(table, counted, owner, is_synthetic=reference.is_synthetic)
            answer.append(
                {
                    "table": table.name,
                    "is_synthetic": reference.is_synthetic,
                    "added": report.added,
                    "known": report.known,
                    "refused": dict(report.refused.most_common()),
                }
            )
    if as_json:
        show_json(answer)
        return
    for each in answer:
        say(_line(each))
    say(
        "They are priced in GBP, AUD and INR: searches by price name one of these as `currency`, or "
        "DRIVETRAIN_MARKET_RATES says what they are worth."
    )


def _counted(rows: Iterator[dict[str, str | None]], stage: Stage) -> Iterator[dict[str, str | None]]:
    for row in rows:
        yield row
        stage.advance()


def _line(report: dict[str, Any]) -> str:
    if "is_missing" in report:
        return f"{report['table']}: this home has no such table; `drivetrain data add` adds it."
    refused = sum(report["refused"].values())
    made_up = " (synthetic)" if report["is_synthetic"] else ""
    return f"{report['table']}{made_up}: {report['added']:,} added, {report['known']:,} there already, {refused:,} refused"


@contextmanager
def opened(path: Path) -> Iterator[Iterator[dict[str, str | None]]]:
    """The rows of a published CSV file, packed or not."""
    with path.open("rb") as file:
        is_packed = file.peek(2)[:2] == b"\x1f\x8b"
        with (
            gzip.open(file) if is_packed else file as plain,
            io.TextIOWrapper(plain, encoding="utf-8-sig", newline="") as text,
        ):
            yield csv.DictReader(text)
