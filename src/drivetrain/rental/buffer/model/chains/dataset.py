"""The table of rental delays: its columns, where the published one stands, and how it is imitated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivetrain.core.errors import FieldError
from drivetrain.lifecycle.data.contracts import RowContract, TextColumn
from drivetrain.lifecycle.data.table_specs import Origin, TableSpec
from drivetrain.lifecycle.kit.imports import when_called
from drivetrain.rental.buffer.domain.chains import (
    CAR_ID,
    CHECKIN_TYPE,
    COLUMNS,
    DELAY,
    GAP,
    PREVIOUS_ID,
    RENTAL_ID,
    STATE,
    check_rentals,
)

DATASET_NAME = "rental-delays"
_LIMIT_BYTES = 8 << 20  # the published file has about 1.2 MB
_ROWS = 21_310

DELAY_COLUMNS = RowContract(
    name=DATASET_NAME,
    domain="rental",
    # Text, because a row is good or bad together with its neighbors: buffer_chains.check_rentals judges all
    # of them.
    columns=(
        TextColumn(RENTAL_ID, "Number of the rental, unique.", "508131"),
        TextColumn(CAR_ID, "Number of the car.", "359049"),
        TextColumn(
            CHECKIN_TYPE,
            "connect (the driver's phone opens the car) or mobile (keys change hands).",
            "connect",
        ),
        TextColumn(STATE, "ended or canceled.", "ended"),
        TextColumn(DELAY, "Actual minus planned end, minutes; negative is early, empty is unknown.", "70"),
        TextColumn(PREVIOUS_ID, "Previous ended rental of the car, at most 12 h before; may be empty.", ""),
        TextColumn(
            GAP,
            "Planned start minus planned end of the previous rental, minutes, 0 to 720; may be empty.",
            "",
        ),
    ),
)


def is_marked_synthetic(cells: Mapping[str, Sequence[object]]) -> bool:
    """True when a rental carries the mark of generated rows: a negative number."""
    return any(str(cell).strip().startswith("-") for cell in cells.get(RENTAL_ID, ()))


def _check(cells: Mapping[str, Sequence[object]]) -> tuple[int, Sequence[FieldError]]:
    checked = check_rentals(cells)
    return len(checked.table), checked.errors


RENTAL_DELAYS = TableSpec(
    name=DATASET_NAME,
    summary="One row per rental, with how late the car came back and the gap to the rental before.",
    header=COLUMNS,
    file_names=("rental_delays/get_around_delay_analysis.xlsx", "get_around_delay_analysis.xlsx"),
    kinds=(".xlsx", ".xls", ".csv"),
    source="Getaround delay case study, published by Jedha; copy of github.com/lnilluv/getaround-eda-ml, folder streamlit_dev.",
    licence="unstated",
    # The publisher states no checksum, so a download is recognized by its header and row count.
    origins=(
        Origin(
            "https://raw.githubusercontent.com/lnilluv/getaround-eda-ml/main/streamlit_dev/get_around_delay_analysis.xlsx",
            limit_bytes=_LIMIT_BYTES,
            rows=_ROWS,
        ),
        Origin(
            "https://full-stack-assets.s3.eu-west-3.amazonaws.com/Deployment/get_around_delay_analysis.xlsx",
            limit_bytes=_LIMIT_BYTES,
            rows=_ROWS,
        ),
    ),
    write_synthetic=when_called("drivetrain.rental.buffer.model.chains.synthetic:write_synthetic"),
    usual_rows=_ROWS,
    mark_column=RENTAL_ID,
    check=_check,
)
