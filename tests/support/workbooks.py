"""Workbooks whose parts are written by hand: what no library writes, and what each cell looks like inside."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass(frozen=True, slots=True)
class SheetXml:
    """One sheet of a workbook.

    Attributes:
        rows: the elements inside of ``sheetData``.
        state: ``visible``, ``hidden`` or ``veryHidden``.
        kind: last word of its type: ``worksheet``, ``chartsheet``.
    """

    rows: str
    name: str = "cars"
    state: str = "visible"
    kind: str = "worksheet"


def header_row(names: Sequence[str], number: int = 1) -> str:
    """A row of inline texts."""
    return row_of(
        *(f'<is><t xml:space="preserve">{name}</t></is>' for name in names), number=number, kind="inlineStr"
    )


def row_of(*contents: str, number: int, kind: str = "") -> str:
    """A row of cells from the first column on; an empty content is left out."""
    of_type = f' t="{kind}"' if kind else ""
    cells = (
        f'<c r="{letter_of(column)}{number}"{of_type}>{content}</c>'
        for column, content in enumerate(contents)
        if content
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def letter_of(column: int) -> str:
    """The letters of a column, from 0."""
    return chr(ord("A") + column) if column < 26 else letter_of(column // 26 - 1) + letter_of(column % 26)


def workbook(
    *sheets: SheetXml | str,
    strings: Sequence[str] = (),
    formats: Sequence[str] = (),
    active: int | None = None,
    properties: str = "",
    namespace: str = MAIN,
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A workbook.

    Args:
        sheets: a text is the rows of a sheet called ``cars``.
        strings: content of each shared string's element: ``<t>diesel</t>``.
        formats: number formats; style 1 has the first of them, style 0 none.
        active: number of the sheet that opens, from 0; None to leave it out.
        properties: further elements of ``xl/workbook.xml``, which come last.
        parts: replace those that are made, or come beside them.
    """
    all_sheets = [SheetXml(sheet) if isinstance(sheet, str) else sheet for sheet in sheets]
    view = "" if active is None else f'<bookViews><workbookView activeTab="{active}"/></bookViews>'
    tabs = "".join(
        f'<sheet name="{sheet.name}" sheetId="{number}" state="{sheet.state}" r:id="rId{number}"/>'
        for number, sheet in enumerate(all_sheets, start=1)
    )
    relations = [
        (f"rId{number}", sheet.kind, f"worksheets/sheet{number}.xml")
        for number, sheet in enumerate(all_sheets, start=1)
    ]
    relations += [("rIdStrings", "sharedStrings", "sharedStrings.xml"), ("rIdStyles", "styles", "styles.xml")]
    made: dict[str, str | bytes] = {
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": (
            f'<workbook xmlns="{namespace}" xmlns:r="{_OFFICE}">{view}<sheets>{tabs}</sheets>{properties}</workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _relations(relations),
        "xl/sharedStrings.xml": f'<sst xmlns="{namespace}">{"".join(f"<si>{text}</si>" for text in strings)}</sst>',
        "xl/styles.xml": _styles(formats, namespace),
    }
    for number, sheet in enumerate(all_sheets, start=1):
        made[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{namespace}"><sheetData>{sheet.rows}</sheetData></worksheet>'
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**made, **(parts or {})}.items():
            archive.writestr(name, content)
    return file.getvalue()


def _relations(relations: Sequence[tuple[str, str, str]]) -> str:
    elements = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in relations
    )
    return f'<Relationships xmlns="{_RELATIONS}">{elements}</Relationships>'


def _styles(formats: Sequence[str], namespace: str) -> str:
    own = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{code}"/>' for number, code in enumerate(formats, start=164)
    )
    used = "".join(f'<xf numFmtId="{number}"/>' for number in range(164, 164 + len(formats)))
    return (
        f'<styleSheet xmlns="{namespace}"><numFmts>{own}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        f'<cellXfs><xf numFmtId="0"/>{used}</cellXfs></styleSheet>'
    )
