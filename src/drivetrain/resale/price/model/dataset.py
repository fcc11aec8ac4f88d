"""The table of car prices: where the published one stands, how it becomes the contract's, and how it is imitated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivetrain.lifecycle.data.table_specs import Origin, Preparation, TableSpec
from drivetrain.lifecycle.kit.imports import when_called
from drivetrain.resale.price.model.contract import (
    CAR_PRICE,
    DATASET_NAME,
    MAKE_FIELD,
    MARK_COLUMN,
    PUBLISHED_HEADER,
)

_NAME = "CarName"
_READ = tuple(_NAME if name == MAKE_FIELD else name for name in (*CAR_PRICE.names, CAR_PRICE.target.name))


def name_the_makes(cells: Mapping[str, Sequence[str | None]]) -> dict[str, Sequence[str | None]]:
    """The published cells with the make, which is the first word of the car's name; its spelling is the contract's affair."""
    makes = [None if name is None or not name.strip() else name.split()[0] for name in cells[_NAME]]
    return {**{column: values for column, values in cells.items() if column != _NAME}, MAKE_FIELD: makes}


CAR_PRICE_TABLE = TableSpec(
    name=DATASET_NAME,
    summary="One row per car model sold in the United States in 1985, with its price.",
    header=PUBLISHED_HEADER,
    file_names=("car_price/CarPrice_Assignment.csv", "CarPrice_Assignment.csv"),
    kinds=(".csv", ".xlsx", ".xls"),
    source="UCI Automobile table (Ward's Automotive Yearbook, 1985) as re-issued for a course on Kaggle; copy of "
    "github.com/adiwira09/car-price-regression, folder model/.",
    licence="unstated there; the UCI original is CC BY 4.0",
    # The publisher states no checksum, so a download is recognized by its header and row count.
    origins=(
        Origin(
            "https://raw.githubusercontent.com/adiwira09/car-price-regression/main/model/CarPrice_Assignment.csv",
            limit_bytes=1 << 20,  # the published file has about 27 kB
            rows=205,
        ),
    ),
    write_synthetic=when_called("drivetrain.resale.price.model.generate:write_synthetic"),
    usual_rows=410,  # twice the published: the gate can then tell a good model from chance whatever the seed
    mark_column=MARK_COLUMN,
    preparation=Preparation(_READ, name_the_makes),
)
