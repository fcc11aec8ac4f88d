"""``drivetrain trips`` on days of one's own, without the platform running."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.platform import drivetrain
from tests.support.rides import FRIDAY, TUESDAY, write_raw_day

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("days")
    return (
        write_raw_day(folder / "tuesday.parquet", TUESDAY, rides=1_500),
        write_raw_day(folder / "friday.csv", FRIDAY, rides=1_000, seed=1),
    )


def test_rides_are_compared_in_words_figures_and_a_page(
    empty_home: Path, days: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "report.html"
    arguments = ("trips", "compare-rides", "--day", days[0], "--held-back", days[1], "--repeats", "2")
    said = drivetrain(empty_home, *arguments, "--out", out)
    assert said.code == 0, said.err
    assert said.out.startswith("SYNTHETIC days.")
    assert "SYNTHETIC DATA" in out.read_text(encoding="utf-8")
    assert out.read_text(encoding="utf-8").count("<svg ") == 7
    found = drivetrain(empty_home, *arguments, "--json").json()
    assert found["day"] == "2022-04-01"
    assert set(found["figures"]["fitted"]) == set(found["figures"]["built-in"])


def test_what_was_learned_is_kept_under_the_home(empty_home: Path, days: tuple[Path, Path]) -> None:
    said = drivetrain(empty_home, "trips", "fit-rides", "--day", days[0], "--day", days[1], "--json")
    assert said.code == 0, said.err
    found = said.json()
    assert json.loads(Path(found["file"]).read_bytes())["sha256"] == found["parameters"]
    assert found["rows"] == 2_500
    assert found["is_synthetic"]
    assert not json.loads(Path(found["file"]).read_bytes())["demand"]["learned_from_real"]


def test_a_day_is_replayed_line_by_line_and_goes_on_where_it_stopped(
    empty_home: Path, days: tuple[Path, Path]
) -> None:
    def lines(*more: object) -> list[dict[str, object]]:
        said = drivetrain(empty_home, "trips", "replay", "--day", days[0], "--speed", "1e7", *more)
        assert said.code == 0, said.err
        return [json.loads(line) for line in said.out.splitlines()]

    first = lines("--limit", "3")
    assert [line["number"] for line in first] == [1, 2, 3]
    assert [line["number"] for line in lines("--after", "3", "--limit", "2")] == [4, 5]
    (noon,) = lines("--from", "2022-03-01T12:00:00-06:00", "--limit", "1")
    assert str(noon["start_at"]) >= "2022-03-01T18:00:00"


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay", "--day", "none.parquet"),
        ("replay", "--day", "{day}", "--speed", "0"),
        ("replay", "--day", "{day}", "--from", "noon"),
        ("compare-rides", "--day", "{day}", "--held-back", "none.parquet"),
        ("compare-rides", "--day", "{day}"),
        ("fit-rides", "--day", "none.parquet"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_two(
    empty_home: Path, days: tuple[Path, Path], arguments: tuple[str, ...]
) -> None:
    said = drivetrain(empty_home, "trips", *(str(days[0]) if each == "{day}" else each for each in arguments))
    assert said.code == 2
    assert "Traceback" not in said.err
