"""A price API as people write it by hand, on the trees of the live model: a key, a frame of one row, ``predict``.

It has no range, no ledger, no versions and no log line: what prices are measured against. Served by uvicorn with
``BENCH_MODEL``, the folder of a version of the price model, and ``BENCH_KEY``.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import lightgbm
import pandas as pd  # type: ignore[import-untyped]
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import APIKeyHeader
from pydantic import BaseModel

from drivetrain.rental.price.model.predictor import POINT_FILE, SETTINGS_FILE

_FOLDER, _KEY = Path(os.environ["BENCH_MODEL"]), os.environ["BENCH_KEY"]
_BOOSTER = lightgbm.Booster(model_file=_FOLDER / POINT_FILE)
_ENCODER: list[dict[str, Any]] = json.loads((_FOLDER / SETTINGS_FILE).read_bytes())["encoder"]
_CODES = {
    feature["name"]: {word: code for code, word in enumerate(feature["vocabulary"], start=1)}
    for feature in _ENCODER
    if feature["vocabulary"] is not None
}

app = FastAPI()
_key_header = APIKeyHeader(name="X-API-Key")


class Listing(BaseModel):
    """A car to be rented out."""

    model_key: str
    mileage: int
    engine_power: int
    fuel: str
    paint_color: str
    car_type: str
    private_parking_available: bool
    has_gps: bool
    has_air_conditioning: bool
    automatic_car: bool
    has_getaround_connect: bool
    has_speed_regulator: bool
    winter_tires: bool


class Price(BaseModel):
    """EUR per day."""

    price_per_day: float


def require_key(key: str = Depends(_key_header)) -> None:
    """Refuse whoever does not have the key."""
    if not secrets.compare_digest(key, _KEY):
        raise HTTPException(401)


@app.post("/rental/price", dependencies=[Depends(require_key)])
def suggest(listing: Listing) -> Price:
    """Suggest a price per day."""
    frame = pd.DataFrame([listing.model_dump()])
    for name, codes in _CODES.items():
        frame[name] = frame[name].map(codes).fillna(0)
    price = _BOOSTER.predict(frame, num_threads=1)[0]
    return Price(price_per_day=round(float(price), 2))
