"""``drivetrain buffer``: how much time to leave between two rentals; what it costs, what it saves, what holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.files import write_page
from drivetrain.adapters.console.output import progress, say, show_json, show_table
from drivetrain.core.errors import InvalidInputError

if TYPE_CHECKING:
    from drivetrain.rental.buffer.adapters.local import LocalAnalysis, PolicyCommands

app = typer.Typer(
    help="The gap between two rentals: frontier, decide, report, policy, check, outcome.",
    no_args_is_help=True,
)


class Scope(StrEnum):
    """Which rentals a threshold applies to."""

    ALL = "all"
    CONNECT = "connect"
    MOBILE = "mobile"


class CheckinType(StrEnum):
    """How the keys change hands."""

    CONNECT = "connect"
    MOBILE = "mobile"


File = Annotated[
    Path | None, typer.Option(help="A table of your own (CSV, XLSX, XLS); the home's current one by default.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines: what the API answers.")]
Step = Annotated[int, typer.Option(min=1, max=720, help="Distance of the thresholds, minutes.")]
Minutes = Annotated[int | None, typer.Option(min=0, max=720, help="Minutes, 0 to 720; 0 is no rule.")]


@app.command()
def frontier(
    context: typer.Context,
    scope: Annotated[Scope, typer.Option(help="Which rentals the threshold applies to.")] = Scope.ALL,
    step_min: Step = 30,
    connect_min: Minutes = None,
    mobile_min: Minutes = None,
    file: File = None,
    as_json: AsJson = False,
) -> None:
    """Show lost bookings and avoided conflicts of each threshold; with --connect-min and --mobile-min, one pair."""
    pair = _pair(connect_min, mobile_min)
    curve = _analyze(context, file, as_json=as_json).frontier(scope.value, step_min=step_min, pair=pair)
    if as_json:
        show_json(curve)
        return
    _say_table(curve["table"])
    say(
        f"{curve['conflicts']:,} conflicts in {curve['known']:,} chained rentals with a known previous delay."
    )
    rows = [
        (
            point.get("threshold_min", f"{connect_min} / {mobile_min}"),
            _with_interval(point, "touched"),
            _with_interval(point, "avoided"),
            _with_interval(point, "cleared_by_moving"),
            _with_interval(point, "break_even"),
            _with_interval(point, "marginal_break_even") if "marginal_break_even" in point else None,
        )
        for point in curve["points"]
    ]
    columns = (
        "minutes",
        "touched",
        "avoided",
        "ended by moving",
        "break-even",
        f"of the last {curve['marginal_over_min']}",
    )
    show_table(columns, rows, empty="No threshold.")
    say(
        "In brackets: 95 % intervals from resampling cars. Break-even: lost bookings one avoided conflict must be worth."
    )


@app.command()
def decide(
    context: typer.Context,
    booking_value: Annotated[
        float | None, typer.Option(min=0, help="What a carried-out booking is worth to you.")
    ] = None,
    conflict_cost: Annotated[
        float | None, typer.Option(min=0, help="What a conflict costs you, all included.")
    ] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217 code of both amounts.")] = "EUR",
    recapture_share: Annotated[
        float, typer.Option(min=0, max=1, help="Of refused drivers, who book another car.")
    ] = 0.0,
    shift_share: Annotated[
        float, typer.Option(min=0, max=1, help="Of drivers asked to start later, who accept.")
    ] = 0.0,
    shift_up_to_min: Annotated[
        int, typer.Option(min=0, max=720, help="How much later they accept at most.")
    ] = 0,
    step_min: Annotated[int, typer.Option(min=5, max=720, help="Distance of the thresholds, minutes.")] = 30,
    file: File = None,
    as_json: AsJson = False,
) -> None:
    """Find the best thresholds for your amounts; without them, show break-even ratios only."""
    inputs = _inputs(
        booking_value=booking_value,
        conflict_cost=conflict_cost,
        recapture_share=recapture_share,
        shift_share=shift_share,
        shift_up_to_min=shift_up_to_min,
    )
    decision = _analyze(context, file, as_json=as_json).decide(inputs, currency=currency, step_min=step_min)
    if as_json:
        show_json(decision)
        return
    _say_table(decision["table"])
    if inputs is None:
        points = decision["break_even"]["all"]
        rows = [
            (p["threshold_min"], _with_interval(p, "break_even"), _with_interval(p, "marginal_break_even"))
            for p in points
        ]
        show_table(("minutes, all cars", "break-even", "of the last 30 minutes"), rows, empty="No threshold.")
        say(decision["note"])
        return
    uniform, pair = decision["uniform"], decision["pair"]
    _say_best(f"One threshold for all cars: {uniform['threshold_min']} minutes", uniform, currency)
    _say_best(f"Two: connect {pair['connect_min']}, mobile {pair['mobile_min']} minutes", pair, currency)
    rows = [(name, _end(ends["from"]), _end(ends["to"])) for name, ends in uniform["stays_best_for"].items()]
    show_table(("the uniform threshold stays the best for", "from", "to"), rows, empty="")


@app.command()
def report(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Output file: one self-contained HTML page.")],
    file: File = None,
) -> None:
    """Write everything as one page with charts and tables, for a browser, a printer or a screen reader."""
    page = _analyze(context, file, as_json=False, with_lateness=True).report()
    write_page(out, page)
    say(f"{out}: {len(page) / 1024:,.0f} KiB, open it in any browser.")


@app.command()
def answers(context: typer.Context, file: File = None, as_json: AsJson = False) -> None:
    """Answer the five standard questions in words, with the statistical test of each."""
    report = _analyze(context, file, as_json=as_json).answers()
    if as_json:
        show_json(report)
        return
    _say_table(report["table"])
    for answer in report["answers"]:
        say(f"\n{answer['question']}\n  {answer['words']}\n  ({answer['method']})")


@app.command()
def policy(
    context: typer.Context,
    connect_min: Minutes = None,
    mobile_min: Minutes = None,
    reason: Annotated[str | None, typer.Option(help="Reason; it is kept in the history.")] = None,
    effective_from: Annotated[
        str | None, typer.Option("--from", help="ISO 8601 with zone; now when left out.")
    ] = None,
    shift_up_to_min: Minutes = None,
    as_json: AsJson = False,
) -> None:
    """Show the policy and its history; with --connect-min, --mobile-min and --reason, save a new version."""
    pair = _pair(connect_min, mobile_min)
    if pair is not None and not reason:
        raise InvalidInputError(
            "A new version needs --reason; it is kept in the history.", code="rental.policy_reason"
        )
    with _policies(context) as commands:
        saved = None
        if pair is not None:
            saved = commands.set(
                connect_min=pair[0],
                mobile_min=pair[1],
                shift_up_to_min=shift_up_to_min,
                reason=reason or "",
                effective_from=effective_from,
            )
        history = commands.history()
    if as_json:
        show_json(history if saved is None else saved)
        return
    if saved is not None:
        say(
            f"Version {saved['version']} is saved; it holds from {saved['effective_from']} on, in every worker within a second."
        )
    columns = ("version", "in_force", "connect_min", "mobile_min", "effective_from", "author", "reason")
    show_table(
        columns,
        [[line[column] for column in columns] for line in history],
        empty="No policy yet; nothing is refused.",
    )


@app.command()
def check(
    context: typer.Context,
    checkin_type: Annotated[CheckinType, typer.Option(help="Of the requested rental.")],
    start: Annotated[str, typer.Option(help="Requested start, ISO 8601 with zone.")],
    previous_end: Annotated[
        str | None, typer.Option(help="Planned end of the rental before, ISO 8601 with zone.")
    ] = None,
    car: Annotated[str, typer.Option(help="Your id of the car; recorded in the ledger.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check one start against the policy in force; the answer is recorded in the ledger."""
    with _policies(context) as commands:
        verdict = commands.check(
            car=car, checkin_type=checkin_type.value, previous_end=previous_end, start=start
        )
    if as_json:
        show_json(verdict)
        return
    by = f"by version {verdict['policy']['version']}, which asks for {verdict['threshold_min']} minutes"
    say(f"{verdict['verdict'].capitalize()}, {by}.")
    if verdict["verdict"] != "allowed":
        say(f"The earliest allowed start is {verdict['earliest_start_at']}.")


@app.command()
def outcome(
    context: typer.Context,
    file: Annotated[Path, typer.Option(help="Rentals newer than the policy (CSV, XLSX, XLS).")],
    version: Annotated[int | None, typer.Option(min=1, help="A version; that in force by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the expected effect of the policy with newer rentals."""
    newer = _analyze(context, file, as_json=as_json)
    with _policies(context) as commands:
        comparison = commands.outcome(newer, version=version)
    if as_json:
        show_json(comparison)
        return
    say(comparison["words"])
    names = ("below_share", "conflict_rate", "conflict_rate_left")
    rows = [
        (name, _share(comparison["promised"][name]), _share(comparison["observed"][name])) for name in names
    ]
    show_table(("share", "promised", "observed"), rows, empty="")


def _analyze(
    context: typer.Context, file: Path | None, *, as_json: bool, with_lateness: bool = False
) -> LocalAnalysis:
    from drivetrain.rental.buffer.adapters.local import analyze_table  # SciPy: only for those who ask

    shown = progress(as_json=as_json)
    return analyze_table(installation(context), file, shown, with_lateness=with_lateness)


@contextmanager
def _policies(context: typer.Context) -> Iterator[PolicyCommands]:
    from drivetrain.rental.buffer.adapters.local import policy_commands

    with policy_commands(installation(context)) as commands:
        yield commands


def _pair(connect_min: int | None, mobile_min: int | None) -> tuple[int, int] | None:
    if connect_min is None and mobile_min is None:
        return None
    if connect_min is None or mobile_min is None:
        raise InvalidInputError("--connect-min and --mobile-min belong together.", code="input.missing_field")
    return connect_min, mobile_min


def _inputs(**inputs: Any) -> Mapping[str, Any] | None:
    amounts = (inputs["booking_value"], inputs["conflict_cost"])
    if amounts == (None, None):
        return None
    if None in amounts:
        raise InvalidInputError(
            "--booking-value and --conflict-cost belong together.", code="input.missing_field"
        )
    return inputs


def _say_table(table: Mapping[str, Any]) -> None:
    if table["is_synthetic"]:
        say("SYNTHETIC rows: nothing here says anything about real rentals.")
    refused = f", {table['refused']:,} rows set aside" if table["refused"] else ""
    say(f"{table['used']:,} rentals{refused} ({table['source']}).")


def _say_best(head: str, best: Mapping[str, Any], currency: str) -> None:
    gain = _figure(best["gain"], best["interval"])
    say(
        f"{head}. Gain per 100 chained rentals, {currency}: {gain}, of which {best['optimism']:,.0f} may be luck of choosing; "
        f"the best in {100 * best['chosen_share']:.0f} % of the resamplings."
    )


def _with_interval(point: Mapping[str, Any], name: str) -> str:
    return _figure(point[name], point["intervals"][name])


def _figure(value: float | None, ends: Mapping[str, Any]) -> str:
    return (
        f"{_number(value)} ({_number(ends['low'])} to {_number(ends['high'])})" if value is not None else "-"
    )


def _share(figure: Mapping[str, Any]) -> str:
    shown: Sequence[str] = [
        "-" if figure[end] is None else f"{100 * figure[end]:.1f}" for end in ("value", "low", "high")
    ]
    return f"{shown[0]} % ({shown[1]} to {shown[2]})"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _end(value: float | None) -> str:
    return "any" if value is None else _number(value)
