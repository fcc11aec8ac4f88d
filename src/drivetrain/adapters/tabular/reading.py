"""Reading a table of any accepted kind as text cells, whichever its first bytes say it is."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Sequence
from pathlib import Path

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.text_tables import TextTable, read_csv
from drivetrain.adapters.tabular.workbooks import OLE_MAGIC, ZIP_MAGIC, read_workbook
from drivetrain.core.errors import UnreadableInputError

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
) -> TextTable:
    """Read CSV, XLSX or XLS, whichever the first bytes say it is, as text.

    Args:
        path: the file; its name says nothing.
        names: columns that the header must have.
        limits: how much of it is read at most.
        optional: those of ``names`` that the header may lack.
        sheet: name of a spreadsheet's sheet; None for the first that has the columns.
        keep_all: True to keep the columns that are not named, too.

    Raises:
        UnreadableInputError: it is not a table.
        TooLargeError: it passes one of the limits.
        ContractError: the header lacks columns or has one twice.
    """
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith((*ZIP_MAGIC, OLE_MAGIC)):
        return read_workbook(path, names, limits, optional=optional, sheet=sheet, keep_all=keep_all)
    for magic, kind in _NOT_TABLES.items():
        if start.removeprefix(codecs.BOM_UTF8).lstrip().startswith(magic):
            raise UnreadableInputError(
                f"The file is {kind}. Send CSV, XLSX or XLS.", code="input.not_a_table"
            )
    return read_csv(path, names, limits, optional=optional, keep_all=keep_all)
