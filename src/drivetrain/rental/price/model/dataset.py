"""The table of rental prices: where the published one stands, and how it is imitated."""

from __future__ import annotations

from drivetrain.lifecycle.data.table_specs import Origin, TableSpec
from drivetrain.lifecycle.kit.imports import when_called
from drivetrain.rental.price.model.contract import DATASET_NAME, RENTAL_PRICE

_LIMIT_BYTES = 4 << 20  # the published file has about 0.4 MB
_ROWS = 4_843


RENTAL_PRICING = TableSpec(
    name=DATASET_NAME,
    summary="One row per car offered for rent, with the asking price per day.",
    header=("", *RENTAL_PRICE.names, RENTAL_PRICE.target.name),  # the unnamed column is the row number
    file_names=("rental_pricing/get_around_pricing_project.csv", "get_around_pricing_project.csv"),
    kinds=(".csv", ".xlsx", ".xls"),
    source="Getaround pricing case study, published by Jedha; copy of github.com/lnilluv/getaround-eda-ml, folder data/.",
    licence="unstated",
    # The publisher states no checksum, so a download is recognized by its header and row count.
    origins=(
        Origin(
            "https://raw.githubusercontent.com/lnilluv/getaround-eda-ml/main/data/get_around_pricing_project.csv",
            limit_bytes=_LIMIT_BYTES,
            rows=_ROWS,
        ),
        Origin(
            "https://full-stack-assets.s3.eu-west-3.amazonaws.com/Deployment/get_around_pricing_project.csv",
            limit_bytes=_LIMIT_BYTES,
            rows=_ROWS,
        ),
    ),
    write_synthetic=when_called("drivetrain.rental.price.model.generate:write_synthetic"),
    usual_rows=_ROWS,
)
