"""The parts of a workbook: its sheets with their names and states, and the tables that cells refer to."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote

from drivetrain.adapters.tabular.xlsx.markup import (
    Attributes,
    contradictory,
    damaged,
    local_name,
    parse_elements,
)

_ROOT = "_rels/.rels"
_USUAL_WORKBOOK = "xl/workbook.xml"
_NO_WORKBOOK = "it is no XLSX workbook; open it and save it as XLSX or CSV"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table sheet of a workbook.

    Attributes:
        part: name of its part in the container.
        is_visible: False for one that is hidden, also where only a macro can show it.
    """

    name: str
    part: str
    is_visible: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """A part that another part refers to.

    Attributes:
        kind: last word of the type: ``worksheet``.
        part: its name in the container.
    """

    kind: str
    part: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """What a workbook says of itself.

    Attributes:
        sheets: those with cells, in the order of their tabs; charts and macros are none.
        active: the sheet that opens; None where that one is hidden or has no cells.
        from_1904: True where dates count from 1904 and not from 1900.
        is_recalculated: True where programs are told to calculate every formula anew, so that stored values do
            not count.
        strings, styles: names of the parts; None where there is none.
    """

    sheets: tuple[Sheet, ...]
    active: Sheet | None
    from_1904: bool
    is_recalculated: bool
    strings: str | None
    styles: str | None


class Package:
    """The container of a workbook. Names of parts are compared without letter case."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries = {name.casefold(): name for name in archive.namelist()}

    @classmethod
    @contextmanager
    def opened(cls, content: bytes) -> Iterator[Package]:
        """The container of a file that ``check_zip`` has found harmless.

        Raises:
            UnreadableInputError: it is damaged.
        """
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield cls(archive)
        except zipfile.BadZipFile as error:
            raise damaged(
                "its container is damaged or incomplete; open it and save it again as XLSX"
            ) from error

    def __contains__(self, part: str) -> bool:
        return part.casefold() in self._entries

    def open(self, part: str) -> IO[bytes]:
        """The bytes of a part, unpacked as they are read.

        Raises:
            UnreadableInputError: there is no such part.
        """
        name = self._entries.get(part.casefold())
        if name is None:
            raise contradictory(f"its part {part[:100]!r} is missing")
        return self._archive.open(name)

    def relations(self, source: str) -> dict[str, Relation]:
        """What a part refers to inside the container, by id; nothing where it refers to nothing.

        Raises:
            UnreadableInputError: the part is damaged, or has an id twice.
        """
        folder, name = posixpath.split(source)
        part = posixpath.join(folder, "_rels", f"{name}.rels")
        relations: dict[str, Relation] = {}

        def start(element: str, attributes: Attributes) -> None:
            if element != "Relationship" or attributes.get("TargetMode") == "External":
                return
            target = posixpath.join("/", folder, unquote(attributes.get("Target", "")))
            relation = Relation(
                attributes.get("Type", "").rpartition("/")[2], posixpath.normpath(target).lstrip("/")
            )
            if relations.setdefault(attributes.get("Id", ""), relation) is not relation:
                raise contradictory(f"two relations of {source[:100]!r} have one id")

        if part in self:
            with self.open(part) as file:
                parse_elements(file, start)
        return relations


def read_structure(package: Package) -> Workbook:
    """What a workbook says of its sheets.

    Raises:
        UnreadableInputError: it is no workbook, has no sheet, or contradicts itself.
    """
    part = _workbook_part(package)
    relations = package.relations(part)
    sheets: list[Sheet | None] = []
    settings: dict[str, Attributes] = {}

    def start(element: str, attributes: Attributes) -> None:
        if element == "sheet":
            sheets.append(_sheet(attributes, relations))
        elif element in {"workbookPr", "workbookView", "calcPr"}:
            settings.setdefault(element, attributes)

    with package.open(part) as file:
        parse_elements(file, start)
    tables = tuple(sheet for sheet in sheets if sheet is not None)
    if not tables:
        raise damaged("it has no sheet with cells")
    if len({sheet.name.casefold() for sheet in tables}) < len(tables):
        raise contradictory("two of its sheets have one name")
    if len({sheet.part.casefold() for sheet in tables}) < len(tables):
        raise contradictory("two of its sheets are one part")
    by_kind = {relation.kind: relation.part for relation in relations.values()}
    return Workbook(
        tables,
        _active(sheets, settings.get("workbookView", {})),
        from_1904=_is_set(settings.get("workbookPr", {}).get("date1904")),
        is_recalculated=_is_set(settings.get("calcPr", {}).get("fullCalcOnLoad")),
        strings=by_kind.get("sharedStrings"),
        styles=by_kind.get("styles"),
    )


def _workbook_part(package: Package) -> str:
    main = [relation.part for relation in package.relations("").values() if relation.kind == "officeDocument"]
    part = main[0] if main else _USUAL_WORKBOOK
    if part not in package:
        raise damaged(_NO_WORKBOOK)
    if not part.casefold().endswith(".xml"):
        raise damaged("it is a binary workbook (XLSB); save it as XLSX or CSV")
    return part


def _sheet(attributes: Attributes, relations: dict[str, Relation]) -> Sheet | None:
    """The sheet that an element names; None for one without cells."""
    name = attributes.get("name", "")
    ids = [value for key, value in attributes.items() if local_name(key) == "id" and key != "id"]
    relation = relations.get(ids[0]) if ids else None
    if relation is None:
        raise contradictory(f"its sheet {name[:100]!r} refers to no part")
    if relation.kind != "worksheet":
        return None
    return Sheet(name, relation.part, is_visible=attributes.get("state", "visible") == "visible")


def _active(sheets: list[Sheet | None], view: Attributes) -> Sheet | None:
    tab = view.get("activeTab", "0")
    if not tab.isdecimal() or int(tab) >= len(sheets):
        raise contradictory(f"it opens its sheet number {tab[:20]!r}, and there are {len(sheets):,}")
    sheet = sheets[int(tab)]
    return sheet if sheet is not None and sheet.is_visible else None


def _is_set(text: str | None) -> bool:
    return text in {"1", "true"}
