"""Figures beside their targets: one table for people, one JSON file for whoever compares runs."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"

_LIBRARIES = (
    "fastapi",
    "starlette",
    "uvicorn",
    "uvloop",
    "pydantic",
    "psycopg",
    "lightgbm",
    "numpy",
    "orjson",
    "structlog",
)
_VERDICTS = {True: "[green]yes[/]", False: "[bold red]NO[/]", None: ""}


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured.

    Attributes:
        target: what it must reach, in words; empty where it is shown for information.
        is_met: None where there is no target.
        raw: the single measurements.
    """

    what: str
    measured: str
    target: str = ""
    is_met: bool | None = None
    raw: dict[str, Any] = field(default_factory=dict)


def at_most(what: str, values: Sequence[float], limit: float, unit: str, **raw: Any) -> Figure:
    """The median of the runs must not exceed the limit."""
    return _figure(what, values, f"≤ {limit:,g} {unit}", median(values) <= limit, unit, raw)


def at_least(what: str, values: Sequence[float], limit: float, unit: str, **raw: Any) -> Figure:
    """The median of the runs must reach the limit."""
    return _figure(what, values, f"≥ {limit:,g} {unit}", median(values) >= limit, unit, raw)


def shown(what: str, values: Sequence[float], unit: str, **raw: Any) -> Figure:
    """The median of the runs, for information."""
    return _figure(what, values, "", None, unit, raw)


def _figure(
    what: str, values: Sequence[float], target: str, is_met: bool | None, unit: str, raw: dict[str, Any]
) -> Figure:
    spread = f" ({_short(min(values))} … {_short(max(values))})" if len(values) > 1 else ""
    return Figure(
        what, f"{_short(median(values))} {unit}{spread}", target, is_met, {"runs": list(values), **raw}
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def show(sections: dict[str, list[Figure]], about: dict[str, Any]) -> None:
    """Print the table."""
    table = Table(
        title="drivetrain, measured", caption=_caption(about), title_justify="left", caption_justify="left"
    )
    table.add_column("")
    table.add_column("what")
    table.add_column("target", justify="right")
    table.add_column("measured: median (least … most)", justify="right")
    table.add_column("met?")
    for name, figures in sections.items():
        for index, figure in enumerate(figures):
            table.add_row(
                name if index == 0 else "",
                figure.what,
                figure.target,
                figure.measured,
                _VERDICTS[figure.is_met],
            )
        table.add_section()
    Console(width=max(Console().width, 150)).print(table)


def write(sections: dict[str, list[Figure]], about: dict[str, Any]) -> Path:
    """Write the JSON file and give its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.json"
    figures = {name: [asdict(figure) for figure in section] for name, section in sections.items()}
    path.write_text(
        json.dumps({"about": about, "figures": figures}, indent=1, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
    return path


def describe(table: str, *, is_quick: bool) -> dict[str, Any]:
    """On what it was measured: machine, versions, commit, and how busy the machine was before."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "is_quick": is_quick,
        "table": table,
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30), 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "commit": _git("rev-parse", "HEAD"),
        "is_changed": bool(_git("status", "--porcelain")),
        "load_before": os.getloadavg(),
    }


def _caption(about: dict[str, Any]) -> str:
    changed = " with changes" if about["is_changed"] else ""
    load = ", ".join(f"{value:.2f}" for value in (*about["load_before"], *about["load_after"]))
    return (
        f"{about['cores']} x {about['cpu']}, Python {about['python']}, commit {about['commit'][:12] or 'unknown'}{changed}; "
        f"table: {about['table']}; load averages of 1, 5, 15 minutes before and after: {load}."
        + (" QUICK: short runs, for trying out only." if about["is_quick"] else "")
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()
