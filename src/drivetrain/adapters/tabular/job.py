"""What the parent asks of the parsing child, and the files in which the child answers.

Light on purpose: the API process imports this, and neither polars nor fastexcel.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from drivetrain.core.errors import MAX_FIELD_ERRORS
from drivetrain.lifecycle.data.contracts import RowContract, contract_from_dict

ROWS_FILE = "rows.ndjson"
REPORT_FILE = "report.json"
ORIGINAL_FILE = "original.csv"
KINDS_FILE = "kinds.bin"
"""``CellKind`` of each cell of the original's rows, a byte a cell; there for spreadsheets only."""
CSV_LINES_FILE = "lines.csv"
"""Each of the original's rows as a CSV answer repeats it; there where all cells are text without line breaks."""
LOG_FILE = "parse.log"

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """How much one upload may cost.

    Attributes:
        rows: most data rows.
        columns: most columns, those that the contract ignores included.
        header_rows: how many of the first rows may be the header; titles stand above it.
        cell_chars: longest cell, characters; a spreadsheet's own limit.
        unpacked_bytes: most that a spreadsheet may unpack to.
        unpack_ratio: largest unpacked over packed size once an entry passes 1 MiB; sheets stay below about
            60.
        zip_entries: most files in a spreadsheet; real ones have one or two per sheet and a dozen more.
        listed_errors: how many wrong cells are described one by one; all are counted.
        wall_s: seconds until the child is killed.
        cpu_s: seconds of processor time the child may use.
        memory_bytes: private memory the child may map. 150 MiB start it; 16 MiB of the worst CSV tried take
            970 MiB.
        file_bytes: largest file the child may write.
        threads: of polars.
    """

    rows: int = 1_000_000
    columns: int = 1_000
    header_rows: int = 20
    cell_chars: int = 32_767
    unpacked_bytes: int = 256 * _MIB
    unpack_ratio: int = 200
    zip_entries: int = 1_000
    listed_errors: int = MAX_FIELD_ERRORS
    wall_s: float = 60.0
    cpu_s: int = 60
    memory_bytes: int = 1280 * _MIB
    file_bytes: int = 1024 * _MIB
    threads: int = 2


@dataclass(frozen=True, slots=True)
class ParseJob:
    """One upload to parse.

    Attributes:
        upload: the file as it was received; its name says nothing.
        into: an existing empty folder for the answer.
        sheet: name of the sheet of a spreadsheet; None for the one that opens, or the only other that fits.
        with_original: True to keep every cell of the upload, for an answer that repeats them.
        headings: what the file calls columns of the contract, by their names, where it has names of its own.
        with_xml: True to read XML as well.
    """

    upload: Path
    into: Path
    contract: RowContract
    limits: ParseLimits = field(default_factory=ParseLimits)
    sheet: str | None = None
    with_original: bool = False
    headings: Mapping[str, str] = field(default_factory=dict)
    with_xml: bool = False

    @property
    def named(self) -> dict[str, str]:
        """The columns of the contract, by what the file calls them."""
        return {self.headings.get(name, name): name for name in self.contract.names}

    def as_json(self) -> str:
        """The job as the child reads it."""
        return json.dumps(
            {
                "upload": str(self.upload.absolute()),
                "into": str(self.into.absolute()),
                "contract": self.contract.as_dict(),
                "limits": asdict(self.limits),
                "sheet": self.sheet,
                "with_original": self.with_original,
                "headings": dict(self.headings),
                "with_xml": self.with_xml,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> ParseJob:
        """The job that ``as_json`` wrote."""
        plain = json.loads(text)
        return cls(
            upload=Path(plain["upload"]),
            into=Path(plain["into"]),
            contract=contract_from_dict(plain["contract"]),
            limits=ParseLimits(**plain["limits"]),
            sheet=plain["sheet"],
            with_original=plain["with_original"],
            headings=plain.get("headings", {}),
            with_xml=plain.get("with_xml", False),
        )
