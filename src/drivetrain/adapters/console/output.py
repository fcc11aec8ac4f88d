"""What commands print: tables and progress for people, JSON for machines, errors as one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.measure import Measurement
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.table import Column, Table

from drivetrain.core.errors import DrivetrainError
from drivetrain.core.key_issuing import COMMAND_LINE
from drivetrain.core.progress import Progress, SilentProgress, Stage

CALLER = COMMAND_LINE
"""Who acts, in the ledger and in histories, where somebody acts by command."""

_SHORTEST_BAR, _LONGEST_BAR = 8, 40
_BESIDE_BAR = 72
"""Cells of a line that the name of a stage and its figures may take; the bar gets what a wider screen has more."""

out = Console()
_WIDEST = 10_000
"""Characters of a line in a pipe, where no screen bounds it."""
err = Console(stderr=True)


class TaskStage:
    """One stage shown as a bar."""

    def __init__(self, bars: RichProgress, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def advance(self, count: int = 1) -> None:
        """Move the bar."""
        self._bars.advance(self._task, count)


class BarProgress:
    """Progress as bars on standard error, so that standard output stays clean."""

    @contextmanager
    def stage(self, name: str, *, total: int, unit: str) -> Iterator[Stage]:
        """Show a bar until the stage ends. On a narrow screen the name is folded, and no figure is cut off.

        A stage of one step has nothing to count: its bar moves, and shows for how long it has.
        """
        is_counted = total > 1
        bar_cells = min(_LONGEST_BAR, max(_SHORTEST_BAR, err.width - _BESIDE_BAR))
        counts = (
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TextColumn(unit),
            TimeRemainingColumn(table_column=Column(no_wrap=True)),
        )
        columns = (
            TextColumn("  {task.description}", table_column=Column(overflow="fold")),
            BarColumn(bar_cells, table_column=Column(no_wrap=True)),
            *(counts if is_counted else ()),
            TimeElapsedColumn(table_column=Column(no_wrap=True)),
        )
        with RichProgress(*columns, console=err) as bars:
            yield TaskStage(bars, bars.add_task(name, total=total if is_counted else None))


def progress(*, as_json: bool) -> Progress:
    """Bars for a person who watches; nothing for machines."""
    return SilentProgress() if as_json or not err.is_terminal else BarProgress()


def show_json(value: Any) -> None:
    """Print for machines: plain JSON, never wrapped or colored."""
    out.print(json.dumps(value, ensure_ascii=False, indent=2), markup=False, highlight=False, soft_wrap=True)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """Print for people, no value cut off: folded on a narrow screen, each row on one line in a pipe or a file."""
    if not rows:
        out.print(empty)
        return
    headings = [Column(title, overflow="fold") for title in columns]
    table = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    if out.is_terminal:
        out.print(table)
        return
    whole = Measurement.get(out, out.options.update(width=_WIDEST), table).maximum
    Console(file=out.file, width=max(out.width, whole)).print(table)


def show_markdown(text: str) -> None:
    """Print a card."""
    out.print(Markdown(text))


def show_difference(report: Mapping[str, Any], *, as_json: bool) -> None:
    """Print what would have changed, and for whom."""
    if as_json:
        show_json(report)
        return
    for sentence in report["summary"]:
        say(sentence)
    versions = report.get("by_version")
    if versions:
        say("")
        counts = ("decisions", "identical", "changed", "failed")
        by_version = [(group["version"], *(f"{group[name]:,}" for name in counts)) for group in versions]
        show_table(("made by version", *counts), by_version, empty="")
    groups = report.get("affected")
    if groups:
        say("")
        rows = [
            (
                g["field"],
                g["value"],
                f"{g['decisions']:,}",
                f"{g['mean_change']:+.1%}",
                f"{g['moved_share']:.1%}",
            )
            for g in groups
        ]
        show_table(("who", "is", "decisions", "mean change", "moved"), rows, empty="")
    largest = report.get("largest")
    if largest:
        say("")
        cases = [
            (change["decision_id"], change["from"], change["to"], f"{change['change']:+.1%}")
            for change in largest
        ]
        show_table(("largest changes: decision", "from", "to", "change"), cases, empty="")


def say(text: str) -> None:
    """Print one line for people, as it stands."""
    out.print(text, markup=False, highlight=False, soft_wrap=True)


def warn(text: str) -> None:
    """Print one line that is no answer of the command."""
    err.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)


def complain(error: DrivetrainError) -> None:
    """Print what went wrong and where, without a traceback."""
    err.print(f"{error.title}: {error.detail}", style="red", markup=False, highlight=False, soft_wrap=True)
    for problem in error.errors:
        place = (
            problem.pointer or f"row {problem.row}, {problem.column}"
            if problem.row is not None
            else problem.pointer or problem.column or ""
        )
        err.print(
            f"  {place}: {problem.detail} [{problem.code}]", markup=False, highlight=False, soft_wrap=True
        )
