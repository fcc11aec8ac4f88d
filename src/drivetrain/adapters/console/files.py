"""Files that somebody names in a command: read where they are, written where they were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.files import appearing


def given_file(path: Path) -> Path:
    """The path of a file that somebody named.

    Raises:
        InvalidInputError: there is no such file.
    """
    if not path.is_file():
        raise InvalidInputError(f"There is no file {path}.", code="input.no_file")
    return path


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Translate what goes wrong with a file that somebody asked for.

    Raises:
        UnavailableError: it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be written: {error.strerror}.", code="output.not_writable"
        ) from error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that replaces ``path``, whole, if the block ends without an error.

    Raises:
        UnavailableError: it cannot be written; ``path`` is as before.
    """
    with writing(path), appearing(path) as unfinished, unfinished.open("wb") as file:
        yield file


def write_page(path: Path, page: str) -> None:
    """Write a page of HTML.

    Raises:
        UnavailableError: it cannot be written.
    """
    with writing(path):
        path.write_text(page, encoding="utf-8")
