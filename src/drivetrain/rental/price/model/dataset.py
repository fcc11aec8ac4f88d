"""The table of rental prices: where the published one stands, and how it is imitated."""

from __future__ import annotations

from drivetrain.lifecycle.data.table_specs import Origin, TableSpec
from drivetrain.lifecycle.kit.imports import when_called
from drivetrain.rental.price.model.contract import DATASET_NAME, RENTAL_PRICE

_LIMIT_BYTES = 4 << 20  # the published file has about 0.4 MB
_ROWS = 4_843


_ALSO_CALLED = {
    "model_key": ("make", "brand", "marque", "constructeur"),
    "mileage": ("kilometers", "km", "odometer", "kilométrage", "kilomètres", "compteur"),
    "engine_power": ("power", "horsepower", "hp", "puissance", "chevaux", "ch"),
    "fuel": ("energy", "carburant", "énergie", "motorisation"),
    "paint_color": ("color", "colour", "couleur", "teinte"),
    "car_type": ("body", "type", "carrosserie", "catégorie"),
    "private_parking_available": ("parking", "private parking", "parking privé", "place de parking"),
    "has_gps": ("gps", "navigation"),
    "has_air_conditioning": ("air conditioning", "ac", "climatisation", "clim"),
    "automatic_car": ("automatic", "automatique", "boîte automatique", "boîte auto"),
    "has_getaround_connect": ("connect", "getaround connect"),
    "has_speed_regulator": ("cruise control", "régulateur", "régulateur de vitesse"),
    "winter_tires": ("snow tires", "pneus hiver", "pneus neige"),
    "rental_price_per_day": (
        "price",
        "price per day",
        "daily price",
        "prix",
        "prix par jour",
        "prix jour",
        "tarif",
    ),
}

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
    also_called=_ALSO_CALLED,
)
