"""What commands print: JSON that a machine can read back, tables without surprises, errors with their places."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from drivetrain.adapters.console import output
from drivetrain.adapters.console.output import (
    BarProgress,
    complain,
    progress,
    say,
    show_difference,
    show_json,
    show_table,
    warn,
)
from drivetrain.core.errors import FieldError, InvalidInputError
from drivetrain.core.progress import SilentProgress

Captured = pytest.CaptureFixture[str]


def test_json_is_read_back_as_it_was(capsys: Captured) -> None:
    """Long lines are not wrapped, brackets are no markup, letters stay letters."""
    value = {"detail": "x" * 300, "markup": "[bold]no[/bold]", "make": "Škoda"}
    show_json(value)
    out, err = capsys.readouterr()
    assert json.loads(out) == value and "Škoda" in out and err == ""


def test_a_table_shows_every_cell_and_nothing_for_none(capsys: Captured) -> None:
    show_table(("name", "rows"), [("a", 1), ("b", None)], empty="No tables.")
    assert capsys.readouterr().out.split() == ["name", "rows", "a", "1", "b"]


def test_a_row_in_a_pipe_is_one_line_with_whole_values(capsys: Captured) -> None:
    row = ("0198c0de-0000-7000-8000-000000000000", "person:0198c0de-0000-7000-8000-000000000001", "x y " * 30)
    show_table(("id", "caller", "why"), [row], empty="")
    (_, line) = capsys.readouterr().out.splitlines()
    assert [part.strip() for part in line.split("  ") if part.strip()] == [cell.strip() for cell in row]


def test_a_table_without_rows_says_so(capsys: Captured) -> None:
    show_table(("name",), [], empty="No tables.")
    assert capsys.readouterr().out == "No tables.\n"


def test_answers_go_to_standard_output_and_warnings_to_standard_error(capsys: Captured) -> None:
    say("price: [20, 30]")
    warn("a former name")
    assert capsys.readouterr() == ("price: [20, 30]\n", "a former name\n")


def test_an_error_names_the_place_of_each_problem(capsys: Captured) -> None:
    """By the pointer of a body, by row and column of a table, by the column alone."""
    complain(
        InvalidInputError(
            "Three values cannot be used.",
            errors=[
                FieldError("input.range", "too large", pointer="/power_kw"),
                FieldError("input.type", "no number", row=7, column="mileage"),
                FieldError("input.missing", "missing", column="fuel"),
            ],
        )
    )
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[1:] == [
        "  /power_kw: too large [input.range]",
        "  row 7, mileage: no number [input.type]",
        "  fuel: missing [input.missing]",
    ]
    assert err.splitlines()[0].endswith(": Three values cannot be used.")


@pytest.mark.parametrize("as_json", [True, False])
def test_no_bars_for_machines_or_where_nobody_watches(as_json: bool, capsys: Captured) -> None:
    assert isinstance(progress(as_json=as_json), SilentProgress)


REPORT = {
    "summary": ["2 decisions would change."],
    "affected": [
        {"field": "fuel", "value": "diesel", "decisions": 1200, "mean_change": 0.1, "moved_share": 0.25}
    ],
    "largest": [{"decision_id": "d1", "from": 20, "to": 25, "change": 0.25}],
}


def test_a_difference_is_shown_with_its_signs(capsys: Captured) -> None:
    show_difference(REPORT, as_json=False)
    words = capsys.readouterr().out.split()
    assert words[:4] == ["2", "decisions", "would", "change."]
    assert {"diesel", "1,200", "+10.0%", "+25.0%", "d1"} <= set(words)


def test_a_difference_for_machines_is_the_report(capsys: Captured) -> None:
    show_difference(REPORT, as_json=True)
    assert json.loads(capsys.readouterr().out) == REPORT


def test_a_difference_without_groups_is_its_summary(capsys: Captured) -> None:
    show_difference({"summary": ["Nothing would change."]}, as_json=False)
    assert capsys.readouterr().out == "Nothing would change.\n"


def bar_on_screen(monkeypatch: pytest.MonkeyPatch, name: str, *, total: int, cells: int) -> str:
    """What the last drawing of a bar shows, without line ends."""
    file = io.StringIO()
    screen = Console(file=file, width=cells, force_terminal=True, color_system=None, legacy_windows=False)
    monkeypatch.setattr(output, "err", screen)
    with BarProgress().stage(name, total=total, unit="folds") as stage:
        stage.advance()
    return file.getvalue().rpartition("\x1b[2K")[2]


@pytest.mark.parametrize("cells", [60, 80, 200])
@pytest.mark.parametrize(
    "name", ["train used-car-price and used-car-price-au", "cross-validate the price and its range"]
)
def test_no_word_of_a_bar_is_cut_off(monkeypatch: pytest.MonkeyPatch, name: str, cells: int) -> None:
    whole = bar_on_screen(monkeypatch, name, total=1, cells=cells)
    assert "…" not in whole and set(name.split()) <= set(whole.split()) and "0:00:00" in whole
    counted = bar_on_screen(monkeypatch, name, total=100, cells=cells)
    assert "…" not in counted and {"1/100", "folds", "0:00:00"} <= set(counted.split())


def test_a_name_and_its_figures_are_one_line_on_a_usual_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "cross-validate the price and its range"
    assert bar_on_screen(monkeypatch, name, total=100, cells=80).count("\n") == 1


def test_a_stage_of_one_step_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "0/1" not in bar_on_screen(monkeypatch, "read", total=1, cells=80)
    assert "1/2" in bar_on_screen(monkeypatch, "read", total=2, cells=80)
