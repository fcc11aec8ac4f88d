"""Reading a dealer's table in the limited child that reads all tables of strangers."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.progress import Progress
from drivetrain.core.text import is_unknown
from drivetrain.lifecycle.data.cells import match_header
from drivetrain.lifecycle.data.contracts import FieldWarning, ListColumn, RowContract, TextColumn
from drivetrain.lifecycle.data.table_profiles import TableProfiler
from drivetrain.lifecycle.serving.batches import CheckedUpload
from drivetrain.market.listings.application.contract import DOMAIN, LISTING
from drivetrain.market.stock.application.mapping import StockMapping
from drivetrain.market.stock.application.ports import RefusedRow, StockTable
from drivetrain.market.stock.application.read_rows import RowReader, refused_cars

LISTED_ERRORS = 20_000
"""Wrong cells that are described one by one; rows behind them are refused with one reason for all."""

_LOOKED_AT = 100
"""Rows whose cells help to guess what an unknown column is."""

_STEP = 1_000
_MISSING = "input.missing_column"
_WORD_COLUMNS = frozenset(
    column.name for column in LISTING.columns if isinstance(column, ListColumn) and not column.is_open
)


@dataclass(frozen=True, slots=True)
class StockTableReader:
    """The port ``ReadStock`` for CSV, XLSX, XLS and XML.

    Attributes:
        python: the interpreter that the child runs on.
    """

    limits: ParseLimits = field(default_factory=ParseLimits)
    python: str = sys.executable

    def __call__(
        self, file: Path, mapping: StockMapping, progress: Progress, *, with_profile: bool = False
    ) -> StockTable:
        """Read every row; where columns are missing, the header alone."""
        limits = replace(self.limits, listed_errors=LISTED_ERRORS)
        read = LimitedTableReader(limits, self.python, with_xml=True)
        headings = mapping.headings()
        with tempfile.TemporaryDirectory(prefix="drivetrain-") as folder:
            into = Path(folder) / "rows"
            into.mkdir()
            try:
                with progress.stage("read", total=1, unit="table") as stage:
                    upload = read(file, mapping.contract(), into, with_original=True, headings=headings)
                    stage.advance()
            except ContractError as error:
                if any(problem.code != _MISSING for problem in error.errors):
                    raise
                missing = {problem.column for problem in error.errors}
                return _header_alone(read, file, Path(folder), mapping, missing, with_profile=with_profile)
            return _table(upload, mapping, progress, with_profile=with_profile)


def _table(
    upload: CheckedUpload, mapping: StockMapping, progress: Progress, *, with_profile: bool
) -> StockTable:
    rows = RowReader(mapping)
    numbers = (number for number in range(1, upload.total + 1) if number not in upload.failed)
    lines = chain.from_iterable(upload.chunks())
    with progress.stage("check", total=upload.total - len(upload.failed), unit="rows") as stage:
        for number, line in zip(numbers, lines, strict=True):
            rows.take(number, orjson.loads(line))
            if number % _STEP == 0:
                stage.advance(_STEP)
    original = upload.original()
    header = [str(cell) for cell in next(original)]
    failed = {**upload.failed, **rows.errors}
    profiler = TableProfiler(header) if with_profile else None
    first, refused = _sorted_out(_seen(original, profiler), failed)
    places = _places(header, mapping)
    unread = {**_unread_words(refused, places), **rows.unread_words}
    ignored = [place for place in range(len(header)) if place not in places.values()]
    names = [tuple(_cell(row.cells, places.get(name)) for name in ("vin", "reference")) for row in refused]
    return StockTable(
        header,
        {name: header[place] for name, place in places.items()},
        fixed=tuple(mapping.fixed),
        ignored={header[place]: [_cell(row, place) for row in first] for place in ignored},
        total=upload.total,
        cars=rows.cars,
        offers=rows.offers,
        refused=refused,
        refused_cars=refused_cars([(vin, reference) for vin, reference in names]),
        unread_words={name: [word for word, _ in words.most_common()] for name, words in unread.items()},
        warnings=_counted(upload.warnings, upload.table_warnings),
        first_rows=rows.first_rows(),
        sheet=upload.sheet,
        profile=None if profiler is None else profiler.profile(),
    )


def _header_alone(
    read: LimitedTableReader,
    file: Path,
    folder: Path,
    mapping: StockMapping,
    missing: set[str | None],
    *,
    with_profile: bool,
) -> StockTable:
    """The columns of a table that lacks some, with the first cells of those that nobody asked for."""
    any_text = tuple(TextColumn(name, "", optional=True) for name in mapping.headings())
    into = folder / "header"
    into.mkdir()
    contract = RowContract(LISTING.name, DOMAIN, any_text)
    upload = read(file, contract, into, with_original=True, headings=mapping.headings())
    original = upload.original()
    header = [str(cell) for cell in next(original)]
    profiler = TableProfiler(header) if with_profile else None
    rows = map(_texts, _seen(original, profiler))
    first = list(islice(rows, _LOOKED_AT))
    deque(rows, maxlen=0)
    places = _places(header, mapping)
    return StockTable(
        header,
        {name: header[place] for name, place in places.items()},
        fixed=tuple(mapping.fixed),
        missing=[name for name, heading in mapping.headings().items() if heading in missing],
        ignored={
            heading: [_cell(row, place) for row in first]
            for place, heading in enumerate(header)
            if place not in places.values()
        },
        total=upload.total,
        sheet=upload.sheet,
        profile=None if profiler is None else profiler.profile(),
    )


def _seen(rows: Iterator[list[Any]], profiler: TableProfiler | None) -> Iterator[list[Any]]:
    """The rows, each of them seen by the profiler."""
    for row in rows:
        if profiler is not None:
            profiler.take(_texts(row))
        yield row


def _sorted_out(
    rows: Iterator[list[Any]], failed: Mapping[int, Sequence[FieldError]]
) -> tuple[list[list[str]], list[RefusedRow]]:
    """The first rows, and the refused ones with what is wrong with them."""
    first: list[list[str]] = []
    refused = []
    for number, row in enumerate(rows, start=1):
        if number <= _LOOKED_AT:
            first.append(_texts(row))
        if number in failed:
            errors = [error if error.row else replace(error, row=number) for error in failed[number]]
            refused.append(RefusedRow(number, _texts(row), errors))
    return first, refused


def _places(header: Sequence[str], mapping: StockMapping) -> dict[str, int]:
    """Where our columns stand in a header."""
    named = {heading: name for name, heading in mapping.headings().items()}
    matched = match_header(header, list(named), list(named))
    return {named[heading]: place for heading, place in matched.positions.items()}


def _unread_words(refused: Sequence[RefusedRow], places: Mapping[str, int]) -> dict[str, Counter[str]]:
    """The words for which rows were refused, by column."""
    words: dict[str, Counter[str]] = {}
    for row in refused:
        for error in row.errors:
            cell = _cell(row.cells, places.get(error.column or ""))
            if error.column in _WORD_COLUMNS and cell and not is_unknown(cell):
                words.setdefault(error.column, Counter())[cell[:64]] += 1
    return words


def _counted(
    by_row: Mapping[int, Sequence[FieldWarning]], of_table: Sequence[FieldWarning]
) -> list[dict[str, Any]]:
    counts = Counter(chain.from_iterable(by_row.values()))
    rows = [{**warning.as_dict(), "rows": count} for warning, count in counts.most_common()]
    return [*({**warning.as_dict(), "rows": 0} for warning in of_table), *rows]


def _texts(row: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell).replace("\0", "\ufffd") for cell in row]


def _cell(row: Sequence[str], place: int | None) -> str | None:
    text = row[place].strip() if place is not None and place < len(row) else ""
    return text or None
