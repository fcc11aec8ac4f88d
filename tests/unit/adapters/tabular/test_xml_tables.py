from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.xml_tables import DEEPEST, MOST_PATHS, read_xml
from drivetrain.core.errors import ContractError, DrivetrainError, UnreadableInputError

NAMES = ("make", "model", "price amount", "features feature", "id")
FEED = """<?xml version="1.0" encoding="ISO-8859-1"?>
<feed xmlns="urn:cars" xmlns:x="urn:x">
  <dealer><name>Müller</name><town>Köln</town></dealer>
  <vehicles>
    <vehicle id="A-1"><make>Citroën</make><x:model>C3 &amp; more</x:model><price currency="EUR"><amount>9000</amount></price>
      <features><feature>navigation</feature><feature/><feature>sunroof</feature></features><note><![CDATA[<b>]]></note></vehicle>
    <vehicle id="A-2"><make> BMW
    </make><model>X5</model></vehicle>
  </vehicles>
</feed>
"""


def read(
    tmp_path: Path, content: str | bytes, *, limits: ParseLimits | None = None, **choices: Any
) -> list[dict[str, str]]:
    path = tmp_path / "feed"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("latin-1"))
    usual: dict[str, Any] = {"optional": NAMES, "keep_all": True, **choices}
    table = read_xml(path, NAMES, limits or ParseLimits(), **usual)
    return [dict(zip(table.header, row, strict=True)) for row in table.cells.iter_rows()]


def test_vehicles_are_rows_and_their_leaves_and_attributes_cells(tmp_path: Path) -> None:
    first, second = read(tmp_path, FEED)
    assert first == {
        **{"id": "A-1", "make": "Citroën", "model": "C3 & more", "price currency": "EUR"},
        **{"price amount": "9000", "features feature": "navigation, sunroof", "note": "<b>"},
    }
    assert second == {**dict.fromkeys(first, ""), "id": "A-2", "make": "BMW", "model": "X5"}


def test_only_wanted_columns_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "feed"
    path.write_bytes(FEED.encode("latin-1"))
    table = read_xml(path, NAMES, ParseLimits(), optional=NAMES, keep_all=False)
    assert table.contract_cells().columns == list(NAMES)


def test_without_a_wanted_name_the_rows_are_where_most_stands(tmp_path: Path) -> None:
    rows = "".join(f"<auto><marke>M{n}</marke><preis>{n}</preis></auto>" for n in range(3))
    assert [row["marke"] for row in read(tmp_path, f"<a><k><x>1</x><y>2</y></k>{rows}</a>")] == [
        "M0",
        "M1",
        "M2",
    ]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as refusal:
        read(tmp_path, "<a><b><make>x</make><model>y</model></b></a>", optional=("id",))
    assert [error.column for error in refusal.value.errors] == ["price amount", "features feature"]


BOMB = '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;">]><a><b><make>&m;</make></b></a>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<a><b></a>", "input.broken_xml"),
        ("<a>" + "\x00", "input.broken_xml"),
        ("<a/>", "input.no_rows"),
        (BOMB, "input.document_type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "input.document_type"),
        ("<!DOCTYPE html><html><body><p>Hi</p></body></html>", "input.document_type"),
        ("<a><b><make>&undefined;</make></b></a>", "input.broken_xml"),
        ('<?xml version="1.0" encoding="martian"?><a/>', "input.broken_xml"),
        ("<a>" * (DEEPEST + 1) + "</a>" * (DEEPEST + 1), "input.nested_too_deep"),
        ("<a>" + "".join(f"<n{n}/>" for n in range(MOST_PATHS)) + "</a>", "input.too_many_columns"),
    ],
)
def test_what_is_no_feed_is_refused(tmp_path: Path, content: str, code: str) -> None:
    with pytest.raises(DrivetrainError) as refusal:
        read(tmp_path, content)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (ParseLimits(rows=1), "input.too_many_rows"),
        (ParseLimits(columns=3), "input.too_many_columns"),
        (ParseLimits(cell_chars=5), "input.cell_too_long"),
    ],
)
def test_limits_hold(tmp_path: Path, limits: ParseLimits, code: str) -> None:
    with pytest.raises(DrivetrainError) as refusal:
        read(tmp_path, FEED, limits=limits)
    assert refusal.value.code == code


def test_a_file_in_utf_16_is_read(tmp_path: Path) -> None:
    content = '<?xml version="1.0" encoding="UTF-16"?><a><b><make>Škoda</make></b></a>'.encode("utf-16")
    assert read(tmp_path, content) == [{"make": "Škoda"}]


def test_a_file_that_ends_in_the_middle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError):
        read(tmp_path, FEED[: len(FEED) // 2])
