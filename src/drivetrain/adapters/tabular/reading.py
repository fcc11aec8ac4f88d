"""Reading a table of any accepted kind as text cells, whichever its first bytes say it is."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Sequence
from pathlib import Path

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.old_workbooks import read_old_workbook
from drivetrain.adapters.tabular.text_tables import TextTable, read_csv
from drivetrain.adapters.tabular.workbooks import read_workbook
from drivetrain.adapters.tabular.xml_tables import read_xml
from drivetrain.core.errors import InvalidInputError, UnreadableInputError

_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_NOT_TABLES = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"PAR1": "a Parquet file",
    b"{": "JSON, which has a route of its own",
    b"<": "a web page or XML, whatever its name says",
}


def read_table(
    path: Path,
    names: Sequence[str],
    limits: ParseLimits,
    *,
    optional: Collection[str] = (),
    sheet: str | None = None,
    keep_all: bool = False,
    with_xml: bool = False,
) -> TextTable:
    """Read CSV, XLSX or XLS, and XML where it is asked for, whichever the first bytes say it is, as text.

    Args:
        path: the file; its name says nothing.
        names: columns that the header must have.
        limits: how much of it is read at most.
        optional: those of ``names`` that the header may lack.
        sheet: name of a spreadsheet's sheet; None for the one that opens, or where that one lacks columns the only
            other visible one that has them.
        keep_all: True to keep the columns that are not named, too.
        with_xml: True to read XML, too.

    Raises:
        UnreadableInputError: it is not a table.
        InvalidInputError: it has no such sheet, or several that fit.
        TooLargeError: it passes one of the limits.
        ContractError: the header lacks columns or has one twice.
    """
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith((*_ZIP_MAGIC, _OLE_MAGIC)):
        read = read_workbook if start.startswith(_ZIP_MAGIC) else read_old_workbook
        return read(path.read_bytes(), names, limits, optional=optional, sheet=sheet, keep_all=keep_all)
    text = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if with_xml and text.startswith(b"<"):
        return read_xml(path, names, limits, optional=optional, keep_all=keep_all)
    for magic, kind in _NOT_TABLES.items():
        if text.startswith(magic):
            raise UnreadableInputError(
                f"The file is {kind}. Send CSV, XLSX or XLS.", code="input.not_a_table"
            )
    if sheet is not None:
        raise InvalidInputError(
            f"The file is CSV and has no sheets; leave the parameter sheet ({sheet[:40]!r}) out.",
            code="input.unknown_sheet",
        )
    return read_csv(path, names, limits, optional=optional, keep_all=keep_all)
