"""Which encoding and separator a CSV file has, by one rule for everything that reads one."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection
from pathlib import Path

from drivetrain.core.text import spelling_key

SEPARATORS = (",", ";", "\t")
_LONGEST_NAME = 1_000  # of a header cell that is compared


def marked_encoding(path: Path) -> str:
    """UTF-16 where the file begins with its byte order mark, else UTF-8; whether it decodes is not looked at."""
    with path.open("rb") as file:
        start = file.read(2)
    # Little-endian UTF-32 starts like UTF-16 and would decode to NULs, which readers refuse.
    return "utf-16" if start in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"


def detect_separator(path: Path, encoding: str, names: Collection[str], *, most_columns: int) -> str:
    """The separator under which the header holds most of the named columns, then most columns at all.

    Args:
        names: of the columns that are wanted.
        most_columns: a header with more cells counts as one without a wanted column.
    """
    keys = {spelling_key(name) for name in names}

    def fit(separator: str) -> tuple[int, int]:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            try:
                header = next(csv.reader(file, delimiter=separator), [])
            except csv.Error:  # reading the table says what is wrong, and where
                return 0, 0
        if len(header) > most_columns:
            return 0, len(header)
        return len(keys & {spelling_key(cell[:_LONGEST_NAME]) for cell in header}), len(header)

    return max(SEPARATORS, key=fit)
