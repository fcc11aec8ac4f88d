"""Small tables of rentals with a habit."""

from __future__ import annotations

from drivetrain.rental.buffer.domain.chains import COLUMNS, check_rentals


def table(rows):
    return check_rentals({name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)}).table


ROWS = [
    (5, 7, "mobile", "ended", 30, 1, 60),
    (3, 7, "mobile", "ended", -5, 5, 60),
    (1, 7, "mobile", "ended", 90, None, None),
    (4, 7, "mobile", "ended", None, None, None),
    (2, 8, "mobile", "ended", 10, None, None),
]
