"""A table of one's own by command: previewed, mapped, taken, trained, used again and removed; a wrong one is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.platform import MODEL, Said, drivetrain, home_folder
from tests.support.tables import MAPPING_IN_CENTS, english_rows, french_rows, write_table

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TABLE = "rental-pricing"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with home_folder() as folder:
        yield folder / "home"


@pytest.fixture(scope="module")
def french(home: Path) -> Path:
    rows = english_rows(home.parent, 2_000)
    return write_table(home.parent / "voitures.csv", french_rows(rows, in_cents=True))


def add(home: Path, file: Path, *options: str) -> Said:
    maps = [part for text in MAPPING_IN_CENTS for part in ("--map", text)]
    return drivetrain(home, "data", "add", TABLE, file, *maps, *options)


def versions(home: Path) -> dict[str, bool]:
    listed = drivetrain(home, "data", "list", "--json").json()
    return {line["version"]: line["is_current"] for line in listed if line["name"] == TABLE}


@pytest.fixture(scope="module")
def taken(home: Path, french: Path) -> str:
    """The version of the French table, after a preview that left no trace."""
    unmapped = drivetrain(home, "data", "add", TABLE, french, "--preview")
    assert unmapped.code == 1
    assert "--map 'Kilométrage=mileage'" in unmapped.out
    assert "--map 'Prix (centimes)=rental_price_per_day:cents'" in unmapped.out

    previewed = add(home, french, "--preview", "--json")
    assert previewed.code == 0
    assert previewed.json()["accepted_rows"] == len(french.read_text(encoding="utf-8").splitlines()) - 1
    assert previewed.json()["refused_rows"] == 0
    assert not home.exists()

    added = add(home, french, "--source", "Our fleet.", "--json")
    assert added.code == 0, added.err
    assert added.json()["mapping"]["Kilométrage"] == "mileage"
    version: str = added.json()["version"]
    assert versions(home) == {version: True}
    return version


@pytest.fixture(scope="module")
def trained(home: Path, taken: str) -> dict[str, object]:
    recipe = home.parent / "recipe.json"
    recipe.write_text(json.dumps({"trees": 60, "leaves": 8, "learning_rate": 0.1}))
    said = drivetrain(home, "train", MODEL, "--recipe", recipe, "--json")
    assert said.code == 0, said.err
    result: dict[str, object] = said.json()
    return result


def test_a_model_learns_from_the_mapped_table(home: Path, taken: str, trained: dict[str, object]) -> None:
    assert trained["is_champion"]
    shown = drivetrain(home, "models", "show", MODEL, "--json").json()
    assert (shown["dataset"]["version"], shown["dataset"]["source"]) == (taken, "Our fleet.")
    assert shown["dataset"]["mapping"]["Prix (centimes)"] == "rental_price_per_day:cents"
    assert shown["report"]["broken_rows"] == 0


def test_the_check_reads_it_by_its_own_mapping(home: Path, taken: str, french: Path) -> None:
    checked = drivetrain(home, "data", "check", TABLE, "--json")
    assert checked.code == 0 and checked.json()["broken_rows"] == 0
    unmapped = drivetrain(home, "data", "check", TABLE, french)
    assert unmapped.code == 2 and "input.missing_column" in unmapped.err
    assert drivetrain(home, "data", "check", TABLE, "--map", "x=mileage").code == 2  # it has a mapping


@pytest.mark.parametrize(
    ("content", "reason"),
    [("a,b\n1,2\n", "lacks 14 columns"), ("", "empty"), ("\x00\x01", "not a text table")],
    ids=["other columns", "empty", "not a table"],
)
def test_a_wrong_table_changes_nothing(home: Path, taken: str, content: str, reason: str) -> None:
    before = sorted(str(path) for path in home.rglob("*") if "postgres" not in path.parts)
    file = home.parent / "wrong.csv"
    file.write_text(content)
    refused = drivetrain(home, "data", "add", TABLE, file)
    assert refused.code in {1, 2} and reason in refused.err, refused.err
    assert "Traceback" not in refused.err
    assert sorted(str(path) for path in home.rglob("*") if "postgres" not in path.parts) == before


def test_versions_in_use_are_kept_and_others_go(
    home: Path, taken: str, trained: dict[str, object], french: Path
) -> None:
    current = drivetrain(home, "data", "remove", TABLE, taken)
    assert current.code == 1 and "is the current table" in current.err

    halved = write_table(
        home.parent / "moitié.csv", french_rows(english_rows(home.parent, 1_000), in_cents=True)
    )
    other: str = add(home, halved, "--json").json()["version"]
    assert versions(home) == {other: True, taken: False}
    assert "Our fleet." in drivetrain(home, "data", "list").out

    served = drivetrain(home, "data", "remove", TABLE, taken)
    assert served.code == 1 and f"{MODEL} version 1 learned from" in served.err

    assert drivetrain(home, "data", "use", TABLE, taken).code == 0
    assert versions(home) == {taken: True, other: False}
    assert drivetrain(home, "data", "remove", TABLE, other).code == 0
    assert versions(home) == {taken: True}

    assert drivetrain(home, "data", "generate", TABLE, "--rows", "50").code == 0
    assert drivetrain(home, "data", "remove", TABLE, taken, "--force").code == 0
    assert taken not in versions(home)
    assert drivetrain(home, "data", "use", TABLE, taken).code == 1
