"""What the platform holds in memory after a minute in which nobody asks anything, by process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.installation import Platform
from bench.report import Figure, at_most, shown

IDLE_S = 60.0
MOST_PSS_MB = 600
MOST_MATCHER_MB = 120
_MODULES = "drivetrain.entrypoints."
_KIB, _MB = 1024, 1_000_000


def measure(platform: Platform, *, is_quick: bool) -> list[Figure]:
    """Wait, then read the proportional set size of every process: memory that several share is counted once."""
    time.sleep(10.0 if is_quick else IDLE_S)
    sizes = sorted(_sizes(platform), key=lambda size: -size[1])
    total = sum(pss for _, pss, _ in sizes)
    workers = [rss for name, _, rss in sizes if name == "api"]
    return [
        at_most("all processes, idle for a minute (PSS)", [total], MOST_PSS_MB, "MB"),
        shown("largest API process (RSS)", [max(workers)], "MB"),
        *[shown(f"  {name} (PSS; RSS {rss:.0f} MB)", [pss], "MB") for name, pss, rss in sizes],
    ]


def of_matcher(platform: Platform, *, is_quick: bool) -> list[Figure]:
    """What the process holds that matches in windows, while nobody has come to it yet."""
    time.sleep(10.0 if is_quick else IDLE_S)
    ((pss, rss),) = [(pss, rss) for name, pss, rss in _sizes(platform) if name == "process dispatch"]
    return [
        at_most(
            "matcher of windows, drivers and features followed, idle (RSS)", [rss], MOST_MATCHER_MB, "MB"
        ),
        shown("  of that, its own share (PSS)", [pss], "MB"),
    ]


def _sizes(platform: Platform) -> Iterator[tuple[str, float, float]]:
    """Name, PSS and RSS, MB, of the supervisor, of all below it, and of the database."""
    supervisor = psutil.Process(platform.pid)
    family = {
        each.pid: each for each in (supervisor, *supervisor.children(recursive=True), *platform.postgres())
    }
    for process in family.values():
        try:
            fields = dict(
                line.split(":", 1)
                for line in Path(f"/proc/{process.pid}/smaps_rollup")
                .read_text(encoding="ascii")
                .splitlines()[1:]
            )
            name = _name(process)
        except (OSError, psutil.Error):  # it ended a moment ago
            continue
        pss, rss = (int(fields[key].split()[0]) * _KIB / _MB for key in ("Pss", "Rss"))
        yield name, pss, rss


def _name(process: psutil.Process) -> str:
    """The module that a process runs with its first argument, or what PostgreSQL calls it."""
    words = process.cmdline()
    places = [place for place, word in enumerate(words) if word.startswith(_MODULES)]
    if not places:
        return " ".join(words)[:40].removesuffix(" ")
    return " ".join(words[places[0] : places[0] + 2]).removeprefix(_MODULES)
