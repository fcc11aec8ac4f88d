"""Reading the rows of a sheet: for each cell its text and its kind; a block at a time, whatever the sheet's size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from drivetrain.adapters.tabular.xlsx.common_rows import CommonRows
from drivetrain.adapters.tabular.xlsx.markup import (
    BLOCK,
    MAIN,
    STRICT_MAIN,
    Attributes,
    contradictory,
    damaged,
    new_parser,
    parsing,
)
from drivetrain.adapters.tabular.xlsx.rows import GrowingRows, SheetRow
from drivetrain.adapters.tabular.xlsx.values import CellTables, refusal

_DATA = b"<sheetData>"
_ROW_END = "</row>"
_NOT_ELEMENTS = ("<!", "<?")
"""What begins a comment, CDATA or an instruction."""
_LONGEST_ROW = 16 * BLOCK
"""Bytes of a row that are collected before the parser gets it in parts."""


def read_rows(part: IO[bytes], tables: CellTables) -> Iterator[SheetRow]:
    """The rows of a sheet that are not blank, in order.

    Numbers and dates are texts of ``number_text`` and ``date_text``, flags ``true`` and ``false``; the error of a formula
    is one of ``ERROR_VALUES``, and a formula without a stored value is ``UNCALCULATED``.

    Raises:
        UnreadableInputError: the sheet is damaged, or contradicts itself.
        TooLargeError: a cell is too long, or stands too far to the right.
    """
    rows = GrowingRows(tables)
    sheet = _Sheet(rows, CommonRows(tables, rows))
    with parsing():
        while block := part.read(BLOCK):
            sheet.read(block)
            yield from rows.ended
            rows.ended.clear()
        sheet.end()
    yield from rows.ended
    if not sheet.parser_handlers.has_ended:
        raise damaged("one of its sheets has no cells")


class _Sheet:
    """Divides the text of a sheet: rows as they are commonly written, and all else for the parser.

    As long as the parser stands between two rows, a row that is left out of what it gets changes nothing for it.
    """

    def __init__(self, rows: GrowingRows, common: CommonRows) -> None:
        self._common = common
        self.parser_handlers = _Handlers(rows)
        self._parser = self.parser_handlers.parser
        self._unread = b""
        self._has_begun = self._is_divided = False

    def read(self, block: bytes) -> None:
        """Read the rows that are complete with this block."""
        if not self._has_begun:
            head, data, block = (self._unread + block).partition(_DATA)
            self._parser.Parse(head + data, False)
            self._has_begun = True
            self._is_divided = self.parser_handlers.is_between_rows and self.parser_handlers.is_utf_8
        if self._is_divided:
            complete, end, self._unread = (self._unread + block).rpartition(_ROW_END.encode())
            if end:
                for row in complete.decode("utf-8").split(_ROW_END):
                    self._read_row(row)
            self._is_divided = self._is_divided and len(self._unread) <= _LONGEST_ROW
            block = b""
        if not self._is_divided:
            self._parser.Parse(self._unread + block, False)
            self._unread = b""

    def end(self) -> None:
        """Read what is left."""
        self._parser.Parse(self._unread, True)

    def _read_row(self, row: str) -> None:
        if self._is_divided and self._common.take(row):
            return
        self._parser.Parse(f"{row}{_ROW_END}".encode(), False)
        is_closed = self.parser_handlers.is_between_rows and not any(mark in row for mark in _NOT_ELEMENTS)
        self._is_divided = self._is_divided and is_closed


class _Handlers:
    """What the parser calls at each element of a sheet.

    Attributes:
        is_utf_8: False where the part declares another encoding.
        has_ended: True once all cells are read.
    """

    def __init__(self, rows: GrowingRows) -> None:
        self.is_utf_8 = True
        self.has_ended = False
        self.parser = new_parser()
        self.parser.XmlDeclHandler = self._declare
        self.parser.StartElementHandler = self._start_sheet
        self._rows = rows
        self._in_data = self._in_row = self._in_cell = False
        self._is_text = self._is_phonetic = self._has_formula = False
        self._attributes: Attributes = {}
        self._stored: str | None = None

    @property
    def is_between_rows(self) -> bool:
        """True where a row may begin."""
        return self._in_data and not self._in_row

    def _declare(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.is_utf_8 = encoding is None or encoding.lower() in {"utf-8", "utf8"}

    def _start_sheet(self, name: str, _: Attributes) -> None:
        namespace, _space, element = name.rpartition(" ")
        if element != "worksheet" or namespace not in {MAIN, STRICT_MAIN}:
            raise damaged("one of its sheets is none")
        self._data, self._row, self._cell = f"{namespace} sheetData", f"{namespace} row", f"{namespace} c"
        self._value, self._formula, self._inline = f"{namespace} v", f"{namespace} f", f"{namespace} is"
        self._text, self._phonetic = f"{namespace} t", f"{namespace} rPh"
        self.parser.StartElementHandler = self._start_data

    def _start_data(self, name: str, _: Attributes) -> None:
        if name != self._data:
            return
        if self.has_ended:
            raise contradictory("a sheet has its cells twice")
        self._in_data = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _start(self, name: str, attributes: Attributes) -> None:
        if name == self._value:
            self._start_value()
            self._is_text = True
        elif name == self._cell:
            if self._in_cell or not self._in_row:
                raise contradictory("a cell stands outside of a row")
            self._in_cell = True
            self._has_formula = False
            self._attributes, self._stored = attributes, None
        elif name == self._row:
            if self._in_row:
                raise contradictory("a row stands in a row")
            self._in_row = True
            self._rows.start(attributes.get("r"))
        elif name == self._formula:
            self._has_formula = True
        elif name == self._text:
            self._is_text = self._stored is not None and not self._is_phonetic
        elif name == self._inline:
            if self._attributes.get("t") != "inlineStr":
                raise refusal(
                    self._attributes, "has inline text and the type", self._attributes.get("t", "n")
                )
            self._start_value()
        elif name == self._phonetic:
            self._is_phonetic = True

    def _start_value(self) -> None:
        if self._stored is not None or not self._in_cell:
            raise refusal(self._attributes, "has two values, of which the first is", self._stored or "")
        self._stored = ""

    def _characters(self, data: str) -> None:
        if self._is_text:
            self._stored = self._stored + data if self._stored else data

    def _end(self, name: str) -> None:
        if name == self._cell:
            self._rows.add(self._attributes, self._stored, has_formula=self._has_formula)
            self._in_cell = False
        elif name == self._row:
            self._rows.end()
            self._in_row = False
        elif name == self._phonetic:
            self._is_phonetic = False
        elif name == self._data:
            self._end_data()
        else:
            self._is_text = False

    def _end_data(self) -> None:
        self.has_ended = True
        self._in_data = False
        self.parser.StartElementHandler = self._start_data
        self.parser.EndElementHandler = None
        self.parser.CharacterDataHandler = None
