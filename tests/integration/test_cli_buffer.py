"""``drivetrain buffer`` and ``drivetrain data`` on tables of one's own, without the platform running."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.platform import drivetrain

from drivetrain.core.progress import SilentProgress
from drivetrain.rental.buffer.model.chains.synthetic import write_synthetic

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Three thousand rentals, two broken rows among them."""
    file = tmp_path / "own.csv"
    write_synthetic(file, 3_000, 9, SilentProgress())
    file.write_bytes(file.read_bytes() + b"500,1,mobile,ended,late,,\r\n501,1,paper,ended,5,,\r\n")
    return file


def test_people_get_tables_and_are_told_what_the_rows_are(empty_home: Path, own: Path) -> None:
    said = drivetrain(empty_home, "buffer", "frontier", "--step-min", "120", "--file", own)
    assert said.code == 0, said.err
    assert said.out.startswith("SYNTHETIC rows")
    assert "3,000 rentals, 2 rows set aside (own.csv)" in said.out
    assert "break-even" in said.out


def test_one_pair_is_one_line_and_half_a_pair_wrong_use(empty_home: Path, own: Path) -> None:
    said = drivetrain(
        empty_home, "buffer", "frontier", "--connect-min", "30", "--mobile-min", "60", "--file", own, "--json"
    )
    assert [(point["connect_min"], point["mobile_min"]) for point in said.json()["points"]] == [(30, 60)]
    assert drivetrain(empty_home, "buffer", "frontier", "--connect-min", "30", "--file", own).code == 2


def test_a_decision_names_its_luck_and_how_far_it_holds(empty_home: Path, own: Path) -> None:
    said = drivetrain(
        empty_home,
        "buffer",
        "decide",
        "--booking-value",
        "60",
        "--conflict-cost",
        "250",
        "--currency",
        "USD",
        "--file",
        own,
    )
    assert said.code == 0, said.err
    assert "One threshold for all cars:" in said.out
    assert "USD" in said.out
    assert "conflict_cost" in said.out
    without = drivetrain(empty_home, "buffer", "decide", "--file", own)
    assert "no amount is assumed here" in without.out
    assert drivetrain(empty_home, "buffer", "decide", "--booking-value", "60", "--file", own).code == 2


def test_the_report_is_one_page_and_the_answers_are_in_it(
    empty_home: Path, own: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report.html"
    said = drivetrain(empty_home, "buffer", "report", "--out", out, "--file", own)
    assert said.code == 0, said.err
    page = out.read_text(encoding="utf-8")
    assert page.count("<svg ") == 4
    assert "SYNTHETIC DATA" in page
    assert "rental.unknown_checkin_type" in page
    answers = drivetrain(empty_home, "buffer", "answers", "--file", own, "--json").json()
    assert answers["answers"][0]["question"] in page.replace("&#x27;", "'")
    assert list((empty_home / "quarantine").glob("rental-delays-*.csv"))


def test_what_cannot_be_read_or_written_is_one_sentence_and_an_exit_code(
    empty_home: Path, own: Path, tmp_path: Path
) -> None:
    for arguments, code, words in (
        (("frontier", "--file", tmp_path / "nowhere.csv"), 2, "There is no file"),
        (("frontier",), 1, "no rental-delays table yet"),
        (("report", "--out", tmp_path / "no" / "folder.html", "--file", own), 1, "cannot be written"),
    ):
        said = drivetrain(empty_home, "buffer", *arguments)
        assert (said.code, words in said.err) == (code, True), said.err
        assert "Traceback" not in said.err


def test_the_table_is_one_that_data_commands_know(empty_home: Path, own: Path) -> None:
    checked = drivetrain(empty_home, "data", "check", "rental-delays", own, "--json")
    assert checked.code == 0, checked.err
    found = checked.json()
    assert (found["good_rows"], found["broken_rows"]) == (3_000, 2)
    assert found["reasons"] == {"rental.not_a_number": 1, "rental.unknown_checkin_type": 1}
    assert "paper" in Path(found["set_aside"]).read_text()
    made = drivetrain(empty_home, "data", "generate", "rental-delays", "--rows", "2000")
    assert made.code == 0, made.err
    (held,) = drivetrain(empty_home, "data", "list", "--json").json()
    assert (held["name"], held["is_synthetic"]) == ("rental-delays", True)
    asked = drivetrain(empty_home, "buffer", "frontier", "--json").json()
    assert asked["table"]["rows"] == 2_000
