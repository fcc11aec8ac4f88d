"""The refused rows of a feed as a file that can be corrected and sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from drivetrain.adapters.disk.errors import keeping
from drivetrain.adapters.tabular.quarantine import write_quarantine
from drivetrain.market.stock.application.ports import StockTable

_ROW = "row"


@dataclass(frozen=True, slots=True)
class StockQuarantine:
    """The port ``SetAside``: one CSV file for each feed, in the folder of quarantined rows."""

    folder: Path

    def __call__(self, feed_id: UUID, table: StockTable) -> None:
        """Write the refused rows as they were, their numbers before and the reasons behind them."""
        cells: dict[str, Sequence[object]] = {_ROW: [row.row for row in table.refused]}
        for place, heading in enumerate(table.header):
            name = heading if heading not in cells else f"{heading} ({place + 1})"
            cells[name] = [row.cells[place] if place < len(row.cells) else "" for row in table.refused]
        errors = [
            replace(error, row=place)
            for place, row in enumerate(table.refused, start=1)
            for error in row.errors
        ]
        with keeping(self.folder):
            write_quarantine(cells, errors, self.file_of(feed_id))

    def file_of(self, feed_id: UUID) -> Path:
        """Where the refused rows of a feed lie; there is no file where none was refused."""
        return self.folder / f"stock-{feed_id}.csv"

    def files(self) -> list[Path]:
        """Those of all feeds, by name."""
        return sorted(self.folder.glob("stock-*.csv"))
