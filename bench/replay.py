"""Replay the live version over what it answered: every answer must come out byte by byte, and nothing be missing."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import httpx

from bench.installation import MODEL, Installation, Platform
from bench.report import Figure, at_least, at_most, shown
from drivetrain.lifecycle.data.contracts import Row

PATH = "/rental/price?explain="
PATIENCE_S = 300


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Decide singles with and without reasons, lists and a file, then replay all of it over HTTP and as a command."""
    singles, listed = (200, 400) if is_quick else (4_000, 3_000)
    since = datetime.now(UTC).isoformat()
    with httpx.Client(base_url=platform.address, headers=platform.headers, timeout=PATIENCE_S) as client:
        made = _decide(client, installation.rows(singles), installation.rows(listed))
        asked_at_s = time.monotonic()
        report = (
            client.post("/replays", json={"model": MODEL, "version": _live(client), "since": since})
            .raise_for_status()
            .json()
        )
        took_s = time.monotonic() - asked_at_s
        live = _live(client)
    command = installation.command("replay", MODEL, "--version", live, "--since", since, "--json")
    return [
        at_least("decisions replayed", [report["decisions"]], made, "decisions"),
        at_most(
            "of them not identical, POST /replays",
            [report["decisions"] - report["identical"]],
            0,
            "decisions",
        ),
        at_most("of them not identical, drivetrain replay", [made - command["identical"]], 0, "decisions"),
        shown("  POST /replays took", [took_s], "s"),
    ]


def _decide(client: httpx.Client, singles: list[Row], listed: list[Row]) -> int:
    """How many decisions were made."""
    for number, row in enumerate(singles):
        client.post(PATH + ("true" if number % 4 == 0 else "false"), json=row).raise_for_status()
    client.post("/rental/prices", json=listed).raise_for_status()
    names = list(listed[0])
    lines = [
        ",".join(names),
        *(",".join("" if row[name] is None else str(row[name]) for name in names) for row in listed),
    ]
    client.post(
        "/rental/prices/file", content="\n".join(lines), headers={"Content-Type": "text/csv"}
    ).raise_for_status()
    return len(singles) + 2 * len(listed)


def _live(client: httpx.Client) -> str:
    return str(client.get(f"/models/{MODEL}").raise_for_status().json()["champion"]["version"])
