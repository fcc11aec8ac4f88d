"""A table of rental cars as a French owner writes it: headings of its own, semicolons, decimal commas, cents."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from drivetrain.core.progress import SilentProgress
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.generate import write_synthetic

TARGET = RENTAL_PRICE.target.name
HEADINGS = {
    "model_key": "Marque",
    "mileage": "Kilométrage",
    "engine_power": "Puissance (ch)",
    "fuel": "Carburant",
    "paint_color": "Couleur",
    "car_type": "Carrosserie",
    "private_parking_available": "Parking privé",
    "has_gps": "GPS",
    "has_air_conditioning": "Climatisation",
    "automatic_car": "Boîte automatique",
    "has_getaround_connect": "Connect",
    "has_speed_regulator": "Régulateur de vitesse",
    "winter_tires": "Pneus neige",
    TARGET: "Prix par jour (€)",
}
PRICE, PRICE_IN_CENTS = HEADINGS[TARGET], "Prix (centimes)"
MAPPING = tuple(f"{heading}={column}" for column, heading in HEADINGS.items())
MAPPING_IN_CENTS = (*MAPPING[:-1], f"{PRICE_IN_CENTS}={TARGET}:cents")
_FLAGS = {"True": "VRAI", "False": "FAUX"}


def english_rows(folder: Path, rows: int, *, seed: int = 5) -> list[dict[str, str]]:
    """Generated rows under the contract's names, without the mark of generated rows, all of them good."""
    file = folder / "drawn.csv"
    write_synthetic(file, rows, seed, SilentProgress())
    with file.open(encoding="utf-8", newline="") as opened:
        drawn = [{name: cell for name, cell in row.items() if name} for row in csv.DictReader(opened)]
    return [row for row in drawn if int(row["mileage"]) >= 0 and 0 < int(row["engine_power"]) <= 2_000]


def french_rows(rows: Sequence[dict[str, str]], *, in_cents: bool = False) -> list[dict[str, str]]:
    """The same rows as a French owner writes them; every second price has fifty cents more."""
    return [_french(row, half=place % 2 == 1, in_cents=in_cents) for place, row in enumerate(rows)]


def write_table(path: Path, rows: Sequence[dict[str, str]], *, separator: str = ";") -> Path:
    """A CSV file as a spreadsheet saves it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


def _french(row: dict[str, str], *, half: bool, in_cents: bool) -> dict[str, str]:
    cells = {heading: _FLAGS.get(row[column], row[column]) for column, heading in HEADINGS.items()}
    cells["Kilométrage"] = f"{int(row['mileage']):,}".replace(",", "\u202f")
    euros = int(cells.pop(PRICE))
    if in_cents:
        cells[PRICE_IN_CENTS] = str(euros * 100 + 50 * half)
    else:
        cells[PRICE] = f"{euros},50" if half else str(euros)
    return {**cells, "Ville": "Lyon"}
