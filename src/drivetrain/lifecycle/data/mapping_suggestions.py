"""Which headings of a file may be meant for the columns that it lacks: by their names, and by what stands under them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from drivetrain.core.text import compact, spelling_key
from drivetrain.lifecycle.data.cells import SPACES
from drivetrain.lifecycle.data.column_mapping import MappedColumn, is_amount
from drivetrain.lifecycle.data.contracts import Column, ListColumn

_LEAST_ALIKE = 0.6
"""Of two names, as the share of letters in common; the bound of ``nearest``."""

_SHORTEST_NAME = 3
"""Letters of a name that may be misspelled: below, two names are alike by chance."""

_LEAST_ACCEPTED = 0.8
"""Share of the filled cells that a list must accept before they speak for a column."""

_VALUES_COUNT = 0.9
"""How much cells that are all accepted count, beside a name that is the same: less."""


def suggest_mapping(
    missing: Sequence[str],
    ignored: Mapping[str, Sequence[str | None]],
    columns: Mapping[str, Column | None],
    also_called: Mapping[str, Sequence[str]],
) -> tuple[MappedColumn, ...]:
    """The likeliest heading for each missing column, in their order; each heading once, best pairs first.

    Args:
        ignored: the first cells of the file's other columns, by heading.
        columns: the table's columns, each with the contract's of that name where there is one.
        also_called: further names of the columns.
    """
    pairs = sorted(
        (
            (_score(heading, cells, name, columns.get(name), also_called.get(name, ())), name, heading)
            for name in missing
            for heading, cells in ignored.items()
        ),
        key=lambda pair: -pair[0],
    )
    chosen: dict[str, str] = {}
    for score, name, heading in pairs:
        if score >= _LEAST_ALIKE and name not in chosen and heading not in chosen.values():
            chosen[name] = heading
    return tuple(
        MappedColumn(chosen[name], name, is_amount(columns.get(name)) and _says_cents(chosen[name]))
        for name in missing
        if name in chosen
    )


def _score(
    heading: str, cells: Sequence[str | None], name: str, column: Column | None, other_names: Sequence[str]
) -> float:
    by_name = max(_alike(heading, called) for called in (name, *other_names))
    return max(by_name, _accepted(column, cells) * _VALUES_COUNT)


def _alike(heading: str, name: str) -> float:
    """1 for the same name, also with a remark behind it: ``Prix / jour (€)`` and ``prix jour``."""
    written, wanted = _plain(heading), _plain(name)
    if not written or not wanted:
        return 0.0
    if f" {wanted} " in f" {written} ":
        return 1.0 if written == wanted else 0.5 + 0.5 * len(wanted) / len(written)
    if min(len(written), len(wanted)) < _SHORTEST_NAME:
        return 0.0
    return SequenceMatcher(None, compact(written), compact(wanted)).ratio()


def _accepted(column: Column | None, cells: Sequence[str | None]) -> float:
    """The share of filled cells that a closed list accepts; 0 where it is low or the column says nothing."""
    if not isinstance(column, ListColumn) or column.is_open:
        return 0.0
    filled = [bare for cell in cells if (bare := (cell or "").strip(SPACES))]
    share = sum(column.canonical(cell) is not None for cell in filled) / len(filled) if filled else 0.0
    return share if share >= _LEAST_ACCEPTED else 0.0


def _says_cents(heading: str) -> bool:
    return any(word in {"cent", "cents", "centime", "centimes"} for word in _plain(heading).split())


def _plain(text: str) -> str:
    return " ".join(_words(spelling_key(text)))


def _words(key: str) -> Iterator[str]:
    yield from "".join(letter if letter.isalnum() else " " for letter in key).split()
