"""Parsing the XML parts of a workbook: no document types, no entities of one's own, nothing loaded from elsewhere."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, NoReturn
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from drivetrain.core.errors import UnreadableInputError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
"""Namespace of the elements; ``STRICT_MAIN`` is the same in strict OOXML (ISO/IEC 29500-4)."""
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"

BLOCK = 1 << 18
"""Bytes of a part that are parsed at a time."""

Attributes = dict[str, str]


def damaged(reason: str) -> UnreadableInputError:
    """The refusal of a spreadsheet that cannot be opened."""
    return UnreadableInputError(
        f"The spreadsheet cannot be read: {reason}.", code="input.unreadable_spreadsheet"
    )


def contradictory(contradiction: str) -> UnreadableInputError:
    """The refusal of a workbook that two programs would read differently."""
    return UnreadableInputError(
        f"The spreadsheet contradicts itself: {contradiction}. Open it and save it again as XLSX.",
        code="input.contradictory_spreadsheet",
    )


def new_parser() -> XMLParserType:
    """A parser that names elements ``namespace name`` and refuses document types, so that there are no entities."""
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    return parser


@contextmanager
def parsing() -> Iterator[None]:
    """Translate what the parser and the unpacking say of a damaged part."""
    try:
        yield
    except (ExpatError, UnicodeDecodeError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise damaged(
            "one of its parts is damaged or cut short; open it and save it again as XLSX"
        ) from error


def parse_part(part: IO[bytes], parser: XMLParserType) -> None:
    """Parse a part of a workbook to its end.

    Raises:
        UnreadableInputError: it is damaged, or what the parser's handlers raise.
    """
    with parsing():
        while block := part.read(BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)


def parse_elements(part: IO[bytes], start: Callable[[str, Attributes], None]) -> None:
    """Call ``start`` for each element of a small part: its name without the namespace, and its attributes.

    Raises:
        UnreadableInputError: the part is damaged.
    """
    parser = new_parser()

    def start_element(name: str, attributes: Attributes) -> None:
        start(local_name(name), attributes)

    parser.StartElementHandler = start_element
    parse_part(part, parser)


def local_name(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition(" ")[2]


def _refuse_document_type(*_: object) -> NoReturn:
    raise damaged("it has a document type, which no spreadsheet needs")
