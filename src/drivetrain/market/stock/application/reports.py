"""What a dealer is shown of a feed: what was read, what was refused and why, and what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from drivetrain.core.errors import MAX_FIELD_ERRORS, FieldError
from drivetrain.core.text import shortened
from drivetrain.lifecycle.data.table_previews import RefusalReason
from drivetrain.market.listings.application.change_listings import ChangedListings
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.stock.application.mapping import suggest_columns, suggest_words
from drivetrain.market.stock.application.ports import RefusedRow, StockTable
from drivetrain.market.stock.domain.difference import Difference

_LONGEST_CELL = 100
_MOST_REASONS = 200
_MOST_WORDS = 100


def report_of(
    table: StockTable, change: Difference | None, changed: ChangedListings | None
) -> dict[str, Any]:
    """A feed in plain values.

    Args:
        change: None where the table was not compared.
        changed: None where nothing was changed.
    """
    return {
        "headings": dict(table.headings),
        "missing": list(table.missing),
        "ignored": list(table.ignored),
        "sheet": table.sheet,
        "rows": table.total,
        "accepted_rows": len(table.cars),
        "refused_rows": len(table.refused),
        "reasons": [each.as_dict() for each in islice(_reasons(table), _MOST_REASONS)],
        "errors": [error.as_dict() for error in islice(_errors(table), MAX_FIELD_ERRORS)],
        "warnings": [dict(each) for each in table.warnings],
        "unread_words": {name: list(words)[:_MOST_WORDS] for name, words in table.unread_words.items()},
        "suggestions": {
            "columns": suggest_columns(_lacking(table), table.ignored),
            "words": suggest_words(table.unread_words),
        },
        "first_rows": [dict(row) for row in table.first_rows],
        "profile": None if table.profile is None else table.profile.as_dict(),
        "difference": None if change is None else difference_as_dict(change, changed),
    }


def difference_as_dict(change: Difference, changed: ChangedListings | None) -> dict[str, int | None]:
    """How many cars a feed changes, or would change; ``repriced`` and ``left`` only once it has."""
    return {
        "stock": change.stock,
        "new": len(change.new),
        "changed": len(change.changed),
        "back": len(change.back),
        "gone": len(change.gone),
        "unchanged": change.unchanged,
        "kept": change.kept,
        "repriced": None if changed is None else changed.repriced,
        "left": None if changed is None else changed.left,
    }


def _lacking(table: StockTable) -> list[str]:
    return [name for name in LISTING.names if name not in {*table.headings, *table.fixed}]


def _errors(table: StockTable) -> Iterator[FieldError]:
    for row in table.refused:
        yield from row.errors


def _reasons(table: StockTable) -> list[RefusalReason]:
    """What is wrong with refused rows, most frequent first, each with the first cell that is."""
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], RefusedRow] = {}
    for row in table.refused:
        for error in row.errors:
            key = (error.column or "", error.code)
            counts[key] += 1
            first.setdefault(key, row)
    return [
        RefusalReason(*key, count, first[key].row, _cell(table, first[key], key[0]))
        for key, count in counts.most_common()
    ]


def _cell(table: StockTable, row: RefusedRow, column: str) -> str | None:
    heading = table.headings.get(column)
    if heading is None or heading not in table.header:
        return None
    cell = row.cells[table.header.index(heading)] if table.header.index(heading) < len(row.cells) else ""
    return shortened(cell, longest=_LONGEST_CELL) or None
