"""Reading rows that are written as almost every program writes them, several times as fast as by a parser's calls.

Rows of one table differ in their number and values only: what is left of the text is looked at once for all rows that
share it (a layout). A row is taken here only where all of its text is known to be well-formed, and where nothing in it is
wrong; every other row is left to the parser (``sheet``), which knows all of XML and says what is wrong. Both read
values by the same ``CellTables``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from drivetrain.adapters.tabular.xlsx.rows import GrowingRows, column_index
from drivetrain.adapters.tabular.xlsx.values import CellTables, is_plain_whole
from drivetrain.core.errors import DrivetrainError, UnreadableInputError
from drivetrain.lifecycle.data.cells import CellKind

# Control characters, which XML does not allow, stand for parts of the text while it is divided.
_VALUE_END, _INLINE_END, _FORMULA_MARK = "\x00", "\x01", "\x02"

_ATTRIBUTE_TEXT = r"[ !#-%'-;=?-~]*"
_ROW = re.compile(
    rf'\s*<row r="([1-9][0-9]{{0,6}})"(?: (?!r=)[A-Za-z0-9]+(?::dyDescent)?="{_ATTRIBUTE_TEXT}")*>'
)
_FORMULA = re.compile(rf"""<f(?: (?:t|ref|si|ca)="{_ATTRIBUTE_TEXT}")*(?:/>|>[ -%'-;=?-~]*</f>)""")
_CELL = re.compile(
    rf'<c r="(?P<letters>[A-Z]{{1,3}})"(?: s="(?P<style>[0-9]{{1,5}})")?(?: t="(?P<type>[a-zA-Z]{{1,9}})")?'
    rf"(?:(?P<blank>/>|></c>)|>(?P<formula>{_FORMULA_MARK})?(?P<inline><is>)?)"
)
_CLEAN = re.compile(r"[^<>&\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]*")
_KINDS = {"n": CellKind.NUMBER, "b": CellKind.FLAG}
_MOST_LAYOUTS = 1_000
_MOST_READINGS = 50_000


class _Readings(dict[str, str | None]):
    """The texts of stored values, for cells of one type and style; None for an empty one.

    Raises:
        KeyError: the value is for the parser: it is wrong, or of another kind than most.
    """

    def __init__(
        self, tables: CellTables, attributes: dict[str, str], kind: CellKind, *, has_formula: bool
    ) -> None:
        super().__init__()
        self.kind = kind
        self._tables = tables
        self._attributes = attributes
        self._has_formula = has_formula
        self._is_number = kind is CellKind.NUMBER and not has_formula

    def __missing__(self, stored: str) -> str | None:
        if self._is_number and is_plain_whole(stored):
            return stored
        if not _CLEAN.fullmatch(stored):
            raise KeyError(stored)
        try:
            text, kind = self._tables.read(self._attributes, stored, has_formula=self._has_formula)
        except DrivetrainError:
            raise KeyError(stored) from None
        if text and kind != self.kind:
            raise KeyError(stored)
        if len(self) >= _MOST_READINGS:
            self.clear()
        self[stored] = text or None
        return self[stored]


@dataclass(frozen=True, slots=True)
class _Layout:
    """What rows have in common whose cells stand in the same columns, and are of the same types and styles.

    Attributes:
        cells: how many there are, blank ones too.
        columns, readings: of those with a value.
        kinds: of all columns up to the last one with a value.
    """

    cells: int
    columns: tuple[int, ...]
    readings: tuple[_Readings, ...]
    kinds: bytearray


class CommonRows:
    """Takes rows from their text and adds them to the rows of the sheet."""

    def __init__(self, tables: CellTables, rows: GrowingRows) -> None:
        self._tables = tables
        self._rows = rows
        self._layouts: dict[tuple[str, ...], _Layout | None] = {}
        self._readings: dict[tuple[str, str, bool], _Readings] = {}

    def take(self, text: str) -> bool:
        """Add a row.

        Args:
            text: from its start up to its end tag, which is left out.

        Returns:
            False where the row was left to the parser.

        Raises:
            UnreadableInputError: it does not follow the row before.
            TooLargeError: it is too wide.
        """
        head = _ROW.match(text)
        if head is None or _VALUE_END in text or _INLINE_END in text or _FORMULA_MARK in text:
            return False
        number_end = f'{head[1]}"'
        cells = _marked(text[head.end() :])
        pieces = cells.replace(number_end, '"').split("<v>")
        tags, values = tuple(pieces[::2]), pieces[1::2]
        if tags not in self._layouts:
            if len(self._layouts) >= _MOST_LAYOUTS:
                self._layouts.clear()
            self._layouts[tags] = self._layout(tags, len(values))
        layout = self._layouts[tags]
        # The number stands once in each reference; more often, it is part of something else that was cut as well.
        if layout is None or cells.count(number_end) != layout.cells:
            return False
        try:
            texts = [reading[value] for reading, value in zip(layout.readings, values, strict=True)]
        except KeyError:
            return False
        self._rows.add_row(int(head[1]), layout.columns, texts, layout.kinds)
        return True

    def _layout(self, tags: tuple[str, ...], value_count: int) -> _Layout | None:
        """The layout of rows with these tags around their values; None where they are not all known."""
        cells: list[re.Match[str]] = []
        for place, tag in enumerate(tags):
            own = _cells_of(tag, _end_of(cells[-1]) if cells and place else "", is_last=place == value_count)
            if own is None:
                return None
            cells.extend(own)
        columns = [column_index(cell["letters"]) for cell in cells]
        places = [column for column in columns if column is not None]
        if any(cell["blank"] and cell["type"] == "e" for cell in cells):
            return None
        if len(places) < len(cells) or any(after <= before for before, after in pairwise(places)):
            return None
        filled = [
            (column, self._reading(cell))
            for column, cell in zip(places, cells, strict=True)
            if not cell["blank"]
        ]
        readings = [reading for _, reading in filled if reading is not None]
        if len(readings) < len(filled) or len(filled) != value_count:
            return None
        kinds = bytearray(places[-1] + 1 if places else 0)
        for column, reading in zip((column for column, _ in filled), readings, strict=True):
            kinds[column] = reading.kind
        return _Layout(len(cells), tuple(column for column, _ in filled), tuple(readings), kinds)

    def _reading(self, cell: re.Match[str]) -> _Readings | None:
        cell_type, style = cell["type"] or "n", cell["style"]
        if (cell_type == "inlineStr") != bool(cell["inline"]):
            return None
        attributes = {"t": cell_type} if style is None else {"t": cell_type, "s": style}
        kind = _KINDS.get(cell_type, CellKind.TEXT)
        if kind is CellKind.NUMBER:
            try:
                kind = CellKind.DATE if self._tables.shows_dates(attributes) else kind
            except UnreadableInputError:
                return None
        key = (cell_type, style or "", cell["formula"] is not None)
        if key not in self._readings:
            self._readings[key] = _Readings(self._tables, attributes, kind, has_formula=key[2])
        return self._readings[key]


def _marked(cells: str) -> str:
    """The text of cells, in which every value, inline or not, begins behind ``<v>`` and ends before another, with a mark."""
    if "<f" in cells:
        cells = _FORMULA.sub(_FORMULA_MARK, cells)
    if "<is>" in cells:
        cells = cells.replace('<is><t xml:space="preserve">', "<is><v>").replace("<is><t>", "<is><v>")
        cells = cells.replace("</t></is></c>", f"<v>{_INLINE_END}")
    return cells.replace("</v></c>", f"<v>{_VALUE_END}")


def _end_of(cell: re.Match[str]) -> str:
    return _INLINE_END if cell["inline"] else _VALUE_END


def _cells_of(tags: str, end: str, *, is_last: bool) -> list[re.Match[str]] | None:
    """The cells of a text between two values: the end of the one before, blank ones, and one whose value follows."""
    if not tags.startswith(end):
        return None
    cells = []
    place = len(end)
    while place < len(tags):
        cell = _CELL.match(tags, place)
        if cell is None:
            return None
        cells.append(cell)
        place = cell.end()
    has_value = [not cell["blank"] for cell in cells]
    return (
        cells
        if has_value == [*[False] * (len(cells) - (not is_last)), *([] if is_last else [True])]
        else None
    )
