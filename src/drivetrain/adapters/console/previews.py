"""A file read as a table, for people and machines."""

from __future__ import annotations

import shlex

from drivetrain.adapters.console.output import say, show_json, show_table
from drivetrain.lifecycle.data.table_previews import RefusalReason, TablePreview

_LONGEST_CELL = 40


def show_preview(preview: TablePreview, *, as_json: bool) -> None:
    """Print the columns, the rows that pass, why others do not, and the first ones."""
    if as_json:
        show_json(preview.as_dict())
        return
    _show_columns(preview)
    if preview.missing:
        return  # no row was read
    say(
        f"{preview.accepted + preview.refused:,} rows: {preview.accepted:,} accepted, {preview.refused:,} refused "
        f"({preview.refused_share:.1%})."
    )
    for reason in preview.reasons:
        say(f"  {reason.count:,} x {reason.code}, {_example(reason)}")
    _show_rows(preview)


def _show_columns(preview: TablePreview) -> None:
    renamed = {name: heading for name, heading in preview.headings.items() if name != heading}
    for name, heading in renamed.items():
        say(f"{heading} is read as {name}.")
    if preview.ignored:
        say(f"Not read: {', '.join(preview.ignored)}.")
    if preview.suggestions:
        options = " ".join(f"--map {shlex.quote(str(suggestion))}" for suggestion in preview.suggestions)
        say(f"Did you mean {options}")


def _show_rows(preview: TablePreview) -> None:
    if preview.accepted:
        shown = max(map(len, preview.first_rows.values()), default=0)
        rows = [(name, *map(_cell, cells)) for name, cells in preview.first_rows.items()]
        show_table(("the first rows as they are read", *[""] * shown), rows, empty="")


def _example(reason: RefusalReason) -> str:
    written = "is empty" if reason.cell is None or not reason.cell.strip() else f"is {_cell(reason.cell)!r}"
    return f"first in row {reason.row:,}: {reason.column} {written}"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL]} …"
