"""Files named in commands: what is wrong with them is said in a sentence with a code, and nothing is half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivetrain.adapters.console.files import given_file, replacing, write_page
from drivetrain.core.errors import InvalidInputError, UnavailableError


def test_a_file_that_is_there_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "cars.csv"
    file.touch()
    assert given_file(file) == file


@pytest.mark.parametrize("name", ["missing.csv", "."])  # a folder is no file
def test_a_file_that_is_not_there_is_refused_by_its_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        given_file(tmp_path / name)
    assert refused.value.code == "input.no_file" and str(tmp_path / name) in refused.value.detail


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(b"before")
    with replacing(file) as unfinished:
        unfinished.write(b"after")
        assert file.read_bytes() == b"before"
    assert file.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [file]


def test_an_error_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(b"before")
    with pytest.raises(ZeroDivisionError), replacing(file) as unfinished:
        unfinished.write(b"half")
        raise ZeroDivisionError
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_that_cannot_be_written_is_named_with_the_reason(tmp_path: Path) -> None:
    page = tmp_path / "no-such-folder" / "report.html"
    with pytest.raises(UnavailableError) as failed:
        write_page(page, "<p>")
    assert failed.value.code == "output.not_writable"
    assert failed.value.detail == f"{page} cannot be written: No such file or directory."


def test_a_page_is_written_in_utf_8(tmp_path: Path) -> None:
    write_page(tmp_path / "report.html", "price: 20 €")
    assert (tmp_path / "report.html").read_bytes() == "price: 20 €".encode()
