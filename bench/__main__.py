"""``python -m bench``: prepare a home, start the platform, measure, stop it, print one table, write one JSON file."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import FrameType

from rich.console import Console

from bench import (
    buffer,
    core,
    crashes,
    decisions,
    dispatch,
    downtime,
    environment,
    faults,
    file,
    http,
    memory,
    metrics,
    promote,
    quality,
    replay,
    report,
    rides,
    routing,
    signin,
    slots,
    start,
    table_checks,
    trips,
    trips_bulk,
    used,
)
from bench.campaign import measure as campaign_measure
from bench.installation import Installation
from bench.live import measure as live
from bench.live.stand_ins import SWITCH_INTERVAL_S, standing_in
from bench.report import Figure, at_most

SUBJECTS = (
    "environment",
    "start",
    "memory",
    "core",
    "routing",
    "table-checks",
    "quality",
    "file",
    "http",
    "metrics",
    "promote",
    "replay",
    "buffer",
    "used",
    "rides",
    "slots",
    "trips",
    "trips-bulk",
    "crashes",
)
"""In the order of measuring: ``file`` before ``http``, because memory is to be judged on workers that have not grown yet;
``crashes`` last, because it kills them."""

ON_REQUEST = ("campaign", "decisions", "dispatch", "dispatch-live", "downtime", "faults", "signin")
"""Measured only when asked for: the first makes two million matches while everything is killed and takes hours, the
second fills a ledger of its own with a million decisions, the third has a database of its own, the fourth takes twenty
minutes, the fifth waits for minutes in which nobody scores, the sixth takes half an hour, the seventh runs without
limits."""

MOST_TRAINING_S = 120

_console = Console(stderr=True)


def main() -> int:
    """Measure what was asked for; 0 when every target was met, 1 when not, 130 after Ctrl-C."""
    wanted = _arguments()
    signal.signal(signal.SIGTERM, _as_interrupt)
    with tempfile.TemporaryDirectory(prefix="drivetrain-bench-") as scratch:
        folder = Path(scratch)
        installation = Installation((wanted.home or folder / "home").resolve(), folder / "platform.log")
        sections: dict[str, list[Figure]] = {}
        needs_home = bool(set(wanted.only) - {"environment", "decisions", "dispatch"})
        if wanted.home is None and needs_home:
            sections["training"] = _prepare(installation)
        table = installation.table() if needs_home else "none"
        about = {
            **report.describe(table, is_quick=wanted.quick),
            "switch_interval_ms": wanted.switch_interval_ms,
        }
        try:
            with _switching(installation, wanted.switch_interval_ms):
                _measure(installation, wanted.only, sections, is_quick=wanted.quick)
            if "campaign" in wanted.only:
                sections["campaign"] = _timed(
                    "campaign", lambda: _campaign(installation, wanted), installation
                )
            if "faults" in wanted.only:
                sections["faults"] = _timed("faults", lambda: _faults(installation, wanted), installation)
        except KeyboardInterrupt:
            _console.print("Stopped; what was measured until then:")
            return 130
        finally:
            report.show(sections, {**about, "load_after": os.getloadavg()})
    path = report.write(sections, {**about, "load_after": os.getloadavg()})
    _console.print(f"Written: {path}", soft_wrap=True)
    return int(any(figure.is_met is False for figures in sections.values() for figure in figures))


def _measure(
    installation: Installation, only: list[str], sections: dict[str, list[Figure]], *, is_quick: bool
) -> None:
    if "environment" in only:
        sections["environment"] = _timed("environment", environment.measure, installation)
    if "start" in only:
        sections["start"] = _timed(
            "start", lambda: start.measure(installation, is_quick=is_quick), installation
        )
    if "trips-bulk" in only:
        sections["trips-bulk"] = _timed(
            "trips-bulk", lambda: trips_bulk.measure(is_quick=is_quick), installation
        )
    if "decisions" in only:
        sections["decisions"] = _timed(
            "decisions", lambda: decisions.measure(is_quick=is_quick), installation
        )
    if "dispatch" in only:
        sections["dispatch"] = _timed("dispatch", lambda: dispatch.measure(is_quick=is_quick), installation)
    if "dispatch-live" in only:
        sections["dispatch-live"] = _timed(
            "dispatch-live", lambda: live.measure(installation, is_quick=is_quick), installation
        )
    if "downtime" in only:
        sections["downtime"] = _timed("downtime", lambda: downtime.measure(installation), installation)
    if "signin" in only:
        sections["signin"] = _timed(
            "signin", lambda: signin.measure(installation, is_quick=is_quick), installation
        )
    if not set(only) - {"environment", "start", "trips-bulk", *ON_REQUEST}:
        return
    with installation.running() as platform:
        platform.settle()
        measures = {
            "memory": lambda: memory.measure(platform, is_quick=is_quick),
            "core": lambda: core.measure(installation, is_quick=is_quick),
            "routing": lambda: routing.measure(is_quick=is_quick),
            "table-checks": lambda: table_checks.measure(is_quick=is_quick),
            "quality": lambda: quality.measure(installation, is_quick=is_quick),
            "file": lambda: file.measure(installation, platform, is_quick=is_quick),
            "http": lambda: http.measure(installation, platform, is_quick=is_quick),
            "metrics": lambda: metrics.measure(installation, platform, is_quick=is_quick),
            "promote": lambda: promote.measure(installation, platform, is_quick=is_quick),
            "replay": lambda: replay.measure(installation, platform, is_quick=is_quick),
            "buffer": lambda: buffer.measure(installation, platform, is_quick=is_quick),
            "trips": lambda: trips.measure(installation, is_quick=is_quick),
            "used": lambda: used.measure(installation, platform, is_quick=is_quick),
            "rides": lambda: rides.measure(is_quick=is_quick),
            "slots": lambda: slots.measure(installation, platform, is_quick=is_quick),
            "crashes": lambda: crashes.measure(installation, platform, is_quick=is_quick),
        }
        for name in SUBJECTS:
            if name in only and name in measures:
                sections[name] = _timed(name, measures[name], installation)


def _switching(installation: Installation, every_ms: float | None) -> AbstractContextManager[None]:
    if every_ms is None:
        return nullcontext()
    return standing_in(installation, {SWITCH_INTERVAL_S: str(every_ms / 1e3)})


def _campaign(installation: Installation, wanted: argparse.Namespace) -> list[Figure]:
    matches = campaign_measure.QUICK_MATCHES if wanted.quick else wanted.matches
    return campaign_measure.measure(installation, matches=matches)


def _faults(installation: Installation, wanted: argparse.Namespace) -> list[Figure]:
    quick = faults.QUICK_FAULTS if wanted.quick else None
    return faults.measure(
        installation,
        disk_faults=quick or wanted.disk_faults,
        worker_faults=quick or wanted.worker_faults,
    )


def _timed(name: str, measure: Callable[[], list[Figure]], installation: Installation) -> list[Figure]:
    """Measure one subject.

    What fails is a target missed, and the other subjects are still worth measuring.
    """
    started = time.monotonic()
    try:
        with _console.status(f"Measuring: {name} ..."):
            figures = measure()
    except Exception as error:  # noqa: BLE001 - the edge of a subject
        _console.print_exception()
        _console.print(
            f"The platform's last words:\n{installation.last_words()}", markup=False, soft_wrap=True
        )
        figures = [Figure(f"could not be measured: {error}"[:200], "failed", "measured", is_met=False)]
    _console.print(f"{name}: {time.monotonic() - started:.0f} s")
    return figures


def _prepare(installation: Installation) -> list[Figure]:
    with _console.status("Preparing a home and training every model ..."):
        installation.take_tables()
        took_s = installation.train()
    kind = installation.table()
    _console.print(
        f"Table: {kind}" + ("" if "real" in kind else ". Set DRIVETRAIN_DATA_DIR to measure on the real one.")
    )
    return [at_most("training all models, cross-validation included", [took_s], MOST_TRAINING_S, "s")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure speed, memory and quality beside their targets."
    )
    parser.add_argument(
        "--only",
        type=_subjects,
        default=list(SUBJECTS),
        help=f"comma-separated: {','.join(SUBJECTS + ON_REQUEST)}",
    )
    parser.add_argument("--quick", action="store_true", help="short runs, for trying out")
    parser.add_argument(
        "--disk-faults", type=int, default=faults.DISK_FAULTS, help="how often `faults` fills the disk"
    )
    parser.add_argument(
        "--worker-faults", type=int, default=faults.WORKER_FAULTS, help="how many workers `faults` harms"
    )
    parser.add_argument(
        "--matches",
        type=int,
        default=campaign_measure.MATCHES,
        help="how many matches each of the two runs of `campaign` makes",
    )
    parser.add_argument(
        "--switch-interval-ms",
        type=float,
        help="how often threads of the platform's processes take turns, for two runs to compare; 5 without it",
    )
    parser.add_argument(
        "--home",
        type=Path,
        help="a home that is trained and not running; use a copy, thousands of decisions are written to it",
    )
    return parser.parse_args()


def _names() -> str:
    return ",".join(SUBJECTS + ON_REQUEST)


def _subjects(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - {*SUBJECTS, *ON_REQUEST}:
        raise argparse.ArgumentTypeError(f"not known: {', '.join(sorted(unknown))}; choose from {_names()}")
    return names


def _as_interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
