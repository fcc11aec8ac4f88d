"""One rule for encoding and separator, whoever reads the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivetrain.lifecycle.data.csv_format import detect_separator, marked_encoding


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"", "utf-8-sig"),
        (b"a,b", "utf-8-sig"),
        ("\ufeffa,b".encode(), "utf-8-sig"),
        ("a,b".encode("utf-16"), "utf-16"),
        (b"\xfe\xff\x00a", "utf-16"),  # big-endian
        ("a".encode("utf-32"), "utf-16"),  # the NULs refuse it when it is read
    ],
)
def test_only_a_mark_makes_it_utf_16(tmp_path: Path, content: bytes, encoding: str) -> None:
    (tmp_path / "t").write_bytes(content)
    assert marked_encoding(tmp_path / "t") == encoding


@pytest.mark.parametrize(
    ("header", "names", "separator"),
    [
        ("id,mileage", ["mileage"], ","),
        ("id;mileage", ["mileage"], ";"),
        ("id\tmileage", ["mileage"], "\t"),
        ("Mileage ;a,b,c,d", ["mileage"], ";"),  # a wanted column counts more than many columns
        ("a;b;c,d", [], ";"),  # without one, the most columns
        ('"a;b;c;d",mileage', ["mileage"], ","),  # quoted separators are text
        ("mileage", ["mileage"], ","),
        ("", [], ","),
    ],
)
def test_the_separator_is_the_one_that_finds_the_columns(
    tmp_path: Path, header: str, names: list[str], separator: str
) -> None:
    (tmp_path / "t").write_text(header + "\n")
    assert detect_separator(tmp_path / "t", "utf-8-sig", names, most_columns=10) == separator


def test_a_header_that_is_too_wide_wins_only_where_no_other_holds_a_wanted_column(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("mileage,b,c;x\n")
    assert detect_separator(tmp_path / "t", "utf-8-sig", ["mileage", "x"], most_columns=2) == ";"
