"""A replay goes through whatever stands in the ledger: what a version cannot answer is counted, and ends nothing.

Without a version, each decision is answered by the version that made it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from drivetrain.core.errors import InvalidInputError, NotFoundError, UnavailableError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.releasing.comparison import PairedDifference
from drivetrain.lifecycle.releasing.replay import RecordedDecision, ReplayDecisions, Window, replay

NOW = datetime(2026, 5, 2, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW, most=100)


class Ledger:
    """Chunks of decisions."""

    def __init__(self, *chunks: Sequence[RecordedDecision]) -> None:
        self.chunks = chunks

    def count(self, model: str, *, since: datetime, until: datetime) -> int:
        return sum(map(len, self.chunks))

    def read(
        self, model: str, *, since: datetime, until: datetime, most: int
    ) -> Iterator[Sequence[RecordedDecision]]:
        yield from self.chunks


def recorded(
    number: int, price: float, mileage: object = None, text: bytes | None = None, version: str = "1"
) -> RecordedDecision:
    asked = text or json.dumps({"mileage": number if mileage is None else mileage}).encode()
    answer = json.dumps({"price": price}).encode()
    return RecordedDecision(f"id-{number}", NOW, "shop", f"request-{number}", version, asked, answer)


def tenth(model, columns):
    """A price for each mileage; breaks as a whole on one that is no number, as a table of numbers does."""
    return [json.dumps({"price": float(mileage) / 10}).encode() for mileage in columns["mileage"]]


def told(*chunks: Sequence[RecordedDecision]):
    with SilentProgress().stage("replay", total=1, unit="decisions") as stage:
        return replay(
            Ledger(*chunks), "m", lambda _: None, WINDOW, tenth, PairedDifference("price", []), stage
        )


def test_rows_that_break_the_version_are_counted_and_those_beside_them_are_answered():
    odd = [
        recorded(3, 0.3, mileage="many"),
        recorded(4, 0.4, text=b'{"other": 1}'),
        recorded(5, 0.5, text=b"{"),
    ]
    report = told([recorded(1, 0.1), *odd, recorded(2, 0.2)], [recorded(6, 0.6)])
    assert (report["decisions"], report["identical"], report["failed"]) == (3, 3, 3)
    assert report["failed_examples"] == ["id-3", "id-4", "id-5"]


def test_a_window_that_it_cannot_answer_at_all_is_told_as_such():
    report = told([recorded(3, 0.3, mileage="many")])
    assert (report["decisions"], report["failed"]) == (0, 1)


def test_an_empty_window():
    assert told() == {
        "decisions": 0,
        "identical": 0,
        "changed": 0,
        "failed": 0,
        "answered_by": {},
        "by_version": [],
        "unavailable_versions": [],
    }


class Catalog:
    """Versions 1 to 5 and 10, named by their numbers; the replay asks for nothing else."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def version(self, model: str, version: str) -> str:
        self.asked.append(version)
        if version not in {"1", "2", "3", "4", "5", "10"}:
            raise NotFoundError(f"There is no version {version}.", code="model.version_not_found")
        return version


def open_version(version: str) -> dict[str, bytes]:
    if version == "4":
        raise ArtifactRefusedError("model.bin is missing.")
    return {"factor": b"not a number" if version == "5" else version.encode()}


def times(model: float, columns) -> list[bytes]:
    """Version n answers n times the mileage."""
    return [json.dumps({"price": float(mileage) * model}).encode() for mileage in columns["mileage"]]


SPEC = SimpleNamespace(
    contract=SimpleNamespace(columns=()),
    value_field="price",
    load=lambda files, ref: float(files["factor"]),
    rule=SimpleNamespace(ledger_answers=times),
)


def replayed(version: str | None, *chunks: Sequence[RecordedDecision], catalog: Catalog | None = None):
    use_case = ReplayDecisions(catalog or Catalog(), Ledger(*chunks), lambda _: SPEC, open_version)
    return use_case("m", version, WINDOW, SilentProgress())


def made(version: str, *numbers: int) -> list[RecordedDecision]:
    return [recorded(number, float(number) * int(version), version=version) for number in numbers]


def counts(version: str, decisions: int, identical: int, failed: int = 0) -> dict[str, object]:
    changed = decisions - identical
    return {
        "version": version,
        "decisions": decisions,
        "identical": identical,
        "changed": changed,
        "failed": failed,
    }


def test_without_a_version_each_decision_is_answered_by_the_version_that_made_it():
    catalog = Catalog()
    window = [made("10", 1) + made("2", 2, 3) + made("10", 4), made("2", 5) + made("1", 6)]
    report = replayed(None, *window, catalog=catalog)
    assert (report["version"], report["decisions"], report["identical"]) == (None, 6, 6)
    assert report["by_version"] == [counts("1", 1, 1), counts("2", 3, 3), counts("10", 2, 2)]
    assert report["unavailable_versions"] == []
    assert report["summary"] == ["All 6 answers are identical, byte by byte."]
    assert sorted(catalog.asked) == ["1", "10", "2"]  # each version is loaded once


def test_an_answer_that_its_own_version_does_not_give_again_is_counted_with_that_version():
    other = recorded(4, 4.5, version="2")
    broken = recorded(7, 7.0, mileage="many", version="2")
    report = replayed(None, [*made("1", 1), *made("2", 3), other, broken])
    assert report["by_version"] == [counts("1", 1, 1), counts("2", 2, 1, failed=1)]
    assert report["largest"] == [{"decision_id": "id-4", "from": 4.5, "to": 8.0, "change": 0.777778}]
    assert "whether the versions that made them still give them" in report["summary"][1]


def test_a_named_version_answers_all_decisions_and_the_report_is_by_the_versions_that_made_them():
    report = replayed("2", made("1", 1, 2) + made("2", 3))
    assert (report["version"], report["decisions"], report["identical"]) == ("2", 3, 1)
    assert report["by_version"] == [counts("1", 2, 0), counts("2", 1, 1)]


def test_versions_that_cannot_be_loaded_are_named_with_their_decisions_and_the_others_are_replayed():
    report = replayed(None, made("1", 1) + made("4", 2, 3), made("5", 4) + made("99", 5) + made("4", 6))
    assert (report["decisions"], report["identical"], report["failed"]) == (1, 1, 0)
    assert report["by_version"] == [counts("1", 1, 1)]
    missing = report["unavailable_versions"]
    assert [(each["version"], each["decisions"]) for each in missing] == [("4", 3), ("5", 1), ("99", 1)]
    assert [each["reason"] for each in missing][::2] == ["model.bin is missing.", "There is no version 99."]
    assert missing[1]["reason"].startswith("ValueError: could not convert")
    assert report["summary"][1] == (
        "Version 4 cannot be loaded, so its 3 decisions were not replayed: model.bin is missing."
    )


@pytest.mark.parametrize(("version", "error"), [("4", ArtifactRefusedError), ("99", NotFoundError)])
def test_a_named_version_that_cannot_be_loaded_fails_the_replay(version, error):
    with pytest.raises(error):
        replayed(version, made("1", 1))


def test_a_registry_that_cannot_be_reached_is_no_unavailable_version():
    class Unreachable(Catalog):
        def version(self, model: str, version: str) -> str:
            raise UnavailableError("The database cannot be reached.")

    with pytest.raises(UnavailableError):
        replayed(None, made("1", 1), catalog=Unreachable())


def test_without_a_begin_it_is_the_day_before_the_end():
    assert Window.of_request(None, NOW, 100) == WINDOW


@pytest.mark.parametrize("since", [NOW, NOW + timedelta(seconds=1), None], ids=str)
def test_a_window_that_ends_before_it_begins_is_refused(since):
    # nothing lies before the first day of all
    until = datetime.min.replace(tzinfo=UTC) if since is None else NOW
    with pytest.raises(InvalidInputError) as raised:
        Window.of_request(since, until, 5)
    assert raised.value.code == "replay.empty_window"
