"""``drivetrain trips outcomes`` and ``drivetrain trips quality`` on a database of one's own, without the platform running."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.support.platform import drivetrain
from tests.support.trip_quality_fakes import BEGIN, score, trip_id

pytestmark = pytest.mark.timeout(300)

WINDOW = ("--from", "2026-05-04T05:00:00Z", "--to", "2026-05-05T05:00:00Z")


def test_a_table_is_recorded_once_and_read_back(
    empty_home: Path, migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    score(engine, BEGIN, 3)
    file = tmp_path / "rides.csv"
    rows = [f"{trip_id(BEGIN, number)},{8 + number}" for number in range(3)]
    file.write_text("\n".join(["trip_id,duration_min", *rows]))
    first = drivetrain(empty_home, "trips", "outcomes", file, DATABASE_URL=migrated_url)
    assert first.code == 0, first.err
    assert "3 outcomes recorded, 0 recorded before, 0 not recorded; 0 wait" in " ".join(first.out.split())
    file.write_text(file.read_text() + f"\n{trip_id(BEGIN, 0)},99\n")
    refused = drivetrain(empty_home, "trips", "outcomes", file, DATABASE_URL=migrated_url)
    assert (refused.code, "another outcome is already recorded" in " ".join(refused.err.split())) == (
        1,
        True,
    ), refused.err
    part = drivetrain(
        empty_home, "trips", "outcomes", file, "--partial", "--json", DATABASE_URL=migrated_url
    ).json()
    assert part["counts"] == {"ok": 3, "failed": 1, "new": 0, "repeated": 3, "waiting": 0}
    found = drivetrain(
        empty_home, "trips", "quality", *WINDOW, "--by", "area", "--json", DATABASE_URL=migrated_url
    ).json()
    assert found["groups"][0]["area"] == 8
    assert found["total"]["mean_absolute_error_min"]["value"] == 1.0
    shown = drivetrain(empty_home, "trips", "quality", *WINDOW, DATABASE_URL=migrated_url)
    assert "2026-05-04*" in shown.out
    assert "Nothing was scored before this window." in shown.out
    later = ("--from", "2026-05-05T05:00:00Z", "--to", "2026-05-06T05:00:00Z")
    chosen = drivetrain(empty_home, "trips", "quality", *later, DATABASE_URL=migrated_url)
    assert "Compared with 2026-05-04T05:00:00.000000Z to 2026-05-05T05:00:00.000000Z." in chosen.out
    assert "They are few" in chosen.out
    reference = ("--reference-from", WINDOW[1], "--reference-to", "2026-05-04T12:00:00Z")
    named = drivetrain(empty_home, "trips", "quality", *later, *reference, DATABASE_URL=migrated_url)
    assert (
        "Compared with 2026-05-04T05:00:00.000000Z to 2026-05-04T12:00:00.000000Z. It was named." in named.out
    )
    half = drivetrain(empty_home, "trips", "quality", *later, *reference[:2], DATABASE_URL=migrated_url)
    assert half.code == 2 and "Both ends of the reference are needed." in half.err
    page = tmp_path / "quality.html"
    assert (
        drivetrain(empty_home, "trips", "quality", *WINDOW, "--report", page, DATABASE_URL=migrated_url).code
        == 0
    )
    assert page.read_text().startswith("<!doctype html>")


def test_what_cannot_be_read_is_one_sentence_and_an_exit_code(
    empty_home: Path, migrated_url: str, tmp_path: Path
) -> None:
    for arguments, code, words in (
        (("outcomes", tmp_path / "nowhere.csv"), 2, "There is no file"),
        (
            ("quality", "--from", "2026-05-04T05:00:00Z", "--to", "2026-05-04T05:00:00Z"),
            2,
            "must end after it begins",
        ),
    ):
        said = drivetrain(empty_home, "trips", *arguments, DATABASE_URL=migrated_url)
        assert (said.code, words in " ".join(said.err.split())) == (code, True), said.err
        assert "Traceback" not in said.err
