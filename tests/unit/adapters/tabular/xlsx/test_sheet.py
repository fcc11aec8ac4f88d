"""Rows of a sheet, read twice: as rows are commonly written, and by the parser alone; both must say the same."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.workbooks import MAIN, STRICT_MAIN, letter_of, row_of

from drivetrain.adapters.tabular.xlsx import sheet as sheet_module
from drivetrain.adapters.tabular.xlsx.sheet import read_rows
from drivetrain.adapters.tabular.xlsx.styles import Shows
from drivetrain.adapters.tabular.xlsx.values import CellTables
from drivetrain.core.errors import DrivetrainError, TooLargeError, UnreadableInputError
from drivetrain.lifecycle.data.cells import UNCALCULATED, CellKind

STRINGS = ("diesel", "", "petrol")
STYLES = (Shows.NUMBER, Shows.DATE_TIME, Shows.NUMBER, Shows.DURATION)
TEXT, NUMBER, FLAG, DATE = CellKind.TEXT, CellKind.NUMBER, CellKind.FLAG, CellKind.DATE

Read = list[tuple[int, dict[str, tuple[str, CellKind]]]]


def tables(*, is_recalculated: bool = False) -> CellTables:
    return CellTables(
        STRINGS, STYLES, from_1904=False, is_recalculated=is_recalculated, longest=100, columns=1_000
    )


def read_part(part: str | bytes, given_tables: CellTables | None = None) -> Read:
    content = part.encode() if isinstance(part, str) else part
    rows = read_rows(io.BytesIO(content), given_tables or tables())
    return [
        (
            row.number,
            {
                letter_of(column): (text, CellKind(kind))
                for column, (text, kind) in enumerate(zip(row.texts, row.kinds, strict=False))
                if text
            },
        )
        for row in rows
    ]


def part_of(rows: str, *, namespace: str = MAIN, after: str = "") -> str:
    return f'<worksheet xmlns="{namespace}"><sheetData>{after}{rows}</sheetData></worksheet>'


def read_both(rows: str, given_tables: CellTables | None = None) -> Read:
    """The rows, which a comment in front leaves to the parser; without it, what is common is read as such."""
    ways = []
    for after in ("", "<!-- for the parser -->"):
        try:
            ways.append((read_part(part_of(rows, after=after), given_tables), None))
        except DrivetrainError as error:
            ways.append((None, error))
    (common, common_error), (parsed, parsed_error) = ways
    assert (common, str(common_error)) == (parsed, str(parsed_error))
    if parsed_error is not None:
        raise parsed_error
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("cell", "text", "kind"),
    [
        ('<c r="A1"><v>150000</v></c>', "150000", NUMBER),
        ('<c r="A1" t="n"><v>1.125</v></c>', "1.125", NUMBER),
        ('<c r="A1" s="2"><v>4.4000000000000004</v></c>', "4.4", NUMBER),
        ('<c r="A1" t="s"><v>0</v></c>', "diesel", TEXT),
        ('<c r="A1" t="s"><v> 2 </v></c>', "petrol", TEXT),
        ('<c r="A1" t="b"><v>1</v></c>', "true", FLAG),
        ('<c r="A1" t="b"><v>0</v></c>', "false", FLAG),
        ('<c r="A1" s="1"><v>44697.90625</v></c>', "2022-05-16T21:45:00", DATE),
        ('<c r="A1" s="1"><v>-1</v></c>', "-1", NUMBER),  # no calendar shows it
        ('<c r="A1" s="3"><v>1.5</v></c>', "36:00:00", TEXT),
        ('<c r="A1" t="d"><v>2022-05-16T21:45:00Z</v></c>', "2022-05-16T21:45:00Z", DATE),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A", TEXT),
        ('<c r="A1" t="e"><v>#SPILL!</v></c>', "#SPILL!", TEXT),
        ('<c r="A1" t="e"><v>#ODD!</v></c>', "#VALUE!", TEXT),
        ('<c r="A1" t="e"/>', "#VALUE!", TEXT),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', "2", NUMBER),
        ('<c r="A1"><f t="shared" ref="A1:A9" si="0">B1&lt;3</f><v>2</v></c>', "2", NUMBER),
        ('<c r="A1"><f t="shared" si="0"/><v>2</v></c>', "2", NUMBER),
        ('<c r="A1" t="str"><f>B1</f><v>text</v></c>', "text", TEXT),
        ('<c r="A1" t="b"><f>B1</f><v>1</v></c>', "true", FLAG),
        ('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!", TEXT),
        ('<c r="A1"><f>1+1</f></c>', UNCALCULATED, TEXT),
        ('<c r="A1"><f>1+1</f><v></v></c>', UNCALCULATED, TEXT),
        ('<c r="A1"><f>1+1</f><v/></c>', UNCALCULATED, TEXT),
        ('<c r="A1" t="str"><f>B1</f></c>', UNCALCULATED, TEXT),
        ('<c r="A1" t="inlineStr"><is><t>two words</t></is></c>', "two words", TEXT),
        ('<c r="A1" t="inlineStr"><is><t xml:space="preserve"> x </t></is></c>', " x ", TEXT),
        ('<c r="A1" t="inlineStr"><is><t>Citro\u00ebn &amp; co</t></is></c>', "Citro\u00ebn & co", TEXT),
        (
            '<c r="A1" t="inlineStr"><is><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r></is></c>',
            "rich",
            TEXT,
        ),
        (
            '<c r="A1" t="inlineStr"><is><t>\u8eca</t><rPh sb="0" eb="1"><t>kuruma</t></rPh></is></c>',
            "\u8eca",
            TEXT,
        ),
        ('<c r="A1" t="inlineStr"><is><t>a_x000D_b_x005F_x0041_</t></is></c>', "a\rb_x0041_", TEXT),
        ('<c r="A1" t="inlineStr"><is><t>_xD83D__xDE97_</t></is></c>', "\U0001f697", TEXT),
        ('<c r="A1" t="str"><v><![CDATA[a<b]]></v></c>', "a<b", TEXT),
        ('<c r="A1"><v>1<!-- 2 -->3</v></c>', "13", NUMBER),
        ("<c><v>7</v></c>", "7", NUMBER),  # without a reference: the next column
        ('<c r="A1"><v>7</v><extLst><ext uri="x"><v xmlns="y">8</v></ext></extLst></c>', "7", NUMBER),
    ],
)
def test_a_cell_is_what_it_holds(cell, text, kind):
    assert read_both(f'<row r="1">{cell}</row>') == [(1, {"A": (text, kind)})]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        '<c r="A1"/>',
        '<c r="A1" s="1"/>',
        '<c r="A1" t="s"/>',
        '<c r="A1" t="b"></c>',
        '<c r="A1"><v></v></c>',
        '<c r="A1"><v> </v></c>',
        '<c r="A1" t="s"><v>1</v></c>',  # a blank shared text
        '<c r="A1" t="str"><v>  </v></c>',
        '<c r="A1" t="str"><f>IF(B1="","",B1)</f><v></v></c>',  # calculated: an empty text
        '<c r="A1" t="inlineStr"><is><t></t></is></c>',
        '<c r="A1" t="inlineStr"><is><t> \u00a0 </t></is></c>',
    ],
)
def test_an_empty_cell_is_neither_broken_nor_uncalculated(cell):
    assert read_both(f'<row r="1">{cell}</row><row r="2"><c r="A2"><v>1</v></c></row>') == [
        (2, {"A": ("1", NUMBER)})
    ]


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (row_of("<v>3</v>", number=1, kind="s"), "'3'"),
        (row_of("<v>-1</v>", number=1, kind="s"), "'-1'"),
        (row_of("<v>1e0</v>", number=1, kind="s"), "'1e0'"),
        (row_of("<v>1.0</v>", number=1, kind="s"), "'1.0'"),
        (row_of("<v>01</v>", number=1, kind="s"), "'01'"),
        (row_of("<v>\u0661</v>", number=1, kind="s"), "\u0661"),
        (row_of("<v></v>", number=1, kind="s"), "shared"),
        (row_of("<v>2</v>", number=1, kind="b"), "'2'"),
        (row_of("<v>true</v>", number=1, kind="b"), "'true'"),  # readers take false for true
        (row_of("<v>x</v>", number=1, kind="n"), "'x'"),
        (row_of("<v>1e999</v>", number=1), "'1e999'"),
        (row_of("<v>NaN</v>", number=1), "'NaN'"),
        (row_of("<v>1,5</v>", number=1), "'1,5'"),
        (row_of("<v>2022-02-30</v>", number=1, kind="d"), "'2022-02-30'"),
        (row_of("<v>1</v>", number=1, kind="odd"), "'odd'"),
        (row_of("<v>1</v><v>2</v>", number=1), "A1"),
        (row_of("<v>1</v><is><t>2</t></is>", number=1, kind="inlineStr"), "A1"),
        (row_of("<is><t>2</t></is>", number=1, kind="n"), "inline"),
        ('<row r="1"><c r="A1" s="4"><v>1</v></c></row>', "'4'"),
        ('<row r="1"><c r="A1" s="-1"><v>1</v></c></row>', "'-1'"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "A1"),
        ('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "A1"),
        ('<row r="1"><c r="B1"><v>1</v></c><c r="B1"/></row>', "B1"),
        ('<row r="1"><c r="A2"><v>1</v></c></row>', "A2"),
        ('<row r="1"><c r="A11"><v>1</v></c></row>', "A11"),
        ('<row r="11"><c r="A1"><v>1</v></c></row>', "A1"),
        ('<row r="1"><c r="a1"><v>1</v></c></row>', "a1"),
        ('<row r="1"><c r="XFE1"><v>1</v></c></row>', "XFE1"),
        ('<row r="1"><c r="1"><v>1</v></c></row>', "'1'"),
        ('<row r="1"><c r="R1C1"><v>1</v></c></row>', "R1C1"),
        ('<row r="1"><c r="$A$1"><v>1</v></c></row>', "$A$1"),
        ('<row r="2"/><row r="2"><c r="A2"><v>1</v></c></row>', "row 2"),
        (row_of("<v>1</v>", number=2) + row_of("<v>1</v>", number=1), "row 1"),
        ('<row r="0"/>', "'0'"),
        ('<row r="-1"/>', "'-1'"),
        ('<row r="01"/>', "'01'"),
        ('<row r="1048577"><c r="A1048577"><v>1</v></c></row>', "1048577"),
        ('<row r="1"><row r="2"/></row>', "row"),
        ('<c r="A1"><v>1</v></c>', "outside"),
        ('<row r="1"><c r="A1"><c r="B1"><v>1</v></c></c></row>', "outside"),
        ("</sheetData><sheetData>", "twice"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_refused_and_its_place_named(rows, named):
    with pytest.raises(UnreadableInputError) as refusal:
        read_both(rows)
    assert refusal.value.code == "input.contradictory_spreadsheet"
    assert named in refusal.value.detail


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</c></row>',
        '<row r="1"><c r="A1"></v></c>1<v></row>',
        '<row r="1"><c r="A1"><f><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><t>x</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>x</t></is></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c>',
        '<row r="1"><c r="A1" r="A1"><v>1</v></c></row>',
        '<row r="1" r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>\x01</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>a]]>b</v></c></row>',
        '<row r="1"><c r="A1" t="str"><v>&nbsp;</v></c></row>',
        '<row r="1"><x:c r="A1"><v>1</v></x:c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row></worksheet>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><!--</row><row r="3"><c r="A3"><v>3</v></c></row>',
    ],
)
def test_what_is_not_well_formed_is_unreadable_either_way(rows):
    with pytest.raises(UnreadableInputError) as refusal:
        read_both(rows)
    assert refusal.value.code == "input.unreadable_spreadsheet"


@pytest.mark.parametrize(
    "part",
    [
        "",
        "<worksheet",
        f'<worksheet xmlns="{MAIN}"/>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">',
        "<worksheet><sheetData/></worksheet>",
        f'<chartsheet xmlns="{MAIN}"><sheetData/></chartsheet>',
        f'<!DOCTYPE x><worksheet xmlns="{MAIN}"><sheetData/></worksheet>',
        f'<!DOCTYPE x [<!ENTITY a "1">]><worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>&a;</v></c></row>'
        "</sheetData></worksheet>",
        b"\xff\xfe\x00",
    ],
)
def test_a_part_that_is_no_sheet_is_unreadable(part):
    with pytest.raises(UnreadableInputError) as refusal:
        read_part(part)
    assert refusal.value.code == "input.unreadable_spreadsheet"


def test_text_that_is_not_in_its_encoding_is_unreadable():
    row = '<row r="1"><c r="A1" t="str"><v>Citro\u00ebn</v></c></row>'
    with pytest.raises(UnreadableInputError):
        read_part(part_of(row).encode("latin-1"))
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?>' + part_of(row)
    assert read_part(declared.encode("latin-1")) == [(1, {"A": ("Citro\u00ebn", TEXT)})]
    assert read_part(declared.replace("ISO-8859-1", "UTF-16").encode("utf-16")) == [
        (1, {"A": ("Citro\u00ebn", TEXT)})
    ]


def test_rows_in_a_comment_are_none():
    row = '<row r="2"><c r="A2"><v>2</v></c></row>'
    third = '<row r="3"><c r="A3"><v>3</v></c></row>'
    assert read_both(f"<!-- {row} -->{third}") == [(3, {"A": ("3", NUMBER)})]
    assert read_both(f"<row r='1'/><!-- {row}{row} --><?x {row}{row}?>{third}") == [(3, {"A": ("3", NUMBER)})]


@pytest.mark.parametrize("namespace", [MAIN, STRICT_MAIN])
def test_both_kinds_of_ooxml_are_read_with_and_without_a_prefix(namespace):
    plain = part_of('<row r="1"><c r="A1"><v>1</v></c></row>', namespace=namespace)
    prefixed = (
        f'<x:worksheet xmlns:x="{namespace}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    assert read_part(plain) == read_part(prefixed) == [(1, {"A": ("1", NUMBER)})]


def test_formulas_of_a_workbook_that_is_to_be_calculated_anew_have_no_value():
    rows = '<row r="1"><c r="A1"><f>B1</f><v>0</v></c><c r="B1"><v>7</v></c><c r="C1" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    assert read_both(rows, tables(is_recalculated=True)) == [
        (1, {"A": (UNCALCULATED, TEXT), "B": ("7", NUMBER), "C": ("#DIV/0!", TEXT)})
    ]


def test_styles_and_spans_that_look_like_the_number_of_their_row_change_nothing():
    rows = "".join(
        f'<row r="{number}" spans="1:{number}" s="{number}" ht="15" x14ac:dyDescent="0.25">'
        f'<c r="A{number}" s="2"><v>{number}</v></c>'
        f'<c r="B{number}" s="1"><v>2</v></c><c r="C{number}" t="str"><v>12{number}"</v></c></row>'
        for number in range(1, 31)
    )
    part = f'<worksheet xmlns="{MAIN}" xmlns:x14ac="y"><sheetData>{rows}</sheetData></worksheet>'
    assert read_part(part) == [
        (
            number,
            {
                "A": (str(number), NUMBER),
                "B": ("1900-01-02T00:00:00", DATE),
                "C": (f'12{number}"', TEXT),
            },
        )
        for number in range(1, 31)
    ]


def test_blank_rows_are_left_out_and_the_others_keep_their_numbers():
    blank = "".join(f'<row r="{number}" s="1" customFormat="1"/>' for number in range(2, 5_000))
    cells = "".join(f'<row r="{number}"><c r="A{number}" s="1"/></row>' for number in range(5_000, 9_000))
    rows = (
        f'<row r="1"><c r="A1"><v>1</v></c></row>{blank}{cells}<row r="9000"><c r="A9000"><v>2</v></c></row>'
    )
    assert read_both(rows) == [(1, {"A": ("1", NUMBER)}), (9_000, {"A": ("2", NUMBER)})]


def test_cells_too_far_to_the_right_are_refused_only_where_they_hold_something():
    assert read_both('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row>') == [
        (1, {"A": ("1", NUMBER)})
    ]
    with pytest.raises(TooLargeError) as refusal:
        read_both('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>')
    assert refusal.value.code == "input.too_many_columns"


def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(TooLargeError) as refusal:
        read_both(row_of(f"<is><t>{'x' * 101}</t></is>", number=1, kind="inlineStr"))
    assert refusal.value.code == "input.cell_too_long"


VALUES = st.sampled_from(
    [
        "",
        "0",
        "1",
        "2",
        "-1",
        "7.50",
        "1e3",
        "x",
        "a&amp;b",
        "44697.5",
        "#N/A",
        "2022-05-16",
        " ",
        "\u00e4",
        "1&lt;",
    ]
)
CELLS = st.builds(
    lambda style, kind, formula, value: (style, kind, formula, value),
    st.sampled_from(["", ' s="0"', ' s="1"', ' s="3"', ' s="9"']),
    st.sampled_from(["", "n", "s", "b", "str", "e", "d", "inlineStr"]),
    st.sampled_from(["", "<f>A1*2</f>", "<f/>", '<f t="shared" si="0"/>', "<f>A1&lt;2</f>"]),
    st.one_of(st.none(), VALUES),
)


def _cell(place: str, style: str, kind: str, formula: str, value: str | None) -> str:
    shown = "" if value is None else f"<v>{value}</v>"
    if kind == "inlineStr" and value is not None:
        shown = f"<is><t>{value}</t></is>"
    return f'<c r="{place}"{style}{f" t={chr(34)}{kind}{chr(34)}" if kind else ""}>{formula}{shown}</c>'


@given(
    st.lists(st.dictionaries(st.integers(0, 4), CELLS, max_size=4), max_size=4),
    st.booleans(),
    st.sampled_from([16, 64, 1 << 18]),
)
def test_any_rows_are_read_the_same_both_ways(
    rows: Sequence[dict[int, tuple]], recalculated: bool, block: int
):
    text = "".join(
        f'<row r="{number}">'
        + "".join(_cell(f"{letter_of(at)}{number}", *cells[at]) for at in sorted(cells))
        + "</row>"
        for number, cells in enumerate(rows, start=3)
    )
    usual = sheet_module.BLOCK
    sheet_module.BLOCK = block
    try:
        read_both(text, tables(is_recalculated=recalculated))
    except DrivetrainError as error:
        assert error.code == "input.contradictory_spreadsheet"
    finally:
        sheet_module.BLOCK = usual
