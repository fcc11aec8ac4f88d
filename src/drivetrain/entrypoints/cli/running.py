"""``drivetrain status``, ``stop`` and ``config``: the running platform and its settings, from another terminal."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from drivetrain.adapters.console.output import progress, say, show_json, show_table
from drivetrain.settings import Settings

if TYPE_CHECKING:
    from drivetrain.bootstrap.running import PlatformStatus

config = typer.Typer(help="Settings: show what counts, and where it comes from.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def status(as_json: AsJson = False) -> None:
    """Show whether the platform of this home runs, where it serves, and what is not well.

    Exit code 0 where all is well, 1 where something is not, or where nothing runs.
    """
    from drivetrain.bootstrap.running import platform_status

    found = platform_status(Settings())
    if as_json:
        show_json(found.as_dict())
    else:
        _show(found)
    if found.state != "ok":
        raise typer.Exit(1)


def stop(as_json: AsJson = False) -> None:
    """Stop the platform of this home as Ctrl-C does, and wait until it has ended.

    Requests in progress are answered first, and every acknowledged decision is in the database.
    """
    from drivetrain.bootstrap.running import stop_platform

    stopped = stop_platform(Settings(), progress(as_json=as_json))
    if as_json:
        show_json({"pid": stopped.pid, "since": stopped.since.isoformat(), "address": stopped.address})
        return
    say(f"Stopped: process {stopped.pid}, which ran since {stopped.since:%Y-%m-%d %H:%M} UTC.")


@config.command("show")
def show_config(
    changed: Annotated[bool, typer.Option("--changed", help="Only what is not the default.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show every setting: its value, where it comes from, and what it does; secrets only as set or not set."""
    from drivetrain.bootstrap.environment import GROUPS, shown_settings

    settings = [
        setting
        for setting in shown_settings(GROUPS, os.environ)
        if not changed or setting.origin != "default"
    ]
    if as_json:
        show_json([asdict(setting) for setting in settings])
        return
    rows = [
        (setting.variable, _value(setting.value, setting.unit), setting.origin, setting.description)
        for setting in settings
    ]
    show_table(("variable", "value", "from", "what it does"), rows, empty="Every setting is the default.")


def _show(found: PlatformStatus) -> None:
    say(f"{found.home}: {found.state} (process {found.pid} since {found.since:%Y-%m-%d %H:%M} UTC)")
    if found.address is None:
        say("A command works on it, or the platform has only just been started.")
        return
    say(f"Web app and API: {found.address}")
    if found.health is None:
        say("It does not answer; its log says why.")
        return
    rows = [(part["name"], part["state"], part["why"]) for part in found.health["dependencies"]]
    show_table(("part", "state", "why"), rows, empty="")


def _value(value: str | float | bool | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{value} {unit}".strip()
