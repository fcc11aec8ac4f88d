from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from drivetrain.market.stock.adapters.commands import app, lines_of
from drivetrain.market.stock.domain.feed import FeedState

REPORT: dict[str, Any] = {
    "refused_rows": 1,
    "difference": {
        **{"new": 1_200, "changed": 3, "back": 0, "gone": 2, "unchanged": 4, "kept": 1},
        **{"stock": 10, "repriced": 2, "left": 0},
    },
    "reasons": [
        {"column": "fuel", "code": "market.unknown_fuel", "count": 1, "example": {"row": 7, "cell": "Benzin"}}
    ],
    "suggestions": {"columns": {"Preis": "price"}, "words": {"fuel": {"Benzin": "petrol"}}},
}


def test_a_person_is_told_what_changed_what_was_refused_and_what_may_help() -> None:
    assert lines_of(FeedState.TAKEN, None, REPORT, "/home/refused.csv") == [
        "Taken: 1,200 new, 3 changed, 0 back, 2 gone, 4 unchanged, 1 kept; 1 row refused.",
        "  1 × fuel: market.unknown_fuel, first in row 7 ('Benzin')",
        "Refused rows are in /home/refused.csv.",
        "  perhaps: --map 'Preis=price'",
        "  perhaps, in fuel: Benzin = petrol",
    ]


@pytest.mark.parametrize(
    ("state", "report", "first"),
    [
        (FeedState.HELD, REPORT, "Held: "),
        (FeedState.PREVIEWED, REPORT, "Would be: "),
        (FeedState.UNCHANGED, {}, "This file was taken last; nothing has changed."),
        (FeedState.REFUSED, {"errors": []}, "The table is refused; nothing was changed."),
    ],
)
def test_each_end_has_its_line(state: FeedState, report: dict[str, Any], first: str) -> None:
    lines = lines_of(state, "Why.", report, None)
    assert lines[0].startswith(first)
    assert lines[1] == "Why."


def test_import_and_demo_are_commands_of_one_group() -> None:
    output = CliRunner().invoke(app, ["--help"]).output
    assert "import" in output
    assert "demo" in output
