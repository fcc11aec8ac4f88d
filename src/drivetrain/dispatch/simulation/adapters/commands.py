"""``drivetrain dispatch``: drive the running platform with a synthetic city, and the policy of its windows."""

from __future__ import annotations

import secrets
import signal
import threading
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from drivetrain.adapters.console.context import installation
from drivetrain.adapters.console.output import say, show_json
from drivetrain.core.errors import NotFoundError
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.events.domain.events import Place
from drivetrain.dispatch.events.domain.synthetic import PREFIX
from drivetrain.dispatch.features.adapters.commands import materialize
from drivetrain.dispatch.features.adapters.feast_commands import app as feast
from drivetrain.dispatch.matching.adapters.policy_commands import policy_commands
from drivetrain.dispatch.matching.application.release_policy import ReleasePolicy
from drivetrain.dispatch.simulation.application.drive import Drive, DriveCity
from drivetrain.dispatch.simulation.domain.city import SyntheticCity
from drivetrain.lifecycle.kit.installation import OpenDatabase

_TOLD_EVERY_S = 5


def _releases(database: OpenDatabase) -> ReleasePolicy:
    # SQL: only when it is asked for
    from drivetrain.dispatch.matching.adapters.policy_store import PostgresPolicyReleases
    from drivetrain.dispatch.simulation.adapters.league_store import PostgresLeagues

    releases = PostgresPolicyReleases(database.engine, database.audit)
    return ReleasePolicy(releases, PostgresLeagues(database.engine), SystemClock())


app = typer.Typer(
    help="Dispatch: drive the platform with a synthetic city, write features of the past, choose the policy of windows.",
    no_args_is_help=True,
)
app.command()(materialize)
app.add_typer(feast, name="feast")
app.add_typer(policy_commands(_releases), name="policy")


@app.callback()
def group() -> None:
    """Dispatch: drive the platform with a synthetic city, write features of the past, choose the policy of windows."""


@app.command()
def drive(
    context: typer.Context,
    drivers: Annotated[int, typer.Option(min=1, max=100_000, help="How many there are.")] = 300,
    requests_per_min: Annotated[float, typer.Option(min=0, max=60_000, help="Riders who ask.")] = 30.0,
    every_s: Annotated[int, typer.Option(min=1, max=60, help="How often each driver reports, seconds.")] = 4,
    latitude: Annotated[float, typer.Option(min=-60, max=80, help="Of the city's center.")] = 41.88,
    longitude: Annotated[float, typer.Option(min=-180, max=180, help="Of the city's center.")] = -87.63,
    radius_km: Annotated[float, typer.Option(min=0.5, max=50, help="Of the city.")] = 8.0,
    seconds: Annotated[int | None, typer.Option(min=1, help="For how long; until Ctrl-C without it.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same one moves the same drivers.")] = 1,
    is_patient: Annotated[
        bool,
        typer.Option("--patient", help="Riders ask for nobody, and wait for the batch matcher's offers."),
    ] = False,
    is_beside_real: Annotated[
        bool,
        typer.Option(
            "--beside-real-drivers",
            help="Drive a platform that knows drivers who are not made up; they are offered to synthetic riders.",
        ),
    ] = False,
    url: Annotated[str | None, typer.Option(help="Of the platform; that of this home without it.")] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="File with an API key; the admin key of this home without it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Report synthetic drivers and ask for rides of synthetic riders, until Ctrl-C. Their ids begin with `synthetic-`."""
    from drivetrain.dispatch.simulation.adapters.platform import HttpPlatform  # HTTP client: only here

    home = installation(context)
    platform = HttpPlatform(url or home.address, _key(key_file or home.folder / "admin.key"), SystemClock())
    city = SyntheticCity(
        drivers=drivers,
        center=Place(latitude, longitude),
        radius_km=radius_km,
        seed=seed,
        run=secrets.token_hex(6),
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if not as_json:
        say(
            f"{drivers:,} synthetic drivers around {latitude:g}, {longitude:g}; their ids begin with {PREFIX}-{seed}-."
        )

    def tell(second: int, so_far: Drive) -> None:
        if second % _TOLD_EVERY_S == 0 and not as_json:
            say(_line(second, so_far, city))

    driving = DriveCity(
        city, platform, every_s, requests_per_min / 60, stop.wait, is_patient, is_sole=not is_beside_real
    )
    try:
        done = driving(seconds, tell)
    finally:
        platform.close()
    if as_json:
        show_json(
            {
                "is_synthetic": True,
                "reported": done.reported,
                "refused": done.refused,
                "matched": done.matched,
                "unmatched": done.unmatched,
                "unanswered": done.unanswered,
                "completed": done.completed,
                "cancelled": done.cancelled,
                "strangers": done.strangers,
                "failed": done.failed,
                "match_ms_median": median(done.match_ms) if done.match_ms else None,
            }
        )


def _key(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise NotFoundError(
            f"There is no API key in {path}; start the platform first, or name a file with --key-file.",
            code="dispatch.no_key",
        ) from None


def _line(second: int, drive: Drive, city: SyntheticCity) -> str:
    took = f", {median(drive.match_ms):.1f} ms each" if drive.match_ms else ""
    failed = f"; {drive.failed:,} could not be sent" if drive.failed else ""
    return (
        f"{second:>5} s  {drive.reported:,} positions, {drive.matched:,} riders matched{took}, "
        f"{drive.unanswered:,} offers not taken, {drive.unmatched:,} found nobody; "
        f"{city.busy:,} drivers on a trip, {drive.completed:,} rides completed{failed}"
    )
