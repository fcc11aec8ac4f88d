"""Number formats: which of them make a date of a number."""

from __future__ import annotations

import io

import pytest

from drivetrain.adapters.tabular.xlsx.styles import Shows, read_styles, shown_by
from drivetrain.core.errors import UnreadableInputError


@pytest.mark.parametrize(
    ("code", "shows"),
    [
        ("General", Shows.NUMBER),
        ("0.00", Shows.NUMBER),
        ("#,##0", Shows.NUMBER),
        ("0%", Shows.NUMBER),
        ("0.00E+00", Shows.NUMBER),
        ('#,##0.00 "days"', Shows.NUMBER),
        ("#,##0\\ \\d", Shows.NUMBER),
        ("[$€-407] #,##0.00", Shows.NUMBER),
        ("[$USD] #,##0", Shows.NUMBER),
        ('_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-;_-* "-"??\\ "€"_-;_-@_-', Shows.NUMBER),
        ("[Red]-0.0", Shows.NUMBER),
        ("[DBNum1][$-804]General", Shows.NUMBER),
        ("@", Shows.NUMBER),
        ("# ?/?", Shows.NUMBER),
        ("", Shows.NUMBER),
        ("yyyy-mm-dd", Shows.DATE),
        ("dd.mm.yy", Shows.DATE),
        ("[$-409]mmm yy", Shows.DATE),
        ("mmm", Shows.DATE),
        ('yyyy"年"m"月"d"日"', Shows.DATE),
        ("m/d/yy h:mm AM/PM", Shows.DATE_TIME),
        ("DD/MM/YYYY HH:MM:SS", Shows.DATE_TIME),
        ("yyyy\\-mm\\-dd\\Thh:mm", Shows.DATE_TIME),
        ("h:mm", Shows.TIME),
        ("mm:ss.0", Shows.TIME),
        ("[h]:mm", Shows.DURATION),
        ("[mm]:ss", Shows.DURATION),
    ],
)
def test_a_format_shows_a_number_or_a_date(code, shows):
    assert shown_by(code) is shows


def test_styles_of_cells_are_counted_and_no_others():
    styles = (
        '<styleSheet xmlns="x"><numFmts><numFmt numFmtId="164" formatCode="yyyy"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="46"/><xf numFmtId="164"/>'
        '<xf numFmtId="999"/><xf/></cellXfs><dxfs><dxf><numFmt numFmtId="165" formatCode="d"/></dxf></dxfs></styleSheet>'
    )
    assert read_styles(io.BytesIO(styles.encode())) == [
        Shows.NUMBER,
        Shows.DATE,
        Shows.DATE_TIME,
        Shows.DURATION,
        Shows.DATE,
        Shows.NUMBER,
        Shows.NUMBER,
    ]


def test_a_format_without_a_number_is_refused():
    styles = b'<styleSheet xmlns="x"><cellXfs><xf numFmtId="-1"/></cellXfs></styleSheet>'
    with pytest.raises(UnreadableInputError) as refusal:
        read_styles(io.BytesIO(styles))
    assert refusal.value.code == "input.contradictory_spreadsheet"
