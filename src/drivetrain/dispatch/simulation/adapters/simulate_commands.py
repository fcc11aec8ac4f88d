"""``drivetrain simulate``: try dispatch policies in simulated cities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.files import write_page
from drivetrain.adapters.console.output import progress, say, show_json, show_table
from drivetrain.core.errors import InvalidInputError
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.simulation.adapters.answers import LeagueAnswer, LeagueMarket, LeagueStanding
from drivetrain.dispatch.simulation.adapters.league_answers import league_answer
from drivetrain.dispatch.simulation.adapters.league_report import report
from drivetrain.dispatch.simulation.adapters.side_by_side import run_side_by_side
from drivetrain.dispatch.simulation.application.try_policies import MOST_SEEDS, TryPolicies
from drivetrain.dispatch.simulation.domain.catalog import CONTENDERS
from drivetrain.dispatch.simulation.domain.cities import CITIES, City
from drivetrain.dispatch.simulation.domain.contenders import Contender

app = typer.Typer(help="Try dispatch policies in simulated cities.", no_args_is_help=True)

_SEEDS = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?")


@app.callback()
def group() -> None:
    """Try dispatch policies in simulated cities."""


@app.command()
def dispatch(
    context: typer.Context,
    city: Annotated[str, typer.Option(help=f"A built-in one: {', '.join(CITIES)}.")] = "synthetic",
    trips: Annotated[
        Path | None,
        typer.Option(
            help="A table of trips in the shape of Chicago's or New York's taxis: its city instead."
        ),
    ] = None,
    requests: Annotated[
        Path | None,
        typer.Option(help="A table of requests with who refused: acceptance by hour, for --trips."),
    ] = None,
    from_hour: Annotated[int, typer.Option(min=0, max=23, help="Hour at which --trips begins.")] = 7,
    scale: Annotated[float, typer.Option(min=0.01, max=1_000, help="Requests for each trip of a day.")] = 1.0,
    is_replay: Annotated[
        bool, typer.Option("--replay", help="The trips of the table as they were, all days on one.")
    ] = False,
    policy: Annotated[
        list[str] | None,
        typer.Option(help="A policy, given again for each; all without it. The first is the reference."),
    ] = None,
    market: Annotated[
        list[str] | None, typer.Option(help="slack, tight or overload, given again for each; all without it.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="Of the cities, as 1-20 or 7.")] = "1-5",
    hours: Annotated[float, typer.Option(min=0.25, max=22, help="In which riders are counted.")] = 2.0,
    processes: Annotated[int, typer.Option(min=1, max=64, help="That run beside each other.")] = 1,
    is_kept: Annotated[
        bool,
        typer.Option(
            "--keep", help="Keep the result in the database of this home, for the API and the web app."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: what the API answers.")] = False,
    out: Annotated[Path | None, typer.Option("--report", help="A page of HTML with charts, too.")] = None,
) -> None:
    """Run policies in the same simulated cities and compare them, seed by seed."""
    if trips is not None:
        from drivetrain.dispatch.simulation.adapters.city_files import city_of_file  # polars: only for tables

        place = city_of_file(trips, requests, begins_h=from_hour, scale=scale, is_replay=is_replay)
    else:
        place = _one_city(city)
    attempt = TryPolicies(run_side_by_side(processes), progress(as_json=as_json), SystemClock())
    league = league_answer(
        attempt(place, _policies(policy), _markets(place, market), seeds=_seeds(seeds), hours=hours)
    )
    if is_kept:
        _keep(context, league)
    if out is not None:
        write_page(out, report(league))
    if as_json:
        show_json(league)
        return
    _show(league)
    if out is not None:
        say(f"{out}: open it in any browser.")


def _keep(context: typer.Context, league: LeagueAnswer) -> None:
    from drivetrain.dispatch.simulation.adapters.league_store import PostgresLeagues  # SQL: only to keep

    with installation(context).database() as database:
        PostgresLeagues(database.engine).keep(league)


def _show(league: LeagueAnswer) -> None:
    say(f"{league['city_summary']} Everything about drivers is made up.")
    for market in league["markets"]:
        say(
            f"\n{market['name']}: {market['drivers']:,} drivers, {len(league['seeds'])} cities, "
            f"{league['hours']:g} h. In brackets: difference from {league['reference']}, 95 % interval."
        )
        columns = (
            "policy",
            "served",
            "pick-up, s",
            "wait, s",
            "p90",
            "refusals",
            "empty",
            "used",
            "earned/h",
            "Gini",
        )
        show_table(columns, [_row(standing) for standing in market["standings"]], empty="")
        say(_best(market))
    say("")
    for assumed in league["assumed"]:
        say(assumed)


def _row(standing: LeagueStanding) -> Sequence[str]:
    means, differences = standing["means"], standing["differences"]

    def against(name: str, factor: float = 1.0, digits: int = 0) -> str:
        if name not in differences:
            return ""
        one = differences[name]
        ends = " to ".join(f"{factor * end:+.{digits}f}" for end in (one["low"], one["high"]))
        return f" ({factor * one['value']:+.{digits}f}; {ends})"

    return (
        standing["policy"],
        f"{100 * means['served']:.1f} %{against('served', 100, 1)}",
        f"{means['pick_up_s']:.0f}{against('pick_up_s')}",
        f"{means['wait_s']:.0f}{against('wait_s')}",
        f"{means['wait_p90_s']:.0f}",
        f"{means['refusals']:.2f}",
        f"{100 * means['empty_share']:.0f} %",
        f"{100 * means['utilization']:.0f} %",
        f"{means['earnings_per_h']:.2f}",
        f"{means['gini']:.3f}",
    )


def _best(market: LeagueMarket) -> str:
    best = [standing["policy"] for standing in market["standings"] if standing["is_among_best"]]
    return (
        f"{best[0]} served most."
        if len(best) == 1
        else f"Most served, no telling them apart: {', '.join(best)}."
    )


def _one_city(name: str) -> City:
    if name not in CITIES:
        raise InvalidInputError(
            f"There is no city {name!r}; there are {', '.join(CITIES)}.", code="dispatch.unknown_city"
        )
    return CITIES[name]


def _policies(names: Sequence[str] | None) -> Sequence[Contender]:
    known = {one.key: one for one in CONTENDERS}
    for name in names or ():
        if name not in known:
            raise InvalidInputError(
                f"There is no policy {name!r}; there are {', '.join(known)}.", code="dispatch.unknown_policy"
            )
    return [known[name] for name in dict.fromkeys(names or known)]


def _markets(city: City, names: Sequence[str] | None) -> Sequence[str]:
    for name in names or ():
        if name not in city.markets:
            raise InvalidInputError(
                f"There is no market {name!r}; there are {', '.join(city.markets)}.",
                code="dispatch.unknown_market",
            )
    return list(dict.fromkeys(names or city.markets))


def _seeds(text: str) -> Sequence[int]:
    match = _SEEDS.fullmatch(text)
    first = int(match[1]) if match else 0
    last = int(match[2] or first) if match else -1
    if not 0 <= last - first < MOST_SEEDS:
        raise InvalidInputError(
            f"--seeds is a number, or two with a hyphen for at most {MOST_SEEDS}, as 1-20.",
            code="dispatch.bad_seeds",
        )
    return range(first, last + 1)
