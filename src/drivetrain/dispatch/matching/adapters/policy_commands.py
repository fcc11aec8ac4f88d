"""``drivetrain dispatch policy``: which policy windows are matched by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.output import CALLER, say, show_table
from drivetrain.core.time import minute_utc
from drivetrain.dispatch.matching.application.release_policy import Release, ReleasePolicy
from drivetrain.dispatch.matching.domain.window_policies import FIRST, WINDOW_POLICIES
from drivetrain.lifecycle.kit.installation import OpenDatabase

Reason = Annotated[str, typer.Option(help="Kept in the history.")]


def policy_commands(open_releases: Callable[[OpenDatabase], ReleasePolicy]) -> typer.Typer:
    """The commands.

    Args:
        open_releases: on a database.
    """
    app = typer.Typer(
        help="Which policy windows are matched by: show, promote, rollback.", no_args_is_help=True
    )

    @contextmanager
    def opened(context: typer.Context) -> Iterator[ReleasePolicy]:
        with installation(context).database() as database:
            yield open_releases(database)

    @app.command()
    def show(context: typer.Context) -> None:
        """Show the policy in force, those there are, and the history."""
        with opened(context) as release:
            history = release.releases.all()
        in_force = history[0].policy if history else FIRST
        rows = [
            (
                name + (" *" if name == in_force else ""),
                policy.version,
                *(f"{value:g}" for value in policy.weights.as_mapping().values()),
            )
            for name, policy in WINDOW_POLICIES.items()
        ]
        show_table(
            ("policy (* in force)", "version", "served, min", "waited", "refusal, min", "place"),
            rows,
            empty="",
        )
        for one in history:
            say(f"{one.number}. {one.policy}, {minute_utc(one.released_at)}, {one.author}: {one.reason}")

    @app.command()
    def promote(context: typer.Context, policy: str, reason: Reason) -> None:
        """Put another policy into force, with the next window; the league must have its row."""
        with opened(context) as release:
            _tell(release.promote(policy, reason=reason, author=CALLER))

    @app.command()
    def rollback(context: typer.Context, reason: Reason) -> None:
        """Put the policy before the last promotion into force again."""
        with opened(context) as release:
            _tell(release.roll_back(reason=reason, author=CALLER))

    return app


def _tell(release: Release) -> None:
    say(f"Release {release.number}: {release.policy}, version {release.version}, with the next window.")
    if not release.league:
        return
    say(f"League {release.league['version']}, against {release.league['reference']}:")
    rows = [
        (
            market,
            f"{100 * row['means']['served']:.1f} %",
            _difference(row["differences"], "served", 100),
            _difference(row["differences"], "pick_up_s", 1),
        )
        for market, row in release.league["markets"].items()
    ]
    show_table(("market", "served", "difference, points", "pick-up, s"), rows, empty="")


def _difference(differences: Mapping[str, Any], name: str, factor: float) -> str:
    if name not in differences:
        return ""
    one = differences[name]
    return f"{factor * one['value']:+.1f} ({factor * one['low']:+.1f} to {factor * one['high']:+.1f})"
