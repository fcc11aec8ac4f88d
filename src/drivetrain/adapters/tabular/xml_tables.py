"""Reading an XML file as a table: an element for each row, and a cell for each leaf or attribute below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from xml.parsers.expat import ExpatError, XMLParserType

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.text_tables import TextTable, check_width, refuse_rows, text_frame
from drivetrain.adapters.tabular.xlsx.markup import BLOCK, Attributes, local_name, new_parser
from drivetrain.core.errors import TooLargeError, UnreadableInputError
from drivetrain.core.text import spelling_key
from drivetrain.lifecycle.data.cells import match_header

MOST_PATHS = 5_000
"""Different places of elements in one file; feeds have a few dozen."""

DEEPEST = 30

_Place = tuple[str, ...]


def read_xml(
    path: Path, names: Sequence[str], limits: ParseLimits, *, optional: Collection[str] = (), keep_all: bool
) -> TextTable:
    """Read an XML file without document type, so that it has no entities of its own and loads nothing.

    The rows are the elements with most of the wanted names among their leaves and attributes; of several such, or where
    none has any, those that hold most in all. A leaf further below is called by the names on the way to it (``price
    amount``), without namespaces; one that is repeated in a row is a list, separated by commas.

    Args:
        names: columns of the contract; they decide which elements are rows, and which cells are kept.
        limits: rows, columns and length of a cell.
        optional: those of ``names`` that the file may lack.
        keep_all: True to keep every column.

    Raises:
        UnreadableInputError: it is no XML, has a document type, or has nothing that could be a row.
        TooLargeError: more rows, columns or longer cells than the limits allow, or elements that are nested too deep.
        ContractError: columns are missing or there twice.
    """
    survey = _Survey()
    _parse(path, survey)
    rows = _Rows(survey.place_of_rows(names), limits)
    _parse(path, rows)
    header = list(rows.places)
    check_width(len(header), limits)
    matched = match_header(header, names, optional, subject="The file")
    columns = range(len(header)) if keep_all else sorted(matched.positions.values())
    cells = ([row.get(place, "") for place in range(len(header))] for row in rows.rows)
    return TextTable(header, matched, text_frame(cells, len(header), columns))


class _Elements:
    """Where the parser is among the elements."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._has_children: list[bool] = []
        self._texts: list[list[str]] = []

    def attach(self, parser: XMLParserType) -> None:
        """Be told of all elements."""
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def begun(self, attributes: Attributes) -> None:
        """An element has begun, the last of ``names``."""

    def ended(self, text: str | None) -> None:
        """An element, the last of ``names``, has ended; ``text`` is None for one that has elements inside."""

    def _start(self, name: str, attributes: Attributes) -> None:
        if self._has_children:
            self._has_children[-1] = True
        self.names.append(local_name(name))
        if len(self.names) > DEEPEST:
            raise TooLargeError(
                f"The elements are nested more than {DEEPEST} deep.", code="input.nested_too_deep"
            )
        self._has_children.append(False)
        self._texts.append([])
        self.begun({local_name(each): value for each, value in attributes.items()})

    def _text(self, text: str) -> None:
        self._texts[-1].append(text)

    def _end(self, _: str) -> None:
        text = "".join(self._texts.pop()).strip()
        self.ended(None if self._has_children.pop() else text)
        self.names.pop()


class _Survey(_Elements):
    """How often elements stand at each place, and the names of the leaves and attributes that each has."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: Counter[_Place] = Counter()
        self._leaves: dict[_Place, set[str]] = {}

    def begun(self, attributes: Attributes) -> None:
        """Count it."""
        place = tuple(self.names)
        self._counts[place] += 1
        if len(self._counts) > MOST_PATHS:
            raise TooLargeError(
                f"The file has elements at more than {MOST_PATHS:,} places.", code="input.too_many_columns"
            )
        if attributes:
            self._leaves.setdefault(place, set()).update(attributes)

    def ended(self, text: str | None) -> None:
        """Note a leaf with its parent."""
        if text is not None and len(self.names) > 1:
            self._leaves.setdefault(tuple(self.names[:-1]), set()).add(self.names[-1])

    def place_of_rows(self, names: Sequence[str]) -> _Place:
        """Where the rows stand.

        Raises:
            UnreadableInputError: no element has leaves or attributes.
        """
        wanted = {spelling_key(name) for name in names}

        def worth(place: _Place) -> tuple[int, int, int]:
            leaves = self._leaves[place]
            known = len(wanted & {spelling_key(leaf) for leaf in leaves})
            return known, self._counts[place] * len(leaves), -len(place)

        if not self._leaves:
            raise UnreadableInputError("The file has no rows.", code="input.no_rows")
        return max(self._leaves, key=worth)


class _Rows(_Elements):
    """Collects the cells of the rows.

    Attributes:
        places: of the columns, by name, in the order in which they appear.
        rows: by place, the cells that each has.
    """

    def __init__(self, place: _Place, limits: ParseLimits) -> None:
        super().__init__()
        self.places: dict[str, int] = {}
        self.rows: list[dict[int, str]] = []
        self._place = list(place)
        self._limits = limits

    def begun(self, attributes: Attributes) -> None:
        """Begin a row, or note the attributes of an element in one."""
        if self.names == self._place:
            if len(self.rows) >= self._limits.rows:
                refuse_rows(self._limits)
            self.rows.append({})
        if self._is_inside():
            for name, value in attributes.items():
                self._add([*self._below(), name], value.strip())

    def ended(self, text: str | None) -> None:
        """Note a leaf of a row."""
        if text is not None and self._is_inside() and self._below():
            self._add(self._below(), text)

    def _is_inside(self) -> bool:
        return self.names[: len(self._place)] == self._place

    def _below(self) -> list[str]:
        return self.names[len(self._place) :]

    def _add(self, names: Sequence[str], text: str) -> None:
        place = self.places.setdefault(" ".join(names), len(self.places))
        check_width(len(self.places), self._limits)
        row = self.rows[-1]
        row[place] = f"{row[place]}, {text}" if row.get(place) and text else row.get(place) or text
        if len(row[place]) > self._limits.cell_chars:
            raise TooLargeError(
                f"Row {len(self.rows):,} has a cell of more than {self._limits.cell_chars:,} characters.",
                code="input.cell_too_long",
            )


def _parse(path: Path, elements: _Elements) -> None:
    parser = new_parser()
    parser.StartDoctypeDeclHandler = _refuse_document_type
    elements.attach(parser)
    with _broken_xml_refused(), path.open("rb") as file:
        while block := file.read(BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)


@contextmanager
def _broken_xml_refused() -> Iterator[None]:
    try:
        yield
    except (ExpatError, UnicodeDecodeError, LookupError) as error:
        raise UnreadableInputError(
            f"The file is not well-formed XML ({error}).", code="input.broken_xml"
        ) from error


def _refuse_document_type(*_: object) -> NoReturn:
    raise UnreadableInputError(
        "The file has a document type: it is a web page, or XML with entities of its own, which is not read.",
        code="input.document_type",
    )
